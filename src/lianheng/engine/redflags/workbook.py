"""The workbook of a run: one sheet a model, the explanation first, and columns for the verdict (see `answers`)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.history import GONE as GONE_STATE
from lianheng.engine.redflags.history import GONE_NAME, STATES, state_in_words
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.results import (
    EvidenceRow,
    colour_counts,
    evidence,
    gone,
    listed,
    state_counts,
    untold,
)
from lianheng.engine.redflags.run import Run
from lianheng.engine.redflags.verdicts import KINDS
from lianheng.engine.redflags.words import (
    COLOUR_NAMES,
    OUTCOMES,
    is_person,
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
# The sentence, and a hash of the numbers behind it: a verdict that comes back is about these.
TEXT, FACTS = "说明", "数据摘要"
OVERVIEW, ALERTS, UNTOLD, GONE, EVIDENCE = "总览", "来源告警", "不能判断", GONE_NAME, "证据"
EVIDENCE_ROWS = 50_000
LINE, MOST_LINES = 56, 10  # places of a line of the widest column, and lines of the highest row
_FORMATS = ("0", "#,##0.0", "#,##0.00", "#,##0.000", "#,##0.0000")  # by places after the point
OWN_SHEETS = (OVERVIEW, ALERTS, UNTOLD, GONE, EVIDENCE)


def write_workbook(run: Run, models: Sequence[Model], registers: Mapping[str, Register], path: Path) -> None:
    """Write results.xlsx: an overview, a sheet per model that ran, what is gone or could not be told, alerts, evidence.

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
        styles = _styles(book)
        _overview(book, styles, run, models)
        for model in models:
            if any(done.model == model.id and done.outcome in ("ran", "carried") for done in run.models):
                _model_sheet(book, styles, model, listed(run, model))
        _gone_sheet(book, styles, gone(run), {model.id: model.title for model in models})
        _untold_sheet(book, styles, [(model, row) for model in models for row in untold(run, model, 2000)])
        _alerts_sheet(book, styles, run, registers)
        by_id = {model.id: model for model in models}
        _evidence_sheet(book, styles, evidence(run, EVIDENCE_ROWS + 1), by_id, registers)


def _styles(book: Any) -> dict[str, Any]:
    top = {"valign": "top"}
    head = {**top, "bold": True, "text_wrap": True, "bg_color": "#E8EEF4", "border": 1}
    # By the word that stands in the cell: 红, 黄, 蓝.
    fills = dict(zip(COLOUR_NAMES.values(), ("#F9D6D5", "#FFF2B3", "#D6E6F5"), strict=True))
    return {
        "head": book.add_format(head),
        "text": book.add_format({**top, "text_wrap": True}),
        "open": book.add_format({**top, "text_wrap": True, "bg_color": "#FFFBE6", "border": 1}),
        "sum": book.add_format({**top, "bold": True, "top": 1}),
        "date": book.add_format({**top, "num_format": "yyyy-mm-dd"}),
        **{name: book.add_format({**top, "bg_color": fill}) for name, fill in fills.items()},
        **{f"number{n}": book.add_format({**top, "num_format": form}) for n, form in enumerate(_FORMATS)},
    }


def _sheet(book: Any, name: str, widths: Sequence[float]) -> Any:
    """A new sheet that prints across a page, its headings on each."""
    sheet = book.add_worksheet(name)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    return sheet


def _overview(book: Any, styles: Any, run: Run, models: Sequence[Model]) -> None:
    titles = {model.id: model.title for model in models}
    states, colours = state_counts(run), colour_counts(run)
    heads = ["模型", "名称", "运行情况", "说明", "疑点", "不能判断", *STATES.values(), GONE_NAME]
    heads += [f"待看：{name}" for name in COLOUR_NAMES.values()]
    rows: list[list[Any]] = [
        [done.model, titles.get(done.model, ""), OUTCOMES[done.outcome], done.message, done.flags, done.cannot_tell]
        + [states.get(done.model, {}).get(state, 0) for state in (*STATES, GONE_STATE)]
        + [colours.get(done.model, {}).get(colour, 0) for colour in COLOUR_NAMES]
        for done in run.models
    ]
    sheet = _sheet(book, OVERVIEW, [8, 30, 10, 40, *[10] * (len(heads) - 4)])
    _table(sheet, styles, heads, rows)
    for column in range(len(heads)):
        total = "合计" if column == 0 else sum(row[column] for row in rows) if column >= 4 else ""
        sheet.write(len(rows) + 1, column, total, styles["sum"])
    if run.alerts:
        sheet.write_string(len(rows) + 3, 1, f"来源告警{len(run.alerts)}条，见表“{ALERTS}”：没有数据不等于没有问题。")


def _alerts_sheet(book: Any, styles: Any, run: Run, registers: Mapping[str, Register]) -> None:
    """What the run could not see: no data is not the same as no problem."""
    rows = [
        [named_register(registers, alert.register) if alert.register else "", alert.text, "、".join(alert.models)]
        for alert in run.alerts
    ]
    if rows:
        _table(_sheet(book, ALERTS, [36, 70, 30]), styles, ["台账", "来源告警", "涉及模型"], rows)


def _model_sheet(book: Any, styles: Any, model: Model, rows: Sequence[dict[str, Any]]) -> None:
    keys = [model.key_labels[key] for key in model.keys]
    measures = [f"{m.label}（{m.unit}）" if m.unit else m.label for m in model.measures.values()]
    heads = [TEXT, "颜色", "分值", "状态", "可解释", *ANSWERS, *keys, "期间", *measures, "首次发现", FACTS, ID, MODEL]
    # What a person writes stands beside the sentence, not twenty columns away.
    widths = [60, 6, 6, 10, 8, 20, 28, 10, 12, 18, 10, *[18] * len(keys), 11, *[14] * len(measures), 12, 18, 36, 8]
    sheet = _sheet(book, sheet_name(model), widths)
    sheet.set_column(heads.index(FACTS), heads.index(FACTS), 18, None, {"hidden": True})
    # On paper, up to the period: the numbers stand in the sentence.
    sheet.set_paper(8)
    sheet.print_area(0, 0, len(rows), heads.index("期间"))
    first = heads.index(VERDICT)
    if rows:
        choices = {"validate": "list", "source": list(KINDS.values())}
        told = {"input_title": VERDICT, "input_message": "从列表中选择", "error_title": VERDICT}
        sheet.data_validation(1, first, len(rows), first, {**choices, **told, "error_message": "请从列表中选择"})
    _table(sheet, styles, heads, [_cells(model, row) for row in rows], open_from=first)


def _cells(model: Model, row: dict[str, Any]) -> list[Any]:
    unit, measures = json.loads(row["unit"]), json.loads(row["measures"])
    shown = [row["explanation"], COLOUR_NAMES.get(row["colour"], ""), row["score"], state_in_words(row)]
    shown += ["是" if row["explainable"] else "", *([""] * len(ANSWERS))]
    shown += [masked(model, key, unit[key]) for key in model.keys]
    shown.append(row["period"])
    shown += [_typed(model, name, measures[name]) for name in model.measures]
    return [*shown, row["first_seen"], row["facts"], row["candidate"], model.id]


def _gone_sheet(book: Any, styles: Any, rows: Sequence[dict[str, Any]], titles: dict[str, str]) -> None:
    if not rows:
        return
    heads = ["原说明", "原因", "原状态", "模型", "名称", "期间", "首次发现", "最近一次", "编号"]
    cells = [
        [row["explanation"], row["reason"], STATES[row["was"]], row["model"], titles.get(row["model"], ""),
         row["period"], row["first_seen"], row["last_seen"], row["candidate"]] for row in rows
    ]  # fmt: skip
    _table(_sheet(book, GONE, [60, 40, 10, 8, 28, 11, 12, 12, 36]), styles, heads, cells)


def _typed(model: Model, name: str, value: str | None) -> Any:
    """A measure as its declaration says it: a number can be added up and sorted, a day too."""
    kind = "text" if is_person(model, name) else model.measures[name].type.name
    if value in (None, "") or kind not in ("integer", "decimal", "date"):
        return masked(model, name, value)
    return dt.date.fromisoformat(value[:10]) if kind == "date" else Decimal(value)


def _untold_sheet(book: Any, styles: Any, rows: Iterable[tuple[Model, dict[str, Any]]]) -> None:
    cells = [
        [row["explanation"], model.id, model.title, row["period"], object_in_words(model, row)] for model, row in rows
    ]
    _table(_sheet(book, UNTOLD, [70, 8, 28, 11, 40]), styles, [TEXT, "模型", "名称", "期间", "对象"], cells)


def _evidence_sheet(
    book: Any, styles: Any, rows: Sequence[EvidenceRow], models: dict[str, Model], registers: Mapping[str, Register]
) -> None:
    """The register rows behind the listed candidates, in words; what does not fit here is in evidence.parquet."""
    if not rows:
        return
    cells = []
    about: dict[str, str] = {}
    for candidate, model, unit, register, row, unlisted in rows[:EVIDENCE_ROWS]:
        if candidate not in about:
            about[candidate] = object_in_words(models[model], {"unit": unit})
        where = [candidate, model, about[candidate], named_register(registers, register)]
        cells.append([*where, row_in_words(models[model], registers.get(register), json.loads(row))])
        if unlisted:
            cells.append([*where, rest_in_words(unlisted)])
    if len(rows) > EVIDENCE_ROWS:
        cells.append(["", "", "", "", f"此处只列出{EVIDENCE_ROWS}行，其余见 evidence.parquet。"])
    _table(_sheet(book, EVIDENCE, [36, 8, 36, 28, 100]), styles, [ID, MODEL, "对象", "台账", "证据行"], cells, line=96)


def _table(
    sheet: Any, styles: Any, heads: Sequence[str], rows: Iterable[Sequence[Any]], open_from: int = -1, line: int = LINE
) -> None:
    rows = list(rows)
    sheet.freeze_panes(1, 1)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(heads) - 1)
    sheet.set_row(0, 30)
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, styles["head"])
    answers = range(open_from, open_from + len(ANSWERS)) if open_from >= 0 else range(0)
    for number, row in enumerate(rows, 1):
        sheet.set_row(number, _height(row, line))
        for column, value in enumerate(row):
            if column in answers:
                sheet.write_string(number, column, str(value), styles["open"])
            else:
                _write(sheet, styles, number, column, value)


def _height(row: Sequence[Any], line: int) -> float:
    """High enough for the longest text of a row; not every program makes room for wrapped lines by itself."""
    longest = max([text for text in row if isinstance(text, str)], key=len, default="")
    # A Chinese character is three bytes and two places wide.
    wide = (len(longest) + len(longest.encode())) // 2
    return 15.0 * min(max(-(-wide // line), 1), MOST_LINES)


def _write(sheet: Any, styles: Any, line: int, column: int, value: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(line, column, value, styles.get(value if len(value) == 1 else "text", styles["text"]))
    # Excel keeps 15 digits: a longer number would be another one, and stays a text.
    elif isinstance(value, int | Decimal) and not isinstance(value, bool) and _digits(value) <= 15:
        places = -Decimal(value).as_tuple().exponent if isinstance(value, Decimal) else 0  # type: ignore[operator]
        sheet.write_number(line, column, value, styles[f"number{min(max(int(places), 0), len(_FORMATS) - 1)}"])
    elif isinstance(value, dt.date):
        sheet.write_datetime(line, column, dt.datetime.combine(value, dt.time()), styles["date"])
    else:
        sheet.write_string(line, column, str(value), styles["text"])


def _digits(value: int | Decimal) -> int:
    return len(Decimal(value).as_tuple().digits)


def sheet_name(model: Model) -> str:
    """At most 31 characters, none of those that Excel refuses."""
    title = "".join(character for character in model.title if character not in "[]:*?/\\'")
    return f"{model.id} {title}"[:31]
