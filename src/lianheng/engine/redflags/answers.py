"""What people wrote into the workbook of a run: verdicts and suppressions, read back row by row, or not at all."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.verdicts import KINDS, kind_of
from lianheng.engine.redflags.words import OUTCOMES
from lianheng.engine.redflags.workbook import (
    ANSWERS,
    APPROVER,
    BY,
    FACTS,
    ID,
    MODEL,
    NOTE,
    OVERVIEW,
    OWN_SHEETS,
    TEXT,
    UNTIL,
    VERDICT,
    WHY,
)

TOLD = 20  # of faults in one message
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})")


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody wrote beside a candidate in the workbook; `text` and `facts` say which numbers he looked at."""

    candidate: str
    model: str
    verdict: str
    note: str
    by: str
    until: dt.date | None
    why: str
    approver: str
    text: str
    facts: str
    where: str


def read_answers(path: Path) -> list[Answer]:
    """The rows of an edited workbook that carry a verdict or a suppression.

    Raises
    ------
    RunError naming every sheet and row that cannot be read: not a workbook of a run, a model's sheet whose headings are
    gone or not in row 1, merged cells, an unknown verdict, a day that is none.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = [(name, book.get_sheet_by_name(name)) for name in book.sheet_names]
        cells = [(name, sheet, sheet.to_python(skip_empty_area=False)) for name, sheet in sheets]
    except (CalamineError, OSError, ValueError) as error:
        raise RunError(f"{path.name}: not an Excel workbook: {error}") from error
    ran = _models_that_ran({name: rows for name, _, rows in cells}.get(OVERVIEW, []))
    answers: list[Answer] = []
    faults: list[str] = []
    found = False
    for name, sheet, rows in cells:
        heads = [str(cell).strip() for cell in rows[0]] if rows else []
        if (ID in heads and VERDICT in heads) or _holds_candidates(name, rows, ran):
            where = f"{path.name}: sheet {name}"
            _check_headings(where, heads, rows)
            found = True
            faults += [f"{where}, {fault}" for fault in _merged(sheet, heads)]
            answers += _answers(where, heads, rows[1:], faults)
    if not found:
        raise RunError(f"{path.name}: no sheet has the columns {ID} and {VERDICT}: use results.xlsx of a run")
    refuse_faults(faults)
    return answers


def refuse_faults(faults: Sequence[str]) -> None:
    """Raise what is wrong with a workbook, all of it at once; nothing: nothing."""
    if faults:
        more = f"\n  … and {len(faults) - TOLD} more" if len(faults) > TOLD else ""
        raise RunError("nothing of the file was recorded:\n  " + "\n  ".join(faults[:TOLD]) + more)


def place_answers(
    answers: Sequence[Answer], told: Mapping[str, Sequence[dict[str, Any]]], said: Callable[[Answer], object]
) -> list[tuple[Answer, dict[str, Any]]]:
    """Each answer with the row of the run that it is about: a verdict is about the numbers that somebody looked at.

    Parameters
    ----------
    answers : from `read_answers`.
    told : by candidate what each run said of it, from `candidates.told_candidates`.
    said : what must not differ where a candidate stands twice (the verdict, or the day of a suppression).

    Raises
    ------
    RunError naming every row whose candidate no run has, whose text is not its candidate's (columns were sorted apart
    from each other), whose numbers are of no run that is kept, or that contradicts another row.
    """
    placed, faults = [], []
    first: dict[str, Answer] = {}
    for answer in answers:
        rows = told.get(answer.candidate, ())
        row = next((one for one in rows if _is_about(answer, one)), None)
        earlier = first.setdefault(answer.candidate, answer)
        if row is None:
            faults.append(f"{answer.where}: {_why_not(answer, rows)}")
        elif said(earlier) != said(answer):
            faults.append(f"{answer.where}: says something else about {ID} {answer.candidate} than {earlier.where}")
        elif earlier is answer:
            placed.append((answer, row))
    refuse_faults(faults)
    return placed


def _is_about(answer: Answer, row: dict[str, Any]) -> bool:
    same_numbers = answer.facts in ("", row["facts"])
    return same_numbers and answer.text == str(row["explanation"] or "").strip()


def _why_not(answer: Answer, rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return f"no run of this office has candidate {answer.candidate} (those of people models only with --people)"
    if answer.facts and all(answer.facts != row["facts"] for row in rows):
        return f"its numbers are of no run that is kept: judge {answer.candidate} in a newer results.xlsx"
    return (
        f"{TEXT} is not that of {ID} {answer.candidate}: were columns sorted apart from each other, or was the text "
        "changed? Take a fresh copy of results.xlsx"
    )


def _models_that_ran(overview: list[list[Any]]) -> set[str]:
    return {str(row[0]) for row in overview[1:] if len(row) > 2 and row[2] in (OUTCOMES["ran"], OUTCOMES["carried"])}


def _holds_candidates(name: str, rows: list[list[Any]], ran: set[str]) -> bool:
    """Whether this was a model's sheet, however it was edited: what stands in it must not be lost in silence."""
    if name in OWN_SHEETS:
        return False
    return name.split(" ")[0] in ran or any({ID, VERDICT} & {str(cell).strip() for cell in row} for row in rows[:30])


def _check_headings(where: str, heads: list[str], rows: list[list[Any]]) -> None:
    """Every column that is read back stands once in row 1."""
    needed = (*ANSWERS, TEXT, ID, MODEL)
    missing = [head for head in needed if head not in heads]
    twice = [head for head in (*needed, FACTS) if heads.count(head) > 1]
    if missing:
        lower = next((line for line, row in enumerate(rows[:30], 1) if line > 1 and VERDICT in map(str, row)), 0)
        mend = f"the headings stand in row {lower}: delete the rows above them" if lower else "use a fresh results.xlsx"
        raise RunError(f"{where}: row 1 lacks {', '.join(missing)}; nothing of the file was recorded ({mend})")
    if twice:
        raise RunError(f"{where}: {', '.join(twice)} stands twice in row 1; nothing of the file was recorded")


def _merged(sheet: Any, heads: list[str]) -> list[str]:
    """Cells merged over rows: all but the first row would lose what was written."""
    read = {place for place, head in enumerate(heads) if head in (*ANSWERS, TEXT, FACTS, ID, MODEL)}
    return [
        f"rows {top + 1}–{bottom + 1}: cells of {heads[left]} are merged, so only the first row would have their "
        "value; split them (取消合并单元格) and fill each row"
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        if bottom > top and read & set(range(left, right + 1))
    ]


def _answers(where: str, heads: list[str], rows: list[list[Any]], faults: list[str]) -> list[Answer]:
    answers = []
    heads_of = {"note": NOTE, "by": BY, "why": WHY, "approver": APPROVER, "candidate": ID, "model": MODEL,
                "text": TEXT, "facts": FACTS}  # fmt: skip
    for line, row in enumerate(rows, 2):
        cells = dict(zip(heads, row, strict=False))
        word, until = str(cells.get(VERDICT) or "").strip(), cells.get(UNTIL)
        if not word and until in (None, ""):
            continue
        here = f"{where}, row {line}"
        texts = {key: str(cells.get(head) or "").strip() for key, head in heads_of.items()}
        kind, day = kind_of(word), _day(until)
        if word and not kind:
            faults.append(f"{here}: {VERDICT} {word!r} is none of {', '.join(KINDS.values())}")
        elif until not in (None, "") and day is None:
            faults.append(f"{here}: {UNTIL} {until!r} is not a day such as 2025-06-30")
        elif not texts["candidate"] or not texts["model"]:
            faults.append(f"{here}: {ID} or {MODEL} is gone: take a fresh copy of results.xlsx")
        else:
            answers.append(Answer(verdict=kind, until=day, where=here, **texts))
    return answers


def _day(value: Any) -> dt.date | None:
    """A day as Excel keeps it, or written out; None where it is none."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    found = _DAY.fullmatch("".join(str(value or "").split()))
    try:
        return dt.date(*(int(part) for part in found.groups() if part)) if found else None
    except ValueError:
        return None
