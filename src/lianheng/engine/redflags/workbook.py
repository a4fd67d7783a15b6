"""The workbook of a run: one sheet a model, the explanation first, and columns for the verdict (see `answers`)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.history import GONE as GONE_STATE
from lianheng.engine.redflags.history import GONE_NAME, STATES
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.results import EvidenceRow, evidence, gone, listed, state_counts, untold
from lianheng.engine.redflags.run import Run
from lianheng.engine.redflags.verdicts import KINDS
from lianheng.engine.redflags.words import (
    COLOUR_NAMES,
    OUTCOMES,
    masked,
    named_register,
    object_in_words,
    rest_in_words,
    row_in_words,
)

VERDICT, NOTE, BY, UNTIL, WHY, APPROVER, ID, MODEL = (
    "核查结论", "核查说明", "核查人", "抑制至", "抑制理由", "批准人", "候选编号", "模型",
)  # fmt: skip
ANSWERS = (VERDICT, NOTE, BY, UNTIL, WHY, APPROVER)
OVERVIEW, UNTOLD, GONE, EVIDENCE = "总览", "不能判断", GONE_NAME, "证据"
EVIDENCE_ROWS = 50_000
_FORMATS = ("0", "#,##0.0", "#,##0.00", "#,##0.000", "#,##0.0000")  # by places after the point
OWN_SHEETS = (OVERVIEW, UNTOLD, GONE, EVIDENCE)


def write_workbook(run: Run, models: Sequence[Model], registers: Mapping[str, Register], path: Path) -> None:
    """Write results.xlsx: an overview, one sheet per model that ran, one sheet of what could not be told.

    `registers` gives registers and columns their Chinese names; one that is not there stands by its id.
    """
    import xlsxwriter  # type: ignore[import-untyped]

    # Cells that begin with = + - @ are written as text.
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        styles = {
            "head": book.add_format(
                {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8EEF4", "border": 1}
            ),
            "text": book.add_format({"text_wrap": True, "valign": "top"}),
            "open": book.add_format({"text_wrap": True, "valign": "top", "bg_color": "#FFFBE6", "border": 1}),
            "date": book.add_format({"valign": "top", "num_format": "yyyy-mm-dd"}),
            **{f"number{n}": book.add_format({"valign": "top", "num_format": form}) for n, form in enumerate(_FORMATS)},
        }
        _overview(book, styles, run, models, registers)
        for model in models:
            if any(done.model == model.id and done.outcome in ("ran", "carried") for done in run.models):
                _model_sheet(book, styles, model, listed(run, model))
        _gone_sheet(book, styles, gone(run), {model.id: model.title for model in models})
        _untold_sheet(book, styles, [(model, row) for model in models for row in untold(run, model, 2000)])
        by_id = {model.id: model for model in models}
        _evidence_sheet(book, styles, evidence(run, EVIDENCE_ROWS + 1), by_id, registers)


def _overview(book: Any, styles: Any, run: Run, models: Sequence[Model], registers: Mapping[str, Register]) -> None:
    titles = {model.id: model.title for model in models}
    states = state_counts(run)
    heads = ["模型", "名称", "运行情况", "说明", "疑点", "不能判断", *STATES.values(), GONE_NAME]
    rows = [
        [done.model, titles.get(done.model, ""), OUTCOMES[done.outcome], done.message, done.flags, done.cannot_tell]
        + [states.get(done.model, {}).get(state, 0) for state in (*STATES, GONE_STATE)]
        for done in run.models
    ]
    sheet = book.add_worksheet(OVERVIEW)
    sheet.set_column(0, 0, 8)
    sheet.set_column(1, 3, 24)
    _table(sheet, styles, 0, heads, rows)
    if run.alerts:
        below = len(rows) + 2
        _table(sheet, styles, below, ["台账", "来源告警"], [
            [named_register(registers, alert.register), alert.text] for alert in run.alerts
        ])  # fmt: skip


def _model_sheet(book: Any, styles: Any, model: Model, rows: Sequence[dict[str, Any]]) -> None:
    keys = [model.key_labels[key] for key in model.keys]
    measures = [f"{m.label}（{m.unit}）" if m.unit else m.label for m in model.measures.values()]
    heads = ["说明", "颜色", "分值", "状态", "可解释", *keys, "期间", *measures, *ANSWERS, "首次发现", ID, MODEL]
    sheet = book.add_worksheet(sheet_name(model))
    sheet.set_column(0, 0, 70)
    sheet.set_column(1, 4, 9)
    sheet.set_column(5, len(heads) - 1, 14)
    first = heads.index(VERDICT)
    if rows:
        sheet.data_validation(1, first, len(rows), first, {"validate": "list", "source": list(KINDS.values())})
    _table(sheet, styles, 0, heads, [_cells(model, row) for row in rows], open_from=first)


def _cells(model: Model, row: dict[str, Any]) -> list[Any]:
    unit, measures = json.loads(row["unit"]), json.loads(row["measures"])
    shown = [row["explanation"], COLOUR_NAMES.get(row["colour"], ""), row["score"], STATES[row["state"]]]
    shown.append("是" if row["explainable"] else "")
    shown += [masked(model, key, unit[key]) for key in model.keys]
    shown.append(row["period"])
    shown += [_typed(model, name, measures[name]) for name in model.measures]
    return [*shown, *([""] * len(ANSWERS)), row["first_seen"], row["candidate"], model.id]


def _gone_sheet(book: Any, styles: Any, rows: Sequence[dict[str, Any]], titles: dict[str, str]) -> None:
    if not rows:
        return
    sheet = book.add_worksheet(GONE)
    sheet.set_column(0, 0, 70)
    sheet.set_column(1, 1, 40)
    sheet.set_column(2, 8, 14)
    heads = ["原说明", "原因", "原状态", "模型", "名称", "期间", "首次发现", "最近一次", "编号"]
    cells = [
        [row["explanation"], row["reason"], STATES[row["was"]], row["model"], titles.get(row["model"], ""),
         row["period"], row["first_seen"], row["last_seen"], row["candidate"]] for row in rows
    ]  # fmt: skip
    _table(sheet, styles, 0, heads, cells)


def _typed(model: Model, name: str, value: str | None) -> Any:
    """A measure as its declaration says it: a number can be added up and sorted, a day too."""
    kind = "text" if name in model.person_columns else model.measures[name].type.name
    if value in (None, "") or kind not in ("integer", "decimal", "date"):
        return masked(model, name, value)
    return dt.date.fromisoformat(value[:10]) if kind == "date" else Decimal(value)


def _untold_sheet(book: Any, styles: Any, rows: Iterable[tuple[Model, dict[str, Any]]]) -> None:
    sheet = book.add_worksheet(UNTOLD)
    sheet.set_column(0, 0, 70)
    sheet.set_column(1, 4, 24)
    cells = [
        [row["explanation"], model.id, model.title, row["period"], object_in_words(model, row)] for model, row in rows
    ]
    _table(sheet, styles, 0, ["说明", "模型", "名称", "期间", "对象"], cells)


def _evidence_sheet(
    book: Any, styles: Any, rows: Sequence[EvidenceRow], models: dict[str, Model], registers: Mapping[str, Register]
) -> None:
    """The register rows behind the listed candidates, in words; what does not fit here is in evidence.parquet."""
    if not rows:
        return
    sheet = book.add_worksheet(EVIDENCE)
    sheet.set_column(0, 2, 14)
    sheet.set_column(3, 3, 100)
    cells = []
    for candidate, model, register, row, unlisted in rows[:EVIDENCE_ROWS]:
        where = [candidate, model, named_register(registers, register)]
        cells.append([*where, row_in_words(models[model], registers.get(register), json.loads(row))])
        if unlisted:
            cells.append([*where, rest_in_words(unlisted)])
    if len(rows) > EVIDENCE_ROWS:
        cells.append(["", "", "", f"此处只列出{EVIDENCE_ROWS}行，其余见 evidence.parquet。"])
    _table(sheet, styles, 0, [ID, MODEL, "台账", "证据行"], cells)


def _table(
    sheet: Any, styles: Any, top: int, heads: Sequence[str], rows: Iterable[Sequence[Any]], open_from: int = -1
) -> None:
    rows = list(rows)
    if top == 0:
        sheet.freeze_panes(1, 1)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(heads) - 1)
    for column, head in enumerate(heads):
        sheet.write_string(top, column, head, styles["head"])
    answers = range(open_from, open_from + len(ANSWERS)) if open_from >= 0 else range(0)
    for line, row in enumerate(rows, top + 1):
        for column, value in enumerate(row):
            if column in answers:
                sheet.write_string(line, column, str(value), styles["open"])
            else:
                _write(sheet, styles, line, column, value)


def _write(sheet: Any, styles: Any, line: int, column: int, value: Any) -> None:
    # Excel keeps 15 digits: a longer number would be another one, and stays a text.
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and len(Decimal(value).as_tuple().digits) <= 15:
        places = -Decimal(value).as_tuple().exponent if isinstance(value, Decimal) else 0  # type: ignore[operator]
        sheet.write_number(line, column, value, styles[f"number{min(max(int(places), 0), len(_FORMATS) - 1)}"])
    elif isinstance(value, dt.date):
        sheet.write_datetime(line, column, dt.datetime.combine(value, dt.time()), styles["date"])
    else:
        sheet.write_string(line, column, str(value), styles["text"])


def sheet_name(model: Model) -> str:
    """At most 31 characters, none of those that Excel refuses."""
    title = "".join(character for character in model.title if character not in "[]:*?/\\'")
    return f"{model.id} {title}"[:31]
