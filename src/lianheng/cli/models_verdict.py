"""`lianheng models verdict`: what people found when they checked candidates, and what that says about models."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli.guarding import guarded, today_of
from lianheng.cli.registers import common, open_office

if TYPE_CHECKING:
    from lianheng.engine.redflags.library import Library
    from lianheng.engine.redflags.verdicts import Verdict
    from lianheng.library.office import Office


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add verdict."""
    verdict = acts.add_parser(
        "verdict", help="record verdicts (one, or those in an edited workbook), or print what they say"
    )
    verdict.add_argument("candidate", nargs="?", metavar="CANDIDATE")
    verdict.add_argument(
        "kind", nargs="?", metavar="VERDICT", help="as_indicated indirectly_related no_violation other, or the word"
    )
    verdict.add_argument("--from", dest="workbook", type=Path, metavar="RESULTS.xlsx", help="an edited workbook")
    verdict.add_argument("--by", default="", help="who checked")
    verdict.add_argument("--note", default="", help="what was found")
    verdict.add_argument("--people", action="store_true", help="on candidates of people models; alone: what they say")
    common(verdict)
    verdict.set_defaults(run=guarded(run_verdict))


def run_verdict(arguments: argparse.Namespace) -> int:
    """Record verdicts, or print precision and hit rate per model and quarter."""
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.verdicts import worth

    office = open_office(arguments)
    library = office.library()
    if arguments.workbook or arguments.candidate:
        new, known = _given(office, library, arguments)
        if not arguments.json:
            print(f"{len(new)} verdicts recorded, {known} known already")
    elif arguments.kind:
        raise RunError("give CANDIDATE and VERDICT, or --from RESULTS.xlsx")
    rows = worth(office.verdicts(library, arguments.people))
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1, default=str))
    else:
        for row in rows:
            review = "  under 20 %: to review" if row.to_review else ""
            shares = f"precision {row.precision} %, hit rate {row.hit_rate} %"
            print(f"{row.model:6} {row.quarter}  {row.checked} checked, {shares}{review}")
    return 0


def _given(office: Office, library: Library, arguments: argparse.Namespace) -> tuple[list[Verdict], int]:
    """Record what is given; the new verdicts, and how many were known already."""
    from lianheng.engine.redflags.verdicts import append_verdicts

    given = _from_workbook(office, arguments) if arguments.workbook else [_from_words(office, arguments)]
    about_people = {row["candidate"] for row in given if row["people"]}
    verdicts = [_verdict(row, today_of(arguments)) for row in given]
    counted = {v.candidate: v for people in (False, True) for v in office.verdicts(library, people)}
    new = [v for v in verdicts if v.candidate not in counted or _differs(v, counted[v.candidate])]
    for verdict in new:
        _tell_change(verdict, counted.get(verdict.candidate))
    append_verdicts(office.verdict_file(), [v for v in new if v.candidate not in about_people])
    closed = [v for v in new if v.candidate in about_people]
    append_verdicts(office.verdict_file(people=True), closed, closed=True)
    return new, len(given) - len(new)


def _tell_change(new: Verdict, old: Verdict | None) -> None:
    """Both verdicts stay on record and the later one counts; that it says something else is told."""
    from lianheng.engine.redflags.verdicts import KINDS

    if old is not None and old.verdict != new.verdict:
        was = f"{KINDS.get(old.verdict, old.verdict)} ({old.by}, {old.on})"
        print(
            f"lianheng: {new.candidate[:12]}: {KINDS[new.verdict]} ({new.by}) takes the place of {was}", file=sys.stderr
        )


def _told(office: Office, ids: set[str], people: bool) -> dict[str, list[dict[str, Any]]]:
    """What the runs say of these candidates; people's only where they are asked for."""
    from lianheng.engine.redflags.candidates import told_candidates

    told = told_candidates(office.run_folders(), ids)
    closed = told_candidates(office.run_folders(people=True), ids - set(told)) if people else {}
    return told | {id_: [{**row, "people": True} for row in rows] for id_, rows in closed.items()}


def _from_workbook(office: Office, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    from lianheng.engine.redflags.answers import place_answers, read_answers, refuse_faults

    answers = read_answers(arguments.workbook)
    quiet = sum(answer.until is not None for answer in answers)
    if quiet:
        print(
            f"lianheng: {quiet} rows ask for quiet, which are no verdicts: lianheng models suppress --from "
            f"{arguments.workbook} records those",
            file=sys.stderr,
        )
    judged = [answer for answer in answers if answer.verdict]
    nobody = [answer.where for answer in judged if not (answer.by or arguments.by)]
    refuse_faults([f"{where}: nobody is named as 核查人: fill the cell, or give --by" for where in nobody])
    told = _told(office, {answer.candidate for answer in judged}, arguments.people)
    rows = []
    for answer, row in place_answers(judged, told, lambda answer: answer.verdict):
        if row["facts"] != told[answer.candidate][0]["facts"]:
            newest = told[answer.candidate][0]["run"]
            print(f"lianheng: {answer.where}: its numbers have changed by {newest}; the verdict is about those of "
                  f"{row['run']}", file=sys.stderr)  # fmt: skip
        given = {"candidate": answer.candidate, "kind": answer.verdict, "note": answer.note}
        rows.append({"people": False, **row, **given, "by": answer.by or arguments.by})
    return rows


def _from_words(office: Office, arguments: argparse.Namespace) -> dict[str, Any]:
    from lianheng.engine.redflags.candidates import known_candidates
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.verdicts import KINDS, kind_of

    about_people = known_candidates(office.run_folders(people=True)) if arguments.people else {}
    known = about_people | known_candidates(office.run_folders())
    fitting = [candidate for candidate in known if candidate.startswith(arguments.candidate)]
    kind = kind_of(arguments.kind or "")
    if not kind:
        words = ", ".join(f"{code} {word}" for code, word in KINDS.items())
        raise RunError(f"VERDICT {arguments.kind!r} is none of {words}")
    if len(fitting) != 1 or len(arguments.candidate) < 8:
        raise RunError(
            f"{arguments.candidate}: {len(fitting)} candidates begin so; give eight characters or more of one"
            f"{'' if arguments.people else ' (those of people models only with --people)'}"
        )
    if not arguments.by:
        raise RunError("who checked it? give --by NAME")
    given = {"candidate": fitting[0], "kind": kind, "note": arguments.note, "by": arguments.by}
    return {**known[fitting[0]], **given, "people": fitting[0] in about_people}


def _verdict(row: dict[str, Any], today: dt.date) -> Verdict:
    from lianheng.engine.redflags.verdicts import Verdict

    return Verdict(
        row["candidate"], row["model"], row["version"], row["kind"], row["note"], row["by"], today, row["facts"]
    )  # fmt: skip


def _differs(new: Verdict, old: Verdict) -> bool:
    return (new.verdict, new.note, new.by, new.facts) != (old.verdict, old.note, old.by, old.facts)
