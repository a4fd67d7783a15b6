"""What people wrote into the workbook of a run: verdicts and suppressions, read back row by row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.verdicts import KINDS
from lianheng.engine.redflags.words import OUTCOMES
from lianheng.engine.redflags.workbook import (
    ANSWERS,
    APPROVER,
    BY,
    ID,
    MODEL,
    NOTE,
    OVERVIEW,
    OWN_SHEETS,
    UNTIL,
    VERDICT,
    WHY,
)


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
    needed = (*ANSWERS, ID, MODEL)
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
