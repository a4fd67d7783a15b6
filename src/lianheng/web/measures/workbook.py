"""The Excel form of values: one row an institution, one column a measure; reading with bounds, problems by cell."""

import io
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lianheng.web.measures.models import Measure
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.table_export import write_sheet
from lianheng.web.shell.workbook_reading import cell_text, read_sheet

CODE, NAME = "单位编码", "单位名称"
MAX_ROWS = 60_000
MAX_COLUMNS = 60


@dataclass(frozen=True)
class SheetRow:
    """One row of the file, with the number that Excel shows; `values` by measure code, as typed."""

    number: int
    code: str
    values: Mapping[str, str]


def headings_of(measures: Sequence[Measure]) -> dict[str, str]:
    """Return measure code → column heading: the name, with the item's code where two measures share one."""
    shared = Counter(measure.name for measure in measures)
    return {m.code: m.name if shared[m.name] == 1 else f"{m.name}（{m.item}）" for m in measures}


def write(
    measures: Sequence[Measure], institutions: Sequence[tuple[str, str]], values: Mapping[tuple[str, str], str]
) -> bytes:
    """Return the form with its institutions; `values` by (institution code, measure code) may be empty."""
    file = io.BytesIO()
    lines = (
        [code, name, *(values.get((code, measure.code), "") for measure in measures)] for code, name in institutions
    )
    write_sheet(file, [CODE, NAME, *headings_of(measures).values()], lines, sheet="数据")
    return file.getvalue()


def read(content: bytes, measures: Sequence[Measure]) -> list[SheetRow]:
    """Read the first sheet; bounds are checked before anything is unpacked."""
    lines = read_sheet(content, max_rows=MAX_ROWS, max_columns=MAX_COLUMNS)
    if not lines:
        raise InvalidInput("表是空的。请从模板填起", "file")
    heads = [cell_text(cell) for cell in lines[0]]
    places = {code: heads.index(label) for code, label in headings_of(measures).items() if label in heads}
    if CODE not in heads:
        raise InvalidInput(f"第 1 行缺少标题“{CODE}”。请用模板里的标题", "file")
    if not places:
        raise InvalidInput("第 1 行没有这张清单的任何数据项。请用模板里的标题", "file")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        typed = {code: cell_text(line[place]) for code, place in places.items() if place < len(line)}
        code = cell_text(line[heads.index(CODE)]) if heads.index(CODE) < len(line) else ""
        code = unicodedata.normalize("NFKC", code)
        if code or any(typed.values()):
            rows.append(SheetRow(number, code, typed))
    if not rows:
        raise InvalidInput("表里只有标题，没有数据", "file")
    return rows
