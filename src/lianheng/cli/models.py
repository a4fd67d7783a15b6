"""`lianheng models …`: supervision models over the registers of an office.

Exit codes: 0 done; 1 the answer is no (a case fails, a model failed, a backtest would lose confirmed candidates); 2 it
could not be understood or is refused.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli import (
    models_backtest,
    models_explain,
    models_ocds,
    models_purge,
    models_run,
    models_suppress,
    models_verdict,
    models_withdraw,
    screens,
)
from lianheng.cli.guarding import Intermixed, guarded, today_of
from lianheng.cli.registers import common, open_office

if TYPE_CHECKING:
    from lianheng.engine.redflags.library import Library


def add_parser(rooms: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands about models."""
    models = rooms.add_parser("models", help="supervision models: list, run, explain, judge, test")
    acts: Any = models.add_subparsers(metavar="ACT", required=True, parser_class=Intermixed)
    listing = acts.add_parser("list", help="the models there are")
    _choose_library(listing)
    common(listing)
    listing.set_defaults(run=guarded(run_list))
    show = acts.add_parser("show", help="a model's card")
    show.add_argument("models", nargs="*", metavar="MODEL", help="none: all (with --out)")
    show.add_argument("--out", type=Path, metavar="FOLDER", help="write one page a model instead of printing")
    _choose_library(show)
    common(show)
    show.set_defaults(run=guarded(run_show))
    coverage = acts.add_parser("coverage", help="which models the loaded registers can run, and what is missing")
    common(coverage)
    coverage.set_defaults(run=guarded(run_coverage))
    test = acts.add_parser("test", help="check every file and run each model's own cases")
    test.add_argument("models", nargs="*", metavar="MODEL", help="only these")
    test.add_argument("--models", dest="folder", type=Path, metavar="FOLDER", help="a folder of models instead")
    _choose_library(test)
    common(test)
    test.set_defaults(run=guarded(run_test))
    new = acts.add_parser("new", help="make the files of a new model in the office's folder")
    new.add_argument("id", metavar="ID")
    new.add_argument("--register", required=True, metavar="REGISTER", help="that it reads")
    new.add_argument("--replace", action="store_true", help="although a shipped model has this id, and is replaced")
    common(new)
    new.set_defaults(run=guarded(run_new))
    for module in (
        models_run,
        models_explain,
        models_verdict,
        models_suppress,
        models_backtest,
        models_withdraw,
        models_purge,
        models_ocds,
        screens,
    ):
        module.add_act(acts)


def _choose_library(act: argparse.ArgumentParser) -> None:
    act.add_argument(
        "--library",
        choices=("models", "procurement"),
        default="models",
        help="models over the office's registers, or the procurement indicators that `models ocds` runs (models)",
    )


def _library(arguments: argparse.Namespace, *, with_cases: bool = False, check: bool = False) -> Library:
    """The chosen library; the office's models and registers belong to `models` alone."""
    if arguments.library == "procurement":
        from lianheng.library.procurement import load_procurement

        return load_procurement(check=check)
    return open_office(arguments).library(with_cases=with_cases)


def run_list(arguments: argparse.Namespace) -> int:
    """Print every model in a line."""
    library = _library(arguments)
    told = tell_faults(library.faults)
    if arguments.json:
        rows: list[dict[str, Any]] = [
            {"model": m.id, "version": m.version, "title": m.title, "domain": m.domain, "status": m.status,
             "level": m.level,
             "kind": m.kind, "people": m.people, "registers": list(m.inputs)} for m in library.models.values()
        ]  # fmt: skip
        rows += [{"model": id_, "faults": [str(one) for one in found]} for id_, found in library.faults.items()]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return told
    for model in library.models.values():
        people = "  [people]" if model.people else ""
        print(f"{model.id:6} v{model.version}  {model.status:12} {model.level:13} {model.title}{people}")
    return told


def tell_faults(faults: Mapping[str, Sequence[object]], only: Sequence[str] = ()) -> int:
    """Say which models the office's own files keep from running, and why; 1 where one of those asked for is among them.

    Parameters
    ----------
    faults : by model.
    only : those asked for; none: all.
    """
    for id_, problems in faults.items():
        for problem in problems:
            print(f"FAILED {id_}  {problem}", file=sys.stderr)
    return 1 if any(not only or id_ in only for id_ in faults) else 0


def run_show(arguments: argparse.Namespace) -> int:
    """Print or write model cards."""
    from lianheng.engine.redflags.card import model_card

    library = _library(arguments, with_cases=True)
    place = "models" if arguments.library == "models" else f"models/{arguments.library}"
    wanted = _known(library, arguments.models)
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
    cards = {id_: model_card(library.models[id_], library.cases[id_], place) for id_ in wanted}
    for id_, card in cards.items():
        if arguments.out:
            (arguments.out / f"{id_}.md").write_text(card, encoding="utf-8")
        elif not arguments.json:
            print(card)
    if arguments.json:
        print(json.dumps(cards, ensure_ascii=False, indent=1))
    return tell_faults(library.faults, arguments.models)


def _known(library: Library, ids: list[str]) -> list[str]:
    """The models asked for that are sound; none asked for: all of them."""
    from lianheng.engine.redflags.problems import RunError

    unknown = sorted(set(ids) - set(library.models) - set(library.faults))
    if unknown:
        raise RunError(f"no model {', '.join(unknown)}; there are {', '.join(library.models)}")
    return [id_ for id_ in ids if id_ in library.models] if ids else list(library.models)


def run_coverage(arguments: argparse.Namespace) -> int:
    """Print which models can run; 1 where none can."""
    from lianheng.engine.redflags.coverage import Coverage, check_coverage

    office = open_office(arguments)
    library = office.library()
    wanted = [
        Coverage(row["code"], row["rule"], False, f"还没有模型，需要{row['needs']}", (), (), ())
        for row in office.wanted()
    ]
    models, _, faults = office.ready(library)
    rows = check_coverage(replace(library, models=models), office.store, today_of(arguments), office.remote())
    told = tell_faults(faults)
    if arguments.json:
        print(json.dumps([asdict(row) for row in [*rows, *wanted]], ensure_ascii=False, indent=1))
    else:
        for row in [*rows, *wanted]:
            print(f"{'can run ' if row.runs else 'cannot  '} {row.model:6} {row.title}  {row.why_not}".rstrip())
            if row.optional_missing:
                print(f"           without: {', '.join(row.optional_missing)}")
            if row.blank:
                print(f"           blank columns: {', '.join(row.blank)}")
            for text in row.weaker:
                print(f"           weaker: {text}")
        print(f"{sum(row.runs for row in rows)} of {len(rows)} models can run")
    return told or (0 if any(row.runs for row in rows) else 1)


def run_test(arguments: argparse.Namespace) -> int:
    """Return 0 when every case comes out as expected, 1 when one does not, 2 when the models cannot be read."""
    from lianheng.engine.redflags.trial import try_model
    from lianheng.library.models import load_library

    library = load_library(arguments.folder) if arguments.folder else _library(arguments, with_cases=True, check=True)
    wanted = _known(library, arguments.models)
    told = tell_faults(library.faults, arguments.models)
    outcomes = [outcome for id_ in wanted for outcome in try_model(library, library.models[id_])]
    if arguments.json:
        rows = [{"model": o.model, "case": o.case, "ok": o.ok, "differences": list(o.differences)} for o in outcomes]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for outcome in outcomes:
            print(f"{'ok     ' if outcome.ok else 'FAILED '} {outcome.model}  {outcome.case}")
            for difference in outcome.differences:
                print(f"          {difference}")
        print(f"{sum(o.ok for o in outcomes)} of {len(outcomes)} cases of {len(wanted)} models")
    return told or (0 if outcomes and all(outcome.ok for outcome in outcomes) else 1)


def run_new(arguments: argparse.Namespace) -> int:
    """Make models/ID in the office's folder; what is there already is never overwritten."""
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.read_model import ID
    from lianheng.engine.redflags.scaffold import new_model

    office = open_office(arguments)
    library = office.library()
    registers = library.registers
    folder = office.folder / "models" / arguments.id
    if not ID.fullmatch(arguments.id):
        raise RunError(f"{arguments.id!r} is no id: letters, digits and -, beginning with a letter")
    if arguments.register not in registers:
        raise RunError(f"there is no register {arguments.register!r}; there are {', '.join(registers)}")
    if folder.exists():
        raise RunError(f"{folder} is there already")
    if arguments.id in library.models and not arguments.replace:
        raise RunError(
            f"{arguments.id} is a shipped model, which this one would replace: choose another id, or --replace"
        )
    # Whole or not at all: half a model would stand in the way of every command.
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=office.folder) as work:
        spare = Path(work) / arguments.id
        spare.mkdir()
        for name, text in new_model(arguments.id, registers[arguments.register]).items():
            (spare / name).write_text(text, encoding="utf-8")
        spare.rename(folder)
    if arguments.json:
        print(json.dumps({"model": arguments.id, "folder": str(folder)}))
    else:
        print(f"made {folder}: edit model.yaml, query.sql and tests.yaml, then: lianheng models test {arguments.id}")
    return 0
