"""`lianheng models withdraw`: take the release of a parameter back; both stay on record.

Exit codes: 0 done; 1 the answer is no (nothing is released); 2 it could not be understood or is refused, and nothing
was written.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from lianheng.cli.guarding import guarded, today_of
from lianheng.cli.office_entries import append_entries, sound_library
from lianheng.cli.registers import common, open_office

if TYPE_CHECKING:
    from lianheng.library.office import Office


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add withdraw."""
    act = acts.add_parser(
        "withdraw",
        help="take a released parameter back; what was in force before it is in force again",
        description="Take the last release of a parameter back. settings.yaml keeps the release and gets a line that "
        "takes it back, with reason and name. Without --reason and --by the releases that stand are listed.",
    )
    act.add_argument("model", metavar="MODEL")
    act.add_argument("parameter", nargs="?", default="", metavar="NAME", help="none: the only one that is released")
    act.add_argument("--region", default="", help="the release for this division (code or its first digits)")
    act.add_argument("--global", dest="everywhere", action="store_true", help="the release for all divisions")
    act.add_argument("--reason", default="")
    act.add_argument("--by", default="")
    common(act)
    act.set_defaults(run=guarded(run_withdraw))


def run_withdraw(arguments: argparse.Namespace) -> int:
    """List the releases that stand, or take the last one back."""
    from lianheng.engine.redflags.problems import RunError

    office, today = open_office(arguments), today_of(arguments)
    library = office.library()
    if arguments.model not in {*library.models, *library.faults}:
        raise RunError(f"no model {arguments.model}; there are {', '.join(library.models)}")
    if arguments.region and arguments.everywhere:
        raise RunError("--region and --global name two releases: give one of them")
    released = office.releases(arguments.model)
    standing = [row for row in released if _is_meant(row, arguments)]
    if not standing:
        _say_none(released, arguments)
        return 1
    if not (arguments.reason and arguments.by):
        return _list(standing, arguments)
    of = dict.fromkeys(_naming(row) for row in standing)
    if len(of) > 1:
        lines = "".join(f"\n  {_naming(row)}: {_line(row)}" for row in standing)
        raise RunError(f"several are released; say which one, with NAME and --region or --global:{lines}")
    taken = standing[-1]
    entry = {"model": arguments.model, "parameter": taken["parameter"], "value": taken.get("value"), "withdrawn": True,
             "from": str(today), "reason": arguments.reason, "set_by": arguments.by, "set_on": str(today)}  # fmt: skip
    entry |= {"region": taken["region"]} if taken.get("region") else {}
    path = office.folder / "settings.yaml"
    append_entries(path, "parameters", [entry], lambda: sound_library(office, [arguments.model]))
    now = _in_force(office, entry, today)
    if arguments.json:
        print(json.dumps({"withdrawn": entry, "in_force": now}, ensure_ascii=False, indent=1))
    else:
        where = f" in {taken['region']}" if taken.get("region") else ""
        print(f"taken back: {_line(taken)}\nin force now: {taken['parameter']} = {now}{where}; recorded in {path}")
    return 0


def _is_meant(row: dict[str, Any], arguments: argparse.Namespace) -> bool:
    region = str(row.get("region", ""))
    if arguments.parameter not in ("", row.get("parameter")):
        return False
    return not region if arguments.everywhere else arguments.region in ("", region)


def _naming(row: dict[str, Any]) -> str:
    """The words that name a release on the command line."""
    return f"{row.get('parameter')} " + (f"--region {row['region']}" if row.get("region") else "--global")


def _say_none(released: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    """What was asked for does not stand; what does."""
    asked = " ".join(part for part in (arguments.model, arguments.parameter) if part)
    asked += " for all divisions" if arguments.everywhere else f" in {arguments.region}" if arguments.region else ""
    print(f"lianheng: no release of {asked} stands" + ("; there are:" if released else ""), file=sys.stderr)
    for row in released:
        print(f"  {_naming(row)}: {_line(row)}", file=sys.stderr)


def _list(standing: list[dict[str, Any]], arguments: argparse.Namespace) -> int:
    """Print what stands; half of what a withdrawal needs is refused."""
    from lianheng.engine.redflags.problems import RunError

    if arguments.reason or arguments.by:
        raise RunError("taking a release back needs --reason and --by")
    if arguments.json:
        print(json.dumps(standing, ensure_ascii=False, indent=1))
        return 0
    for row in standing:
        print(_line(row))
    print("to take the last one back: --reason … --by NAME")
    return 0


def _line(row: dict[str, Any]) -> str:
    where = f" in {row['region']}" if row.get("region") else " everywhere"
    was = f" (was {row['was']})" if row.get("was") else ""
    by = f"{row.get('set_by', '')} on {row.get('set_on', '')}: {row.get('reason', '')}"
    return (
        f"{row['model']} {row.get('parameter')} = {row.get('value')}{where}{was} from {row.get('from', 'ever')}, {by}"
    )


def _in_force(office: Office, entry: dict[str, Any], today: Any) -> str:
    from lianheng.engine.redflags.binding import value_in_force

    model = office.models(office.library(), faults={})[entry["model"]]
    return str(value_in_force(model.parameters[entry["parameter"]], str(entry.get("region", "")), today))
