"""`lianheng models verdict`: what people found when they checked candidates, and what that says about models."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lianheng.cli.guarding import guarded, today_of
from lianheng.cli.registers import common, open_office


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add verdict."""
    verdict = acts.add_parser(
        "verdict", help="record verdicts (one, or those in an edited workbook), or print what they say"
    )
    verdict.add_argument("candidate", nargs="?", metavar="CANDIDATE")
    verdict.add_argument(
        "kind", nargs="?", metavar="VERDICT", help="as_indicated indirectly_related no_violation other"
    )
    verdict.add_argument("--from", dest="workbook", type=Path, metavar="RESULTS.xlsx", help="an edited workbook")
    verdict.add_argument("--by", default="", help="who checked")
    verdict.add_argument("--note", default="", help="what was found")
    verdict.add_argument("--people", action="store_true", help="on candidates of people models; alone: what they say")
    common(verdict)
    verdict.set_defaults(run=guarded(run_verdict))


def run_verdict(arguments: argparse.Namespace) -> int:
    """Record verdicts, or print precision and hit rate per model and quarter."""
    from lianheng.engine.redflags.candidates import known_candidates
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.verdicts import append_verdicts, worth

    office = open_office(arguments)
    library = office.library()
    if arguments.workbook or arguments.candidate:
        about_people = known_candidates(office.run_folders(people=True)) if arguments.people else {}
        known = about_people | known_candidates(office.run_folders())
        given = _from_workbook(arguments) if arguments.workbook else [_from_words(arguments, known)]
        new = [_verdict(row, known, today_of(arguments)) for row in given]
        counted = {v.candidate: v for people in (False, True) for v in office.verdicts(library, people)}
        new = [v for v in new if v.candidate not in counted or _differs(v, counted[v.candidate])]
        append_verdicts(office.verdict_file(), [v for v in new if v.candidate not in about_people])
        closed = [v for v in new if v.candidate in about_people]
        append_verdicts(office.verdict_file(people=True), closed, closed=True)
        if not arguments.json:
            print(f"{len(new)} verdicts recorded, {len(given) - len(new)} known already")
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


def _from_workbook(arguments: argparse.Namespace) -> list[dict[str, str]]:
    from lianheng.engine.redflags.answers import read_answers
    from lianheng.engine.redflags.problems import RunError

    rows = []
    answers = read_answers(arguments.workbook)
    quiet = sum(answer.until is not None for answer in answers)
    if quiet:
        print(
            f"lianheng: {quiet} rows ask for quiet, which are no verdicts: lianheng models suppress --from "
            f"{arguments.workbook} records those",
            file=sys.stderr,
        )
    for answer in answers:
        if answer.verdict:
            where = f"{arguments.workbook.name}: sheet {answer.sheet}, row {answer.line}"
            by = answer.by or arguments.by
            if not by:
                raise RunError(f"{where}: nobody is named as 核查人: fill the cell, or give --by")
            rows.append(
                {"candidate": answer.candidate, "kind": answer.verdict, "note": answer.note, "by": by, "where": where}
            )
    return rows


def _from_words(arguments: argparse.Namespace, known: dict[str, dict[str, Any]]) -> dict[str, str]:
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.verdicts import KINDS

    fitting = [candidate for candidate in known if candidate.startswith(arguments.candidate)]
    if arguments.kind not in KINDS:
        raise RunError(f"VERDICT {arguments.kind!r} is none of {', '.join(KINDS)}")
    if len(fitting) != 1 or len(arguments.candidate) < 8:
        raise RunError(
            f"{arguments.candidate}: {len(fitting)} candidates begin so; give eight characters or more of one"
            f"{'' if arguments.people else ' (those of people models only with --people)'}"
        )
    if not arguments.by:
        raise RunError("who checked it? give --by NAME")
    row = {"candidate": fitting[0], "kind": arguments.kind, "note": arguments.note, "by": arguments.by}
    return {**row, "where": arguments.candidate}


def _verdict(row: dict[str, str], known: dict[str, dict[str, Any]], today: dt.date) -> Any:
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.verdicts import Verdict

    about = known.get(row["candidate"])
    if about is None:
        raise RunError(
            f"{row['where']}: no run of this office has candidate {row['candidate']} (those of people models only with"
            " --people)"
        )
    return Verdict(
        row["candidate"], about["model"], about["version"], row["kind"], row["note"], row["by"], today, about["facts"]
    )  # fmt: skip


def _differs(new: Any, old: Any) -> bool:
    return (new.verdict, new.note, new.by, new.facts) != (old.verdict, old.note, old.by, old.facts)
