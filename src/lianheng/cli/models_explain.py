"""`lianheng models explain`: everything about one candidate, as it stands now.

Exit codes: 0 done; 1 no run has it; 2 it could not be understood.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from lianheng.cli.guarding import guarded
from lianheng.cli.registers import common, open_office

if TYPE_CHECKING:
    from lianheng.engine.redflags.library import Library
    from lianheng.engine.redflags.model import Model
    from lianheng.engine.redflags.standing import Standing
    from lianheng.engine.redflags.verdicts import Verdict

SHOWN = 10


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add explain."""
    explain = acts.add_parser("explain", help="everything about one candidate: numbers, basis, evidence, verdicts")
    explain.add_argument("candidate", metavar="CANDIDATE", help="its number, or the first eight characters or more")
    explain.add_argument("--people", action="store_true", help="look among the people runs")
    explain.add_argument("--all", action="store_true", help=f"every row of evidence, not {SHOWN} of each register")
    common(explain)
    explain.set_defaults(run=guarded(run_explain))


def run_explain(arguments: argparse.Namespace) -> int:
    """Print one candidate of the newest run that has it; 1 where no run has it."""
    from lianheng.engine.redflags.candidates import find_candidate
    from lianheng.engine.redflags.standing import standing_of

    office = open_office(arguments)
    runs = office.run_folders(arguments.people)
    found = find_candidate(runs, arguments.candidate)
    if found is None:
        text = f"no run has a candidate {arguments.candidate}"
        print(f"lianheng models explain: {text}", file=sys.stderr)
        if arguments.json:
            print(json.dumps({"error": text}, ensure_ascii=False))
        return 1
    library = office.library()
    model = library.models.get(found["model"])
    verdicts = [v for v in office.verdicts(library, arguments.people) if v.candidate == found["candidate"]]
    standing = standing_of(runs, found, verdicts, model)
    if arguments.json:
        _print_json(found, standing, verdicts)
        return 0
    _say_standing(found, standing, model)
    _say_numbers(found, model)
    _say_evidence(found, library, model, sys.maxsize if arguments.all else SHOWN)
    _say_verdicts(verdicts)
    return 0


def _print_json(found: dict[str, Any], standing: Standing, verdicts: list[Verdict]) -> None:
    from lianheng.engine.redflags.verdicts import KINDS

    said = {
        **found,
        "standing": {**asdict(standing), "in_words": standing.in_words},
        "verdicts": [{**asdict(verdict), "in_words": KINDS.get(verdict.verdict, "")} for verdict in verdicts],
    }
    print(json.dumps(said, ensure_ascii=False, indent=1, default=str))


def _say_standing(found: dict[str, Any], standing: Standing, model: Model | None) -> None:
    """The sentence first, then what it is about and how it stands."""
    from lianheng.engine.redflags.words import object_in_words

    print(f"{found['explanation']}\n")
    print(f"模型  {found['model']} {model.title if model else ''} 第{found['version']}版")
    if model:
        print(f"对象  {object_in_words(model, {**found, 'unit': json.dumps(found['unit'])})}  期间 {found['period']}")
    print(
        f"编号  {found['candidate']}\n状态  {standing.in_words}  首次 {found['first_seen']}  最近 {found['last_seen']}"
    )
    if standing.gone:
        gone = standing.gone
        why = f"：{gone.reason}" if gone.reason else ""
        print(f"  自{gone.since}起不再产生（运行{gone.run}）{why}；以下是最近一次（运行{found['run']}）的数据")
    if standing.flagged_before:
        before = standing.flagged_before
        print(f"  此前（{before['last_seen']}，运行{before['run']}）：{before['explanation']}")
    if standing.facts_changed:
        _say_changes(found, standing)


def _say_changes(found: dict[str, Any], standing: Standing) -> None:
    verdict = standing.verdict
    assert verdict is not None
    print(f"变化  {verdict.on}核查之后数据已变化，核查结论针对的是当时的数据", end="")
    if not standing.judged_run:
        print("；含当时数据的运行已清除，不能逐项列出")
        return
    print(f"（运行{standing.judged_run} → {found['run']}）：")
    for change in standing.changes:
        print(f"  {change.label}: {change.before} → {change.now}")


def _say_numbers(found: dict[str, Any], model: Model | None) -> None:
    from lianheng.engine.redflags.words import COLOUR_NAMES, basis_in_words, measure_in_words

    if found["colour"]:
        explained = "  数据本身可以解释" if found["explainable"] else ""
        print(f"颜色  {COLOUR_NAMES.get(found['colour'], found['colour'])}  分值 {found['score']}{explained}")
    if not model:
        return
    for name, measure in model.measures.items():
        print(f"  {measure.label}: {measure_in_words(model, name, found['measures'].get(name))}")
    print(f"依据  {basis_in_words(model)}")
    print("误报  " + "、".join(model.false_positives))
    print("核查  " + "；".join(model.next_steps))


def _say_evidence(found: dict[str, Any], library: Library, model: Model | None, shown: int) -> None:
    """The rows of each register, what decides first; how many more there are, here and in the register."""
    from lianheng.engine.redflags.words import named_register, rest_in_words, row_in_words

    for register, group in groupby(found["evidence"], key=lambda row: row["register"]):
        rows = list(group)
        name = named_register(library.registers, register)
        for row in rows[:shown]:
            print(f"证据  {name}  {row_in_words(model, library.registers.get(register), row['row'])}")
        if len(rows) > shown:
            print(f"证据  {name}  …还有{len(rows) - shown}行：加 --all 全部列出")
        unlisted = sum(row.get("unlisted", 0) for row in rows)
        if unlisted:
            print(f"证据  {name}  {rest_in_words(unlisted)}")


def _say_verdicts(verdicts: list[Verdict]) -> None:
    from lianheng.engine.redflags.verdicts import KINDS

    for verdict in verdicts:
        said = (str(verdict.on), KINDS.get(verdict.verdict, verdict.verdict), verdict.by, verdict.note)
        print("结论  " + "  ".join(part for part in said if part))
