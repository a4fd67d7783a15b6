"""`lianheng models purge`: run folders that nobody needs any more; shown, and with --yes removed for good.

Exit codes: 0 done or nothing to do; 2 it is refused, and nothing was removed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from lianheng.cli.guarding import clock_day, guarded, today_of
from lianheng.cli.registers import common, open_office

if TYPE_CHECKING:
    from lianheng.engine.redflags.run_retention import KeptRun
    from lianheng.library.office import Office


def add_act(acts: Any) -> None:
    """Add `purge` to the commands about models."""
    act = acts.add_parser(
        "purge",
        help="show run folders that nobody needs any more; --yes removes them for good",
        description="Run folders of common and of people models. One stays while it is younger than --days, the "
        "newest, or holds what is still needed: candidates that nobody has judged, confirmed ones, and those rejected "
        "less than --days ago. Without --yes nothing is changed.",
    )
    act.add_argument("--days", type=int, default=90, metavar="N", help="how long runs and rejections are kept (90)")
    act.add_argument("--yes", action="store_true", help="remove them; needs --by")
    act.add_argument("--by", default="", metavar="NAME", help="who removes them, for the record")
    common(act)
    act.set_defaults(run=guarded(run_purge))


def run_purge(arguments: argparse.Namespace) -> int:
    """Show what may go, or remove it and record it."""
    from lianheng.engine.redflags.problems import RunError
    from lianheng.library.office_lock import hold_numbering

    office, today = open_office(arguments), today_of(arguments)
    if arguments.days < 1:
        raise RunError(f"--days {arguments.days}: give a whole number from 1")
    if arguments.yes and not arguments.by.strip():
        raise RunError("who removes them? give --by NAME")
    if arguments.yes and today > clock_day():
        raise RunError(
            f"--today {today} is still to come (the clock says {clock_day()}); without --yes it shows what will be"
        )
    found: list[tuple[bool, KeptRun]] = []
    with hold_numbering(office.folder):
        for people in (False, True):
            runs = _weigh(office, people, today, arguments.days)
            found += [(people, run) for run in runs]
            if arguments.yes:
                _remove([run for run in runs if run.may_go], people, arguments.by)
    if arguments.json:
        print(json.dumps([_row(people, run, arguments.yes) for people, run in found], ensure_ascii=False, indent=1))
    else:
        _say(found, arguments.yes)
    return 0


def _weigh(office: Office, people: bool, today: dt.date, days: int) -> list[KeptRun]:
    from lianheng.engine.redflags.run_retention import weigh_runs
    from lianheng.engine.redflags.verdicts import latest

    folders = office.run_folders(people)
    return weigh_runs(folders, latest(office.verdicts(office.library(), people)), today, days) if folders else []


def _remove(runs: list[KeptRun], people: bool, by: str) -> None:
    from lianheng.engine.redflags.run_retention import remove_runs

    remove_runs(runs, now=dt.datetime.now(dt.UTC), by=by, closed=people)


def _row(people: bool, run: KeptRun, done: bool) -> dict[str, Any]:
    return {
        "run": f"{run.folder.parent.name}/{run.folder.name}", "people": people, "day": str(run.day),
        "candidates": run.candidates, "needed_for": list(run.why), "may_go": run.may_go,
        "removed": done and run.may_go,
    }  # fmt: skip


def _say(found: list[tuple[bool, KeptRun]], done: bool) -> None:
    for _, run in found:
        name = f"{run.folder.parent.name}/{run.folder.name}"
        verb = ("removed" if done else "may go") if run.may_go else f"stays: {', '.join(run.why)}"
        print(f"{name}  {run.candidates} candidates  {verb}")
    number = sum(run.may_go for _, run in found)
    if not number:
        print("no run may go")
    elif done:
        print(f"{number} runs are gone for good; recorded in _purged.jsonl beside them")
    else:
        print(f"{number} runs would go for good: no undo brings them back. To do it: --yes --by NAME")
