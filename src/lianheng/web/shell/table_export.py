"""Rows as an Excel file: streamed, bounded, nothing in it that a spreadsheet would execute, and on record."""

import datetime as dt
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import xlsxwriter  # type: ignore[import-untyped]
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.html import strip_tags
from django.utils.safestring import SafeData

from lianheng.web.shell.clock import SHANGHAI, today
from lianheng.web.shell.errors import InvalidInput

if TYPE_CHECKING:
    from lianheng.web.shell.table_columns import Column
    from lianheng.web.shell.tables import Table

MAX_ROWS = 50_000
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# The trail lies above shell, so it is handed in at start-up: (actor, details) → entry in a transaction of its own.
recorder: Callable[[Any, dict[str, Any]], None] | None = None


def respond(
    request: HttpRequest,
    table: "Table",
    rows: QuerySet[Any],
    columns: Sequence["Column"],
    conditions: Mapping[str, str],
) -> HttpResponse:
    """Write the rows, record the export, send the file."""
    if recorder is None:
        raise RuntimeError("table_export.recorder is not set: an export without a trail entry is not possible")
    if rows.order_by().values("pk")[: MAX_ROWS + 1].count() > MAX_ROWS:
        raise InvalidInput(
            f"没有导出：符合条件的{table.noun}超过 {MAX_ROWS:,} 行。请先用区划、类型等条件缩小范围，再分几次导出。"
        )
    file = tempfile.TemporaryFile()  # noqa: SIM115  (FileResponse closes it)
    lines = ([column.plain(row) for column in columns] for row in rows.iterator(chunk_size=2000))
    written = write_sheet(file, [column.label for column in columns], lines)
    details = {"table": table.name, "rows": written, "columns": [c.key for c in columns], "filters": dict(conditions)}
    recorder(request.user, details)
    file.seek(0)
    name = f"{table.noun}-{today().isoformat()}.xlsx"
    # Django's types know no common class that views name; at run time both are responses.
    return cast(HttpResponse, FileResponse(file, as_attachment=True, filename=name, content_type=XLSX))


def write_sheet(file: Any, headings: Sequence[str], lines: Iterable[Sequence[Any]], sheet: str = "Sheet1") -> int:
    """Write one sheet in constant memory and return the number of rows under the heading."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold, quoted = book.add_format({"bold": True}), book.add_format()
    quoted.set_quote_prefix()
    page = book.add_worksheet(sheet)
    page.freeze_panes(1, 0)
    page.set_column(0, max(0, len(headings) - 1), 18)
    for place, heading in enumerate(headings):
        page.write_string(0, place, heading, bold)
    number = 0
    for number, line in enumerate(lines, start=1):
        for place, value in enumerate(line):
            _write_cell(page, number, place, value, quoted)
    book.close()
    return number


def _write_cell(page: Any, row: int, column: int, value: Any, quoted: Any) -> None:
    """Numbers stay numbers; every text is a string cell, and one that looks like a formula is marked as quoted."""
    if value is None:
        return
    if isinstance(value, bool):
        page.write_string(row, column, "是" if value else "否")
    elif isinstance(value, int | float | Decimal):
        page.write_number(row, column, value)
    else:
        text = _text(value)
        page.write_string(row, column, text, quoted if text.startswith(DANGEROUS) else None)


def _text(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, SafeData):
        return strip_tags(str(value))
    return str(value)[:32_000]
