"""The workbook of a run: one sheet a model, the explanation first, and columns for the verdict that come back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.history import GONE as GONE_STATE
from lianheng.engine.redflags.history import GONE_NAME, STATES
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.results import EvidenceRow, evidence, gone, listed, state_counts, untold
from lianheng.engine.redflags.run import Run
from lianheng.engine.redflags.verdicts import KINDS

COLOUR_NAMES = {"red": "红", "yellow": "黄", "blue": "蓝"}
OUTCOMES = {"ran": "已运行", "carried": "沿用上次", "not_run": "未运行", "failed": "失败"}
VERDICT, NOTE, BY, UNTIL, WHY, APPROVER, ID, MODEL = (
    "核查结论", "核查说明", "核查人", "抑制至", "抑制理由", "批准人", "候选编号", "模型",
)  # fmt: skip
_ANSWERS = (VERDICT, NOTE, BY, UNTIL, WHY, APPROVER)
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
    heads = ["说明", "颜色", "分值", "状态", "可解释", *keys, "期间", *measures, *_ANSWERS, "首次发现", ID, MODEL]
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
    shown += [_masked(model, key, unit[key]) for key in model.keys]
    shown.append(row["period"])
    shown += [_typed(model, name, measures[name]) for name in model.measures]
    return [*shown, *([""] * len(_ANSWERS)), row["first_seen"], row["candidate"], model.id]


def _masked(model: Model, name: str, value: str | None) -> str:
    text = value or ""
    return text[:8] if name in model.person_columns else text


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
        return _masked(model, name, value)
    return dt.date.fromisoformat(value[:10]) if kind == "date" else Decimal(value)


def unit_cells(model: Model, row: dict[str, Any]) -> list[str]:
    """A candidate's keys, one cell each; ids of people are shortened."""
    unit = json.loads(row["unit"])
    return [_masked(model, key, unit.get(key)) for key in model.keys]


def object_in_words(model: Model, row: dict[str, Any]) -> str:
    """What a candidate is about: 村代码 430499001208."""
    return "，".join(
        f"{model.key_labels[key]} {cell}" for key, cell in zip(model.keys, unit_cells(model, row), strict=True)
    )


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
    cells = [
        [candidate, model, named_register(registers, register),
         row_in_words(models[model], registers.get(register), json.loads(row))]
        for candidate, model, register, row in rows[:EVIDENCE_ROWS]
    ]  # fmt: skip
    if len(rows) > EVIDENCE_ROWS:
        cells.append(["", "", "", f"此处只列出{EVIDENCE_ROWS}行，其余见 evidence.parquet。"])
    _table(sheet, styles, 0, [ID, MODEL, "台账", "证据行"], cells)


def named_register(registers: Mapping[str, Register], id_: str) -> str:
    """A register as people call it, and its id: 种粮补贴清册（subsidy）."""
    return f"{registers[id_].title}（{id_}）" if id_ in registers else id_


def row_in_words(model: Model | None, register: Register | None, row: Mapping[str, str | None]) -> str:
    """A row of evidence under its register's headings; what is stored as a hash is shortened.

    Example
    -------
    >>> row_in_words(None, None, {"area": "40", "note": None})
    'area：40'
    """
    columns = register.columns if register else {}
    said = []
    for name, value in row.items():
        if value is not None:
            column = columns.get(name)
            hidden = (column is not None and column.protected) or (model is not None and name in model.person_columns)
            said.append(f"{column.label if column else name}：{value[:8] if hidden else value}")
    return "，".join(said)


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
    answers = range(open_from, open_from + len(_ANSWERS)) if open_from >= 0 else range(0)
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


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody wrote beside a candidate in the workbook."""

    candidate: str
    model: str
    verdict: str
    note: str
    by: str
    until: dt.date | None
    why: str
    approver: str
    sheet: str
    line: int


def read_answers(path: Path) -> list[Answer]:
    """The rows of an edited workbook that carry a verdict or a suppression.

    Raises
    ------
    RunError naming sheet and row: not a workbook of a run, a model's sheet whose headings are gone or not in row 1, an
    unknown verdict, a day that is none.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as error:
        raise RunError(f"{path.name}: not an Excel workbook: {error}") from error
    sheets = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names]
    ran = _models_that_ran(dict(sheets).get(OVERVIEW, []))
    answers: list[Answer] = []
    found = False
    for name, rows in sheets:
        heads = [str(cell).strip() for cell in rows[0]] if rows else []
        if (ID in heads and VERDICT in heads) or _holds_candidates(name, rows, ran):
            _check_headings(f"{path.name}: sheet {name}", heads, rows)
            found = True
            answers += _answers(path, name, heads, rows[1:])
    if not found:
        raise RunError(f"{path.name}: no sheet has the columns {ID} and {VERDICT}: use results.xlsx of a run")
    return answers


def _models_that_ran(overview: list[list[Any]]) -> set[str]:
    return {str(row[0]) for row in overview[1:] if len(row) > 2 and row[2] in (OUTCOMES["ran"], OUTCOMES["carried"])}


def _holds_candidates(name: str, rows: list[list[Any]], ran: set[str]) -> bool:
    """Whether this was a model's sheet, however it was edited: what stands in it must not be lost in silence."""
    if name in OWN_SHEETS:
        return False
    return name.split(" ")[0] in ran or any({ID, VERDICT} & {str(cell).strip() for cell in row} for row in rows[:30])


def _check_headings(where: str, heads: list[str], rows: list[list[Any]]) -> None:
    """Every column that is read back stands once in row 1."""
    needed = (*_ANSWERS, ID, MODEL)
    missing = [head for head in needed if head not in heads]
    twice = [head for head in needed if heads.count(head) > 1]
    if missing:
        lower = next((line for line, row in enumerate(rows[:30], 1) if line > 1 and VERDICT in map(str, row)), 0)
        mend = f"the headings stand in row {lower}: delete the rows above them" if lower else "use a fresh results.xlsx"
        raise RunError(f"{where}: row 1 lacks {', '.join(missing)}; nothing of the file was recorded ({mend})")
    if twice:
        raise RunError(f"{where}: {', '.join(twice)} stands twice in row 1; nothing of the file was recorded")


def _answers(path: Path, sheet: str, heads: list[str], rows: list[list[Any]]) -> list[Answer]:
    kinds = {word: kind for kind, word in KINDS.items()} | {kind: kind for kind in KINDS}
    answers = []
    for line, row in enumerate(rows, 2):
        cells = dict(zip(heads, row, strict=False))
        word, until = str(cells.get(VERDICT) or "").strip(), cells.get(UNTIL)
        if not word and until in (None, ""):
            continue
        where = f"{path.name}: sheet {sheet}, row {line}"
        if word and word not in kinds:
            raise RunError(f"{where}: {VERDICT} {word!r} is none of {', '.join(KINDS.values())}")
        heads_of = {"note": NOTE, "by": BY, "why": WHY, "approver": APPROVER, "id": ID, "model": MODEL}
        texts = {key: str(cells.get(head) or "").strip() for key, head in heads_of.items()}
        if not texts["id"] or not texts["model"]:
            raise RunError(f"{where}: {ID} or {MODEL} is gone: take a fresh copy of results.xlsx")
        answers.append(
            Answer(texts["id"], texts["model"], kinds.get(word, ""), texts["note"], texts["by"], _day(where, until),
                   texts["why"], texts["approver"], sheet, line)
        )  # fmt: skip
    return answers


def _day(where: str, value: Any) -> dt.date | None:
    if value in (None, ""):
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value).strip().replace("/", "-"))
    except ValueError as error:
        raise RunError(f"{where}: {UNTIL} {value!r} is not a day such as 2025-06-30") from error
