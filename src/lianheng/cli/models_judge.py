"""`lianheng models verdict`, `suppress` and `backtest`: what people found, what stays quiet, what a change would do."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli.guarding import guarded, today_of
from lianheng.cli.models_run import limits, limits_of
from lianheng.cli.registers import common, open_office

if TYPE_CHECKING:
    from lianheng.engine.redflags.library import Library
    from lianheng.library.office import Office


def add_acts(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add verdict, suppress and backtest."""
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
    verdict.add_argument("--people", action="store_true", help="print what they say about the people models")
    common(verdict)
    verdict.set_defaults(run=guarded(run_verdict))
    suppress = acts.add_parser("suppress", help="keep a unit quiet for a time")
    suppress.add_argument("model", nargs="?", metavar="MODEL")
    suppress.add_argument("unit", nargs="*", metavar="KEY=VALUE", help="what stays quiet: village=430400000001")
    suppress.add_argument("--from", dest="workbook", type=Path, metavar="RESULTS.xlsx", help="an edited workbook")
    suppress.add_argument("--period", default="", help="only this period")
    suppress.add_argument("--reason", default="")
    suppress.add_argument("--approver", default="")
    suppress.add_argument("--until", default="", metavar="YYYY-MM-DD", help="the day on which it ends")
    common(suppress)
    suppress.set_defaults(run=guarded(run_suppress))
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


def run_verdict(arguments: argparse.Namespace) -> int:
    """Record verdicts, or print precision and hit rate per model and quarter."""
    from lianheng.engine.redflags.candidates import known_candidates
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.verdicts import append_verdicts, worth

    office = open_office(arguments)
    library = office.library()
    if arguments.workbook or arguments.candidate:
        about_people = known_candidates(_runs(office.runs(people=True)))
        known = about_people | known_candidates(_runs(office.runs()))
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


def _runs(folder: Path) -> list[Path]:
    return sorted(
        (path.parent for path in folder.glob("*/run.json")), key=lambda path: path.stat().st_mtime, reverse=True
    )


def _from_workbook(arguments: argparse.Namespace) -> list[dict[str, str]]:
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.workbook import read_answers

    rows = []
    for answer in read_answers(arguments.workbook):
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
        raise RunError(f"{row['where']}: no run of this office has candidate {row['candidate']}")
    return Verdict(
        row["candidate"], about["model"], about["version"], row["kind"], row["note"], row["by"], today, about["facts"]
    )  # fmt: skip


def _differs(new: Any, old: Any) -> bool:
    return (new.verdict, new.note, new.by, new.facts) != (old.verdict, old.note, old.by, old.facts)


def run_suppress(arguments: argparse.Namespace) -> int:
    """Add suppressions to suppressions.yaml; the models' files stay as they are."""
    from lianheng.engine.redflags.candidates import known_candidates
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.workbook import read_answers

    office, today = open_office(arguments), today_of(arguments)
    entries: list[dict[str, Any]] = []
    if arguments.workbook:
        known = known_candidates([*_runs(office.runs()), *_runs(office.runs(people=True))])
        for answer in read_answers(arguments.workbook):
            if answer.until:
                about = known.get(answer.candidate)
                where = f"{arguments.workbook.name}: sheet {answer.sheet}, row {answer.line}"
                if answer.until < today:
                    raise RunError(f"{where}: 抑制至 {answer.until} is past")
                if about is None or not answer.why or not answer.approver:
                    raise RunError(f"{where}: a suppression needs 抑制理由, 批准人 and a candidate of this office")
                entries.append(
                    _entry(
                        about["model"],
                        about["unit"],
                        about["period"],
                        answer.why,
                        answer.approver,
                        today,
                        answer.until + dt.timedelta(days=1),  # 至 includes the day that is written
                    )
                )
    else:
        if not (arguments.model and arguments.unit and arguments.reason and arguments.approver and arguments.until):
            raise RunError("give MODEL KEY=VALUE --reason … --approver … --until YYYY-MM-DD, or --from RESULTS.xlsx")
        pairs = dict(pair.split("=", 1) for pair in arguments.unit if "=" in pair)
        entries.append(
            _entry(
                arguments.model, pairs, arguments.period, arguments.reason, arguments.approver, today, arguments.until
            )
        )
        _known_unit(office, arguments.model, pairs)
    path = office.folder / "suppressions.yaml"
    entries = _not_there(path, entries)
    append_entries(path, "suppressions", entries, lambda: sound_library(office, {entry["model"] for entry in entries}))
    print(json.dumps(entries, ensure_ascii=False) if arguments.json else f"{len(entries)} suppressions added to {path}")
    return 0


def sound_library(office: Office, ids: Collection[str]) -> Library:
    """The library, where the files of these models are sound; what is wrong with others is for the run to say."""
    from lianheng.engine.redflags.problems import DeclarationError

    library = office.library()
    _, _, faults = office.ready(library)
    problems = [problem for id_ in ids for problem in faults.get(id_, ())]
    if problems:
        raise DeclarationError(problems)
    return library


def _known_unit(office: Office, model_id: str, unit: dict[str, str]) -> None:
    """Refuse a value that no loaded row has, where a register that the model reads has a column of the key's name."""
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.sandbox import open_sandbox
    from lianheng.engine.redflags.store import view_sql

    library = office.library()
    model = library.models.get(model_id)
    if model is None or office.url:
        return
    for key, value in unit.items():
        there = [name for name, given in model.inputs.items() if key in given.columns and office.store.files(name)]
        parts = [view_sql(library.registers[name], [key], office.store.files(name)) for name in there]
        if (
            there
            and not open_sandbox([office.store.folder])
            .execute(f'SELECT 1 FROM ({" UNION ALL ".join(parts)}) WHERE CAST("{key}" AS VARCHAR) = ? LIMIT 1', [value])
            .fetchone()
        ):
            raise RunError(f"{key}={value}: no row of {', '.join(there)} has it, so nothing would be quiet; check it")


def _not_there(path: Path, entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that the file does not hold yet, whatever the day on which they were written."""
    from lianheng.library.strict_yaml import YamlError, read_yaml

    try:
        held = (read_yaml(path) or {}).get("suppressions") or [] if path.exists() else []
    except (YamlError, AttributeError):
        return list(entries)  # the check of the whole file says what is wrong with it
    known = [_said(entry) for entry in held if isinstance(entry, dict)]
    return [entry for entry in entries if _said(entry) not in known]


def _said(entry: dict[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in entry.items() if key != "from"}


def _entry(
    model: str, unit: dict[str, str], period: str, reason: str, approver: str, today: dt.date, until: object
) -> dict[str, Any]:
    entry = {
        "model": model,
        "unit": unit,
        "reason": reason,
        "approver": approver,
        "from": str(today),
        "expires": str(until),
    }
    return {**entry, "period": period} if period else entry


def append_entries(path: Path, key: str, entries: Sequence[dict[str, Any]], check: Any) -> None:
    """Add entries to a YAML list of an office's file, which is checked as a whole; a fault leaves it as it was."""
    if not entries:
        return
    before = path.read_text(encoding="utf-8") if path.exists() else None
    start = before if before is not None else f"{key}:\n"
    # Written through a second file, so that a crash leaves the old one.
    spare = path.with_suffix(".part")
    lines = "".join(f"  - {json.dumps(entry, ensure_ascii=False)}\n" for entry in entries)
    spare.write_text(start + ("" if start.endswith("\n") else "\n") + lines, encoding="utf-8")
    os.replace(spare, path)
    try:
        check()
    except Exception:
        if before is None:
            path.unlink()
        else:
            path.write_text(before, encoding="utf-8")
        raise


def run_backtest(arguments: argparse.Namespace) -> int:
    """Compare, and with --release put the change in force; 1 where candidates that were confirmed would be lost."""
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
    return 1 if found.lost_confirmed else 0


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
    from lianheng.engine.redflags.read_model import out_of_bounds

    try:
        problem = out_of_bounds(parameter, parameter.type.value(value))
    except ValueError as error:
        problem = f"{error}; its value is {parameter.default} by default, so give one such as {parameter.default}"
    if problem:
        raise RunError(f"--set {change}: {problem}")
    if region and "region" not in parameter.varies:
        raise RunError(f"--region {region}: {parameter.name} is one value for all divisions; leave --region out")


def _say(found: Any) -> None:
    print(f"{found.model}: {found.before} candidates before, {found.after} after; {found.kept} kept")
    before, after = (
        "none checked" if rate is None else f"{rate} %" for rate in (found.hit_rate_before, found.hit_rate_after)
    )
    print(f"hit rate of the checked ones: {before} before, {after} after")
    for word, rows in (("gained", found.gained), ("lost", found.lost)):
        print(f"{len(rows)} {word}")
        for row in rows[:20]:
            print(f"  {row.candidate[:12]} {row.verdict or 'unchecked':18} {row.explanation}")
    print(f"of the lost: {found.lost_confirmed} were confirmed, {found.lost_rejected} rejected")
