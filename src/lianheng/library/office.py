"""The folder of an office: its registers, settings, suppressions, verdicts and runs.

registers/ models/     its own declarations, beside the shipped ones
data/                  loaded registers        quarantine/  rows that were refused
sealed/person.key      the key of the hashes of person ids, readable by its owner alone
settings.yaml suppressions.yaml verdicts.jsonl
runs/<id>/             what a run found        people-runs/<id>/  people models, apart
state/                 what was seen by earlier runs
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.backends import Remote, connect
from lianheng.engine.redflags.history import place_in_history, remember
from lianheng.engine.redflags.incremental import Carried
from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.problems import DeclarationError, Problem, RunError, note_faults
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.report import render_report
from lianheng.engine.redflags.result_folders import read_object
from lianheng.engine.redflags.results import write_manifest, write_tables
from lianheng.engine.redflags.run import DEFAULT_LIMITS, Limits, ModelRun, Run, run_models
from lianheng.engine.redflags.settings import (
    Suppression,
    check_suppressions,
    read_suppressions,
    standing_releases,
    with_settings,
)
from lianheng.engine.redflags.store import Store
from lianheng.engine.redflags.verdicts import Verdict, latest, read_verdicts, worth
from lianheng.engine.redflags.workbook import write_workbook
from lianheng.library.models import MODELS, load_library, wanted_models
from lianheng.library.office_lock import hold_numbering, work_folders
from lianheng.library.strict_yaml import YamlError, read_yaml


@dataclass(frozen=True, slots=True)
class Office:
    """Paths of an office, and its files read."""

    folder: Path
    data: Path
    url: str = ""  # of a back end whose tables are read instead of `data`

    @classmethod
    def at(cls, folder: Path, registers: str = "") -> Office:
        """The office in a folder; its registers may lie elsewhere: duckdb://FOLDER, postgres://…, spark://…"""
        if not registers or registers.startswith("duckdb://"):
            return cls(folder, Path(registers.removeprefix("duckdb://")) if registers else folder / "data")
        return cls(folder, folder / "data", registers)

    def remote(self) -> Remote | None:
        """The back end that holds the registers, connected; None where they lie in `data`."""
        return Remote(connect(self.url)) if self.url else None

    @property
    def store(self) -> Store:
        """The loaded registers."""
        return Store(self.data)

    def verdict_file(self, people: bool = False) -> Path:
        """Every verdict, one line each; those on candidates of people models lie with their runs."""
        return (self.runs(people) if people else self.folder) / "verdicts.jsonl"

    def verdicts(self, library: Library, people: bool = False) -> list[Verdict]:
        """The verdicts on candidates of people models, or all others, wherever they were written."""
        about = {model.id for model in library.models.values() if model.people}
        found = [one for one in read_verdicts(self.verdict_file()) if (one.model in about) == people]
        return found + (read_verdicts(self.verdict_file(people=True)) if people else [])

    def suppression_file(self, people: bool = False) -> Path:
        """What stays quiet; what is named about people lies with their runs."""
        return (self.runs(people) if people else self.folder) / "suppressions.yaml"

    def runs(self, people: bool = False) -> Path:
        """Where runs lie; those of people models are apart."""
        return self.folder / ("people-runs" if people else "runs")

    def seen(self, people: bool = False) -> Path:
        """What earlier runs saw; what they saw of people lies with their runs."""
        return (self.runs(people) / ".state" if people else self.folder / "state") / "seen.parquet"

    def library(self, *, with_cases: bool = False) -> Library:
        """The shipped models and the office's own, together; a model of the office replaces a shipped one of its id.

        Faulty files of the office keep those models from running that need them, and no other: `Library.faults`.
        """
        shipped = load_library(
            MODELS, more_registers=self.folder / "registers", with_cases=with_cases, check=with_cases, apart=True
        )  # fmt: skip
        if not (self.folder / "models").is_dir():
            return shipped
        own = load_library(self.folder / "models", more_registers=self.folder / "registers", apart=True)
        if set(own.prepare) & set(shipped.prepare):
            twice = ", ".join(sorted(set(own.prepare) & set(shipped.prepare)))
            raise RunError(f"models/prepare.sql makes {twice}, which the shipped prepare.sql makes too: rename it")
        faults = _together(shipped, own)
        models = {id_: model for id_, model in {**shipped.models, **own.models}.items() if id_ not in faults}
        return Library(
            shipped.title, own.registers, {**shipped.prepare, **own.prepare}, models,
            {**shipped.cases, **own.cases}, faults=faults,
        )  # fmt: skip

    def wanted(self) -> list[dict[str, str]]:
        """Rules of the standards that no shipped model checks yet, with the register that one would need."""
        return wanted_models(MODELS)

    def models(
        self, library: Library, more: Any = None, faults: dict[str, list[Problem]] | None = None
    ) -> dict[str, Model]:
        """The models with the office's settings; `more` are entries to try out (a backtest).

        A faulty entry takes its model out and goes to `faults`; without `faults` it is raised.
        """
        document = self._yaml("settings.yaml")
        if more:
            entries = [*((document or {}).get("parameters") or []), *more]
            document = {**(document or {}), "parameters": entries}
        models = with_settings(library.models, document, faults=faults)
        return {id_: model for id_, model in models.items() if id_ not in (faults or ())}

    def releases(self, model_id: str) -> list[dict[str, Any]]:
        """The entries of settings.yaml about a model that were not taken back."""
        return standing_releases(self._yaml("settings.yaml"), model_id)

    def suppressions(
        self, models: dict[str, Model], faults: dict[str, list[Problem]] | None = None
    ) -> list[Suppression]:
        """The suppressions of the office, checked against the models' keys; `faults` as for `models`."""
        noted: dict[str, list[Problem]] = {}
        found = read_suppressions(self._yaml("suppressions.yaml"), faults=noted)
        closed = self.suppression_file(people=True)
        if os.access(closed, os.R_OK):  # another account may run the common models
            found += read_suppressions(self._yaml(str(closed.relative_to(self.folder))), faults=noted)
        for id_, problems in check_suppressions(found, models).items():
            note_faults(noted, id_, problems)
        if noted and faults is None:
            raise DeclarationError(problem for problems in noted.values() for problem in problems)
        for id_, problems in noted.items():
            note_faults({} if faults is None else faults, id_, problems)
        return found

    def ready(self, library: Library) -> tuple[dict[str, Model], list[Suppression], dict[str, list[Problem]]]:
        """The models that can run, the suppressions, and what keeps the other models from running."""
        faults = {id_: list(problems) for id_, problems in library.faults.items()}
        models = self.models(library, faults=faults)
        suppressions = self.suppressions(models, faults)
        return {id_: model for id_, model in models.items() if id_ not in faults}, suppressions, faults

    def run_folders(self, people: bool = False) -> list[Path]:
        """The finished runs, the newest first."""
        found = sorted(self.runs(people).glob("[!.]*/run.json"), key=lambda path: _serial(path.parent.name))
        return [path.parent for path in reversed(found)]

    def newest_run(self, people: bool = False) -> Path | None:
        """The last finished run."""
        return next(iter(self.run_folders(people)), None)

    def new_run_id(self, today: dt.date, people: bool = False) -> str:
        """Day and number: 2026-11-22-1."""
        taken = [_serial(path.name)[1] for path in self.runs(people).glob(f"{today}-*")]
        return f"{today}-{max(taken, default=0) + 1}"

    def _yaml(self, name: str) -> Any:
        path = self.folder / name
        if not path.exists():
            return None
        try:
            return read_yaml(path)
        except YamlError as error:
            raise DeclarationError([Problem(name, "file", str(error))]) from error


def _together(shipped: Library, own: Library) -> dict[str, list[Problem]]:
    """The faults of both libraries; a sound model of the office mends a shipped one that it replaces."""
    faults = {**{id_: found for id_, found in shipped.faults.items() if id_ not in own.models}, **own.faults}
    hit = {str(problem) for id_, found in faults.items() if not _is_file(id_) for problem in found}
    return {
        id_: found for id_, found in faults.items() if not (_is_file(id_) and all(str(one) in hit for one in found))
    }


def _is_file(name: str) -> bool:
    return "." in name


def _serial(name: str) -> tuple[str, int]:
    day, _, number = name.rpartition("-")
    return day, int(number) if number.isdigit() else 0


def run_night(
    office: Office,
    *,
    today: dt.date,
    people: bool = False,
    only: Sequence[str] = (),
    limits: Limits = DEFAULT_LIMITS,
    incremental: bool = False,
    progress: Callable[[str], None] = lambda text: None,
) -> tuple[Path, dict[str, Any]]:
    """Run the office's models and freeze the run in a folder of its own.

    Parameters
    ----------
    office : whose registers, settings, suppressions and verdicts count.
    today : the day of the run.
    people : run the people models, and only those, into `people-runs`.
    only : ids of models; none: all.
    limits : of each model.
    incremental : carry over from the newest run what cannot have changed.
    progress : called with a line of text for each step.

    Returns
    -------
    The run's folder and its manifest. Nothing is left behind where it fails: the folder appears when it is whole.
    """
    library = office.library()
    ready, suppressions, faults = office.ready(library)
    models = choose(ready, people, only, faults)
    faulty = _failed(library, faults, people, only)
    verdicts = office.verdicts(library, people)
    # What is found about people is for the office's own account alone.
    office.runs(people).mkdir(parents=True, exist_ok=True, mode=0o700 if people else 0o777)
    if people:
        _close(office)
    with work_folders(office.folder, office.runs(people)) as (work, spill):
        run = run_models(
            library, models, office.store, today=today, spill=spill, writes=[work, office.seen(people).parent],
            limits=limits, previous=_previous(office, people) if incremental else None,
            remote=office.remote(), progress=progress,
        )  # fmt: skip
        run.models += faulty
        progress("writing results")
        # A run that ends at the same time takes the next number, and sees what this one has seen.
        with hold_numbering(office.folder):
            run_id = office.new_run_id(today, people)
            place_in_history(run, office.seen(people), latest(verdicts), suppressions)
            manifest = _freeze(run, models, library.registers, verdicts, work, {"run": run_id, "people": people})
            remember(run, office.seen(people))
            run.connection.close()
            folder = office.runs(people) / run_id
            work.rename(folder)
    return folder, manifest


def _close(office: Office) -> None:
    """A place for what is seen of people, closed to others; an earlier release kept it beside everything else."""
    seen, earlier = office.seen(people=True), office.folder / "state" / "people-seen.parquet"
    seen.parent.mkdir(exist_ok=True, mode=0o700)
    if earlier.exists():
        os.replace(earlier, seen)


def _freeze(
    run: Run, models: Sequence[Model], registers: dict[str, Register], verdicts: Any, work: Path, about: dict[str, Any]
) -> dict[str, Any]:
    own = [verdict for verdict in verdicts if verdict.model in {model.id for model in models}]
    write_tables(run, work)
    write_workbook(run, models, registers, work / "results.xlsx")
    (work / "report.html").write_text(render_report(run, models, registers, worth(own)), encoding="utf-8")
    return write_manifest(run, work, about)


def _failed(library: Library, faults: dict[str, list[Problem]], people: bool, only: Sequence[str]) -> list[ModelRun]:
    """One row for each model that its files keep from running; one that cannot be read is told in every run."""
    rows = []
    for id_, problems in faults.items():
        model = library.models.get(id_)
        if (only and id_ not in only) or (model is not None and model.people != people):
            continue
        rows.append(ModelRun(id_, model.version if model else 0, "", "failed", "; ".join(map(str, problems))))
    return rows


def choose(
    models: dict[str, Model], people: bool, only: Sequence[str] = (), faults: Collection[str] = ()
) -> list[Model]:
    """The models of a run: people models only when they are asked for, and then nothing else."""
    unknown = sorted(set(only) - set(models) - set(faults))
    if unknown:
        raise RunError(f"no model {', '.join(unknown)}; there are {', '.join(models)}")
    wrong = [id_ for id_ in only if id_ in models and models[id_].people and not people]
    if wrong:
        raise RunError(f"{', '.join(wrong)} looks at people: run it with --people, by the body that may see it")
    common = [id_ for id_ in only if id_ in models and people and not models[id_].people]
    if common:
        raise RunError(f"{', '.join(common)} does not look at people: run it without --people")
    wanted = [model for model in models.values() if not only or model.id in only]
    return [model for model in wanted if model.people == people]


def _previous(office: Office, people: bool) -> Carried | None:
    newest = office.newest_run(people)
    if newest is None:
        return None
    manifest = read_object(newest / "run.json")
    return Carried.from_manifest(newest, manifest)
