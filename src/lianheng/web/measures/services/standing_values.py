"""What stands where a file would write: which cells differ, and which were changed after the check had looked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from lianheng.web.measures.models import Measure, MeasureValue
from lianheng.web.shell.batches import in_batches
from lianheng.web.shell.errors import WrongState
from lianheng.web.units.models import Institution

Read = list[tuple[int, dict[str, str]]]
# "institution id:measure code" → the value's id and revision as the check saw them.
Seen = Mapping[str, Sequence[int]]
NAMED = 3


@dataclass(frozen=True)
class Cell:
    """One cell of a file that says something else than what stands (`row`), or where nothing stands yet."""

    institution_id: int
    code: str
    row: MeasureValue | None
    text: str

    @property
    def key(self) -> str:
        return f"{self.institution_id}:{self.code}"

    @property
    def mark(self) -> list[int] | None:
        return [self.row.pk, self.row.revision] if self.row else None


def stored_values(period: str, read: Read) -> dict[int, dict[str, MeasureValue]]:
    """Return what stands, by institution and measure; locked inside a transaction."""
    codes = {code for _, values in read for code in values}
    ids = [pk for pk, _ in read]
    stored: dict[int, dict[str, MeasureValue]] = {}
    for chunk in in_batches(ids):
        rows = MeasureValue.objects.select_for_update(of=("self",)) if _in_transaction() else MeasureValue.objects
        for row in rows.filter(institution__in=chunk, period=period, measure__in=codes):
            stored.setdefault(row.institution_id, {})[row.measure_id] = row
    return stored


def _in_transaction() -> bool:
    return bool(transaction.get_connection().in_atomic_block)


def cells_to_write(period: str, read: Read) -> list[Cell]:
    """Return the cells that would write something; equal ones write nothing."""
    stored = stored_values(period, read)
    cells = [Cell(pk, code, stored.get(pk, {}).get(code), text) for pk, values in read for code, text in values.items()]
    return [cell for cell in cells if cell.row is None or cell.row.value != cell.text]


def seen_of(cells: Sequence[Cell]) -> dict[str, list[int]]:
    """Return what a check keeps: the standing values that its file would change."""
    return {cell.key: cell.mark for cell in cells if cell.mark is not None}


def refuse_changed_since(cells: Sequence[Cell], seen: Seen) -> None:
    """Refuse to write over what another person wrote after the check had looked."""
    # What was equal, or not there, at the check has no mark: a value that differs now is another person's.
    changed = [cell for cell in cells if cell.mark != seen.get(cell.key)]
    if not changed:
        return
    shown = changed[:NAMED]
    units = Institution.objects.in_bulk([cell.institution_id for cell in shown])
    measures = Measure.objects.in_bulk([cell.code for cell in shown])
    words = "、".join(
        f"{units[cell.institution_id].name}“{measures[cell.code].name}”{_now(cell)}，文件里是 {cell.text}"
        for cell in shown
    )
    more = "等" if len(changed) > NAMED else ""
    raise WrongState(f"没有导入：检查以后有 {len(changed):,} 个数被别人改了：{words}{more}，请重新检查")


def _now(cell: Cell) -> str:
    if cell.row is None:
        return "现在没有了"
    return f"现在是 {cell.row.value}" if cell.row.value else "现在是空的"
