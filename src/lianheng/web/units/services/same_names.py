"""Institutions of one name in one place: rarely meant, so that somebody has to say so."""

from collections.abc import Sequence

from lianheng.web.shell.batches import in_batches
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.workbook_reading import CellProblem
from lianheng.web.units.institution_data import InstitutionData
from lianheng.web.units.institution_sheet import HEADINGS, SheetRow
from lianheng.web.units.models import NOW, Institution

# The form's tick that says "another one, really".
TICK = "same_name"


def require_own_name(data: InstitutionData, *, but: int | None = None) -> None:
    """Refuse the name of another institution of the same place, which the form then asks to confirm."""
    rows = Institution.objects.filter(NOW, name=data.name, division=data.division)
    others = rows if but is None else rows.exclude(pk=but)
    codes = list(others.order_by("code").values_list("code", flat=True)[:5])
    if codes:
        raise InvalidInput(
            f"这个区划里已经有叫“{data.name}”的单位（编码 {'、'.join(codes)}），没有保存。"
            "确实是另一个单位，勾选这一项再保存；最好在名称里写出区别",
            TICK,
        )


def same_names(rows: Sequence[SheetRow]) -> list[CellProblem]:
    """Return a warning for each row of a file whose name stands in its place already, on record or above it."""
    seen = _on_record(rows)
    found = []
    for row in rows:
        key = (row.data.division, row.data.name)
        if key in seen:
            message = f"这个区划里已经有叫“{row.data.name}”的单位（{seen[key]}），确认不是同一个单位再导入"
            found.append(CellProblem(row.number, HEADINGS["name"], message))
        else:
            seen[key] = f"本表第 {row.number} 行"
    return found


def _on_record(rows: Sequence[SheetRow]) -> dict[tuple[str, str], str]:
    names = sorted({row.data.name for row in rows})
    seen: dict[tuple[str, str], str] = {}
    for batch in in_batches(names):
        known = Institution.objects.filter(NOW, name__in=batch)
        for division, name, code in known.values_list("division_id", "name", "code"):
            seen[division, name] = f"编码 {code}"
    return seen
