"""`lianheng models suppress`: units of a model that stay quiet for a time, with the reason and who approved it."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli.guarding import guarded, today_of
from lianheng.cli.office_entries import append_entries, sound_library
from lianheng.cli.registers import common, open_office

if TYPE_CHECKING:
    from lianheng.library.office import Office


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add suppress."""
    suppress = acts.add_parser("suppress", help="keep a unit quiet for a time")
    suppress.add_argument("model", nargs="?", metavar="MODEL")
    suppress.add_argument("unit", nargs="*", metavar="KEY=VALUE", help="what stays quiet: village=430400000001")
    suppress.add_argument("--from", dest="workbook", type=Path, metavar="RESULTS.xlsx", help="an edited workbook")
    suppress.add_argument("--period", default="", help="only this period")
    suppress.add_argument("--reason", default="")
    suppress.add_argument("--approver", default="")
    suppress.add_argument("--until", default="", metavar="YYYY-MM-DD", help="the day on which it ends")
    suppress.add_argument("--people", action="store_true", help="also units of people models; they lie with their runs")
    common(suppress)
    suppress.set_defaults(run=guarded(run_suppress))


def run_suppress(arguments: argparse.Namespace) -> int:
    """Add suppressions to suppressions.yaml; the models' files stay as they are."""
    office, today = open_office(arguments), today_of(arguments)
    asked = _from_workbook(office, arguments.workbook, today) if arguments.workbook else _from_words(office, arguments)
    about_people = _about_people(office, asked, arguments.people)
    added = []
    for people in (False, True):
        path = office.suppression_file(people)
        wanted = [{**entry, "from": str(today)} for entry in asked if (entry["model"] in about_people) == people]
        entries = _not_there(path, wanted)
        if entries and people:
            path.parent.mkdir(mode=0o700, exist_ok=True)
        ids = {entry["model"] for entry in entries}
        append_entries(path, "suppressions", entries, lambda ids=ids: sound_library(office, ids))
        added += entries
        if not arguments.json and (entries or not people):
            print(f"{len(entries)} suppressions added to {path}")
    if arguments.json:
        print(json.dumps(added, ensure_ascii=False))
    return 0


def _about_people(office: Office, asked: Sequence[dict[str, Any]], people: bool) -> set[str]:
    """The people models among those that are asked about; they and unknown ones are refused without more ado."""
    from lianheng.engine.redflags.problems import RunError

    library = office.library()
    ids = {entry["model"] for entry in asked}
    unknown = sorted(ids - library.models.keys() - library.faults.keys())
    if unknown:
        raise RunError(f"no model {', '.join(unknown)}; `lianheng models list` names them")
    found = {id_ for id_ in ids if id_ in library.models and library.models[id_].people}
    if found and not people:
        raise RunError(
            f"{', '.join(sorted(found))} looks at people: give --people; what is suppressed lies with its runs"
        )
    return found


def _from_words(office: Office, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    from lianheng.engine.redflags.problems import RunError

    if not (arguments.model and arguments.unit and arguments.reason and arguments.approver and arguments.until):
        raise RunError("give MODEL KEY=VALUE --reason … --approver … --until YYYY-MM-DD, or --from RESULTS.xlsx")
    unit = dict(pair.split("=", 1) for pair in arguments.unit if "=" in pair)
    _known_unit(office, arguments.model, unit)
    return [_entry(arguments.model, unit, arguments.period, arguments.reason, arguments.approver, arguments.until)]


def _from_workbook(office: Office, workbook: Path, today: dt.date) -> list[dict[str, Any]]:
    from lianheng.engine.redflags.answers import place_answers, read_answers, refuse_faults
    from lianheng.engine.redflags.candidates import told_candidates

    asked = [answer for answer in read_answers(workbook) if answer.until is not None]
    faults = [f"{one.where}: 抑制至 {one.until} is past" for one in asked if one.until and one.until < today]
    faults += [
        f"{one.where}: a suppression needs 抑制理由 and 批准人" for one in asked if not (one.why and one.approver)
    ]
    refuse_faults(faults)
    ids = {answer.candidate for answer in asked}
    told = told_candidates(office.run_folders(people=True), ids) | told_candidates(office.run_folders(), ids)
    entries = []
    for answer, about in place_answers(asked, told, lambda answer: answer.until):
        end = (answer.until or today) + dt.timedelta(days=1)  # 至 includes the day that is written
        entries.append(_entry(about["model"], about["unit"], about["period"], answer.why, answer.approver, end))
    return entries


def _entry(model: str, unit: dict[str, str], period: str, reason: str, approver: str, end: object) -> dict[str, Any]:
    entry = {"model": model, "unit": unit, "reason": reason, "approver": approver, "expires": str(end)}
    return {**entry, "period": period} if period else entry


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
        if not there:
            continue
        rows = " UNION ALL ".join(view_sql(library.registers[name], [key], office.store.files(name)) for name in there)
        held = f'SELECT 1 FROM ({rows}) WHERE CAST("{key}" AS VARCHAR) = ? LIMIT 1'
        if not open_sandbox([office.store.folder]).execute(held, [value]).fetchone():
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
