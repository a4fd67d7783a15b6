"""`lianheng registers synth`: synthetic registers with planted truth, and how a run did against it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli.guarding import guarded
from lianheng.cli.registers import common, open_office

if TYPE_CHECKING:
    from lianheng.engine.redflags.synth.score import Score


def add_synth(acts: Any) -> None:
    """Add the command to the acts of `registers`."""
    synth = acts.add_parser("synth", help="write synthetic registers with planted truth, or score a run against it")
    synth.add_argument("folder", type=Path, metavar="FOLDER", help="where the files and truth.csv go")
    synth.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed gives the same rows (1)")
    synth.add_argument("--models", default="", metavar="M01,M02", help="only the registers of these models")
    synth.add_argument("--years", type=int, default=2, metavar="N", help="years up to --last-year (2)")
    synth.add_argument("--last-year", type=int, default=2024, metavar="YYYY", help="the last year (2024)")
    synth.add_argument("--villages", type=int, default=20, metavar="N", help="villages, at least 12 (20)")
    synth.add_argument("--background", type=float, default=1.0, metavar="X", help="size of the quiet background (1)")
    synth.add_argument("--format", default="xlsx", choices=("xlsx", "csv", "parquet"), help="of the files (xlsx)")
    synth.add_argument("--score", action="store_true", help="write nothing: precision and recall of the newest run")
    synth.add_argument("--run", dest="scored", type=Path, metavar="RUN", help="with --score: that run's folder instead")
    common(synth)
    synth.set_defaults(run=guarded(run_synth))


def run_synth(arguments: argparse.Namespace) -> int:
    """Write registers and truth; or print precision and recall of a run, 1 where it says otherwise than planted."""
    if arguments.score:
        return _score(arguments)
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.synth.make import make_world
    from lianheng.engine.redflags.synth.world import World
    from lianheng.engine.redflags.synth.write import last_day, write_world
    from lianheng.library.models import REGISTERS, load_registers

    if not 1 <= arguments.years <= 20 or not 0 < arguments.background <= 100:
        raise RunError("give 1 to 20 years, and a background of more than 0 and at most 100")
    years = tuple(range(arguments.last_year - arguments.years + 1, arguments.last_year + 1))
    models = [word.strip() for word in arguments.models.split(",") if word.strip()]
    world = make_world(models, World(arguments.seed, years, arguments.villages, arguments.background))
    written = write_world(world, load_registers(REGISTERS), arguments.folder, arguments.format)
    rows = {name: len(world.tables[name]) for name in written}
    if arguments.json:
        said = {"files": {name: str(path) for name, path in written.items()}, "rows": rows,
                "truth": len(world.truth), "today": str(last_day(world))}  # fmt: skip
        print(json.dumps(said, ensure_ascii=False, indent=1))
        return 0
    for name, path in written.items():
        print(f"lianheng registers load {name} {path}   # {rows[name]} rows")
    _say_runs({one.model for one in world.truth}, str(last_day(world)))
    print(f"lianheng registers synth {arguments.folder} --score   # {len(world.truth)} planted units in truth.csv")
    return 0


def _say_runs(planted: set[str], today: str) -> None:
    """People models run apart, and only where somebody asks for them."""
    from lianheng.library.models import MODELS, load_library

    models = load_library(MODELS, check=False).models
    people = {id_ for id_ in planted if id_ in models and models[id_].people}
    if planted - people:
        print(f"lianheng models run --today {today}")
    if people:
        print(f"lianheng models run --people --today {today}")


def _score(arguments: argparse.Namespace) -> int:
    from lianheng.engine.redflags.loading.identity import load_or_make_key, pseudonym
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.synth.run_rows import rows_of_runs
    from lianheng.engine.redflags.synth.score import compare
    from lianheng.engine.redflags.synth.write import read_truth

    office = open_office(arguments)
    truth = read_truth(arguments.folder / "truth.csv")
    newest = [folder for folder in (office.newest_run(), office.newest_run(people=True)) if folder is not None]
    runs = [arguments.scored] if arguments.scored else newest
    if not runs:
        raise RunError(f"{office.folder} has no run yet: load the registers and run the models first")
    ran, rows = rows_of_runs(runs)
    key = load_or_make_key(office.folder / "sealed" / "person.key")
    wanted = sorted({one.model for one in truth} & ran)
    scores = [
        compare([one for one in truth if one.model == model], rows.get(model, ()), lambda clear: pseudonym(key, clear))
        for model in wanted
    ]
    if arguments.json:
        print(json.dumps([_as_json(score) for score in scores], ensure_ascii=False, indent=1))
    else:
        for score in scores:
            _say(score)
        for model in sorted({one.model for one in truth} - ran):
            print(f"{model}  did not run")
    return 1 if any(score.wrong for score in scores) else 0


def _say(score: Score) -> None:
    print(
        f"{score.model}  recall {score.recall:.1%} ({score.found} of {score.planted})  "
        f"precision {score.precision:.1%} ({score.hits} of {score.candidates} candidates, {score.unplanned} unplanned)"
    )
    for kind, count in sorted(score.kinds.items()):
        wrong = score.wrong.get(kind, 0)
        print(f"     {kind}: {count}" + (f", {wrong} otherwise than planted" if wrong else ""))


def _as_json(score: Score) -> dict[str, Any]:
    return {
        "model": score.model, "recall": round(score.recall, 4), "precision": round(score.precision, 4),
        "planted": score.planted, "found": score.found, "candidates": score.candidates, "hits": score.hits,
        "unplanned": score.unplanned, "kinds": dict(score.kinds), "wrong": dict(score.wrong),
    }  # fmt: skip
