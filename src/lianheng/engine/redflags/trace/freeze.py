"""Freezes a trace run into a folder: breaks as CSV, Excel and Parquet, events, report, and a manifest with hashes."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.result_folders import safe_cell
from lianheng.engine.redflags.trace.events import SourceAlert
from lianheng.engine.redflags.trace.finding import KINDS, Finding
from lianheng.engine.redflags.trace.judge import Trace
from lianheng.engine.redflags.trace.process import Process
from lianheng.engine.redflags.trace.report import FOUND, ORIGINS, event_rows

MOST_EVENTS = 20_000
COLUMNS = {
    "case": "案件编号", "kind": "种类", "result": "结果", "text": "说明", "step": "环节", "other": "相对环节",
    "rule": "规则", "day": "日期",
    "measured": "实际", "allowed": "标准", "unit": "单位", "basis": "依据", "origin": "依据性质",
}  # fmt: skip
_SQL = {"day": "DATE", "measured": "DECIMAL(18, 2)", "allowed": "DECIMAL(18, 2)"}


def finding_row(finding: Finding) -> list[Any]:
    """A finding in the order of the columns."""
    return [getattr(finding, name) for name in COLUMNS]


def write_breaks(folder: Path, traces: Sequence[Trace]) -> None:
    """Write breaks.csv and breaks.parquet: one row a finding, breaks and what cannot be told."""
    rows = [finding_row(finding) for trace in traces for finding in trace.findings]
    with (folder / "breaks.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([[safe_cell(cell) for cell in row] for row in rows])
    write_parquet(folder / "breaks.parquet", {name: _SQL.get(name, "VARCHAR") for name in COLUMNS}, rows)


def write_parquet(path: Path, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows as Parquet; values of DECIMAL and DATE columns go through their text."""
    import duckdb

    beside = path.with_suffix(".part.csv")
    with beside.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(
            ["\\N" if cell is None else str(cell) for cell in row] for row in rows
        )
    named = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in columns) + "}"
    cells = ", ".join(
        f'CAST(CASE WHEN "{name}" = \'\\N\' THEN NULL ELSE "{name}" END AS {sql}) AS "{name}"'
        for name, sql in columns.items()
    )
    form = "header = false, auto_detect = false, quote = '\"', escape = '\"'"
    source = f"read_csv({_quoted(beside)}, columns = {named}, {form})"
    try:
        duckdb.connect(":memory:").execute(f"COPY (SELECT {cells} FROM {source}) TO {_quoted(path)} (FORMAT parquet)")
    finally:
        beside.unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def write_workbook(path: Path, process: Process, traces: Sequence[Trace], alerts: Sequence[SourceAlert]) -> None:
    """Write breaks.xlsx: breaks, what cannot be told, the events of cases with breaks, alerts."""
    import xlsxwriter  # type: ignore[import-untyped]

    findings = [finding for trace in traces for finding in trace.findings]
    heads = ["说明", *(label for name, label in COLUMNS.items() if name != "text")]
    sheets: dict[str, tuple[list[str], list[list[Any]]]] = {
        name: (heads, [_shown(process, f) for f in findings if f.result == result])
        for name, result in (("断点", "break"), ("不能判断", "cannot_tell"))
    }
    # Writing cells takes longest: the sheet holds what a person can look through, events of cases with breaks.
    rows = ([trace.case, *row] for trace in traces if trace.breaks for row in event_rows(process, trace))
    events = list(islice(rows, MOST_EVENTS))
    sheets["事项"] = (["案件编号", "日期", "环节", "金额（元）", "文件", "经办岗位", "来源"], events)
    sheets["来源告警"] = (["情况", "来源"], [[alert.text, alert.source] for alert in alerts])
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        # Equal runs give equal bytes.
        book.set_properties({"created": dt.datetime(2000, 1, 1)})  # noqa: DTZ001  a workbook knows no zone
        bold = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        for name, (names, cells) in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 1)
            sheet.autofilter(0, 0, max(len(cells), 1), len(names) - 1)
            wide = {"说明": 70, "情况": 80, "依据": 40, "案件编号": 20}
            for place, head in enumerate(names):
                sheet.set_column(place, place, wide.get(head, 14))
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(0)
            sheet.write_row(0, 0, names, bold)
            # A sheet ends at 1,048,576 rows; breaks.csv has them all.
            for number, row in enumerate(cells[:1_000_000], 1):
                sheet.write_row(number, 0, row, wrap)


def _shown(process: Process, finding: Finding) -> list[Any]:
    titles = {id_: step.title for id_, step in process.steps.items()}
    words: dict[str, Callable[[Any], Any]] = {
        "kind": lambda v: KINDS[v], "result": lambda v: FOUND[v], "step": lambda v: titles.get(v, v),
        "other": lambda v: titles.get(v, v), "day": lambda v: str(v) if v else "",
        "origin": lambda v: ORIGINS.get(v, v),
        "unit": lambda v: {"yuan": "元", "day": "天", "workday": "工作日", "month": "月"}.get(v, v),
        "measured": lambda v: float(v) if v is not None else None,
        "allowed": lambda v: float(v) if v is not None else None,
    }  # fmt: skip
    row = [words.get(name, str)(getattr(finding, name)) for name in COLUMNS if name != "text"]
    return [finding.text, *row]
