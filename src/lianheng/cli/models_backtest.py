"""`lianheng models backtest`: what a changed parameter would gain and lose, and putting it in force."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lianheng.cli.guarding import guarded, today_of
from lianheng.cli.models_run import limits, limits_of
from lianheng.cli.office_entries import append_entries, sound_library
from lianheng.cli.registers import common, open_office


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add backtest."""
    backtest = acts.add_parser(
        "backtest", help="what a changed parameter would gain and lose; --release puts it in force"
    )
    backtest.add_argument("model", metavar="MODEL")
    backtest.add_argument("--set", dest="changes", action="append", default=[], metavar="NAME=VALUE", required=True)
    backtest.add_argument("--region", default="", help="only in this division (code or its first digits)")
    backtest.add_argument("--people", action="store_true", help="of a people model, by the body that may see it")
    backtest.add_argument("--release", action="store_true", help="write the change to settings.yaml afterwards")
    backtest.add_argument("--accept-lost", action="store_true", help="release although confirmed candidates are lost")
    backtest.add_argument("--reason", default="")
    backtest.add_argument("--by", default="")
    limits(backtest)
    common(backtest)
    backtest.set_defaults(run=guarded(run_backtest))


def run_backtest(arguments: argparse.Namespace) -> int:
    """Compare, and with --release put the change in force; 1 where confirmed candidates would be lost unaccepted."""
    import tempfile

    from lianheng.engine.redflags.backtest import backtest
    from lianheng.engine.redflags.problems import DeclarationError, Problem, RunError
    from lianheng.engine.redflags.verdicts import latest

    office, today = open_office(arguments), today_of(arguments)
    library = office.library()
    if arguments.release and not (arguments.reason and arguments.by):
        raise RunError("a change of a threshold needs --reason and --by")
    if arguments.model not in {*library.models, *library.faults}:
        raise RunError(f"no model {arguments.model}; there are {', '.join(library.models)}")
    sound_library(office, [arguments.model])
    present = office.models(library, faults={})
    if present[arguments.model].people != arguments.people:
        form = "with" if present[arguments.model].people else "without"
        raise RunError(f"{arguments.model}: run this backtest {form} --people (models that look at people stay apart)")
    entries = _changes(arguments, present[arguments.model], today)
    refused: dict[str, list[Problem]] = {}
    tried = office.models(library, entries, refused)
    if arguments.model in refused:
        raise DeclarationError(refused[arguments.model])
    changed = tried[arguments.model]
    judged = latest(office.verdicts(library, arguments.people))
    with tempfile.TemporaryDirectory() as spill:
        found = backtest(
            library, present[arguments.model], changed, office.store, judged,
            today=today, spill=Path(spill), limits=limits_of(arguments), remote=office.remote(),
        )  # fmt: skip
    if arguments.json:
        print(json.dumps(asdict(found), ensure_ascii=False, indent=1, default=str))
    else:
        _say(found)
    if arguments.release and found.lost_confirmed and not arguments.accept_lost:
        print(
            f"lianheng: not released, settings.yaml is as it was: {found.lost_confirmed} confirmed candidates would be "
            "lost; choose a milder value, or add --accept-lost",
            file=sys.stderr,
        )
    elif arguments.release:
        append_entries(
            office.folder / "settings.yaml", "parameters", entries, lambda: sound_library(office, [arguments.model])
        )
        print(f"released: {office.folder / 'settings.yaml'}", file=sys.stderr)
    return 1 if found.lost_confirmed and not (arguments.release and arguments.accept_lost) else 0


def _changes(arguments: argparse.Namespace, model: Any, today: dt.date) -> list[dict[str, Any]]:
    from lianheng.engine.redflags.binding import value_in_force
    from lianheng.engine.redflags.problems import RunError

    entries = []
    for change in arguments.changes:
        name, mark, text = change.partition("=")
        if not mark:
            raise RunError(f"--set {change}: give NAME=VALUE, such as --set {next(iter(model.parameters), 'name')}=1")
        if name not in model.parameters:
            raise RunError(f"{name!r} is no parameter of {model.id}; there are {', '.join(model.parameters)}")
        parameter = model.parameters[name]
        value = {"true": True, "false": False}.get(text, text) if parameter.type.name == "boolean" else text
        _refuse_change(change, parameter, value, arguments.region)
        old = value_in_force(parameter, arguments.region, today)
        entry = {"model": model.id, "parameter": name, "value": value, "was": str(old), "from": str(today),
                 "reason": arguments.reason or "(backtest)", "set_by": arguments.by or "(backtest)",
                 "set_on": str(today)}  # fmt: skip
        entries.append({**entry, "region": arguments.region} if arguments.region else entry)
    return entries


def _refuse_change(change: str, parameter: Any, value: Any, region: str) -> None:
    """Say what is wrong with the words of `--set` and `--region`, before any file is asked."""
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.read_model import wrong_value

    problem = wrong_value(parameter, value)
    if problem:
        raise RunError(f"--set {change}: {problem}")
    if region and "region" not in parameter.varies:
        raise RunError(f"--region {region}: {parameter.name} is one value for all divisions; leave --region out")


def _say(found: Any) -> None:
    kept = f"{found.kept} kept, {len(found.changed)} of them changed"
    print(f"{found.model}: {found.before} candidates before, {found.after} after; {kept}")
    before, after = (
        "none checked" if rate is None else f"{rate} %" for rate in (found.hit_rate_before, found.hit_rate_after)
    )
    print(f"hit rate of the checked ones: {before} before, {after} after")
    sides = {"gained": found.gained, "lost": found.lost, "kept with another reason or numbers": found.changed}
    for word, rows in sides.items():
        print(f"{len(rows)} {word}")
        for row in rows[:20]:
            print(f"  {row.candidate[:12]} {row.verdict or 'unchecked':18} {row.explanation}")
    print(f"of the lost: {found.lost_confirmed} were confirmed, {found.lost_rejected} rejected")
    print(f"of the changed: {found.reopened} were ruled out and would be asked about again")
