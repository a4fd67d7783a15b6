"""`lianheng models backtest`: what a changed parameter would gain and lose, and putting it in force."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli.guarding import guarded, today_of
from lianheng.cli.models_run import limits, limits_of
from lianheng.cli.office_entries import append_entries, sound_library
from lianheng.cli.registers import common, open_office

if TYPE_CHECKING:
    from lianheng.engine.redflags.backtest import Backtest, Moved, Side
    from lianheng.engine.redflags.model import Model

SHOWN = 20
FEW = 20  # checked candidates below which a share says little


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
        _say(found, changed, entries, today)
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


def _say(found: Backtest, model: Model, entries: Sequence[dict[str, Any]], today: dt.date) -> None:
    """What somebody must know to decide: how many questions more or less, and what of the past would be lost."""
    print(f"{model.id} {model.title} 回测（{today}；同样的数据，改动前后各运行一次）")
    for entry in entries:
        where = f"，地区{entry['region']}" if entry.get("region") else ""
        about = model.parameters[entry["parameter"]]
        print(f"改动  {about.name}（{about.meaning}）：{entry['was']} → {entry['value']}{about.unit}{where}")
    before, after = found.side_before, found.side_after
    print(
        f"疑点  {found.before} → {found.after}：新增{len(found.gained)}，消失{len(found.lost)}，保留{found.kept}"
        f"（其中{len(found.changed)}条的理由或数字不同）"
    )
    print(f"已核实的  {before.confirmed} → {after.confirmed}：丢失{found.lost_confirmed}")
    print(f"已排除的  {before.rejected} → {after.rejected}：少问{found.lost_rejected}，会再次提出{found.reopened}")
    print(f"准确率（与提示一致÷已核查）  {_share(before.precision, before)} → {_share(after.precision, after)}")
    print(f"命中率（核实÷已核查）  {_share(before.hit_rate, before)} → {_share(after.hit_rate, after)}")
    unknown = sum(not row.verdict for row in found.gained)
    new = f"；新增的{unknown}条没有人核查过，不在内" if unknown else ""
    print(f"注意  比例只按已核查的算{new}{_few(after)}")
    if not (found.gained or found.lost or found.changed):
        print("改动前后的疑点完全相同")
    for word, rows in {"新增": found.gained, "消失": found.lost, "保留而理由或数字不同": found.changed}.items():
        _say_rows(word, rows)


def _share(rate: object, side: Side) -> str:
    return "没有核查过的" if rate is None else f"{rate}%（{side.checked}条）"


def _few(side: Side) -> str:
    return f"；改后已核查的只有{side.checked}条，不足{FEW}条，比例只供参考" if side.checked < FEW else ""


def _say_rows(word: str, rows: Sequence[Moved]) -> None:
    from lianheng.engine.redflags.verdicts import KINDS

    if rows:
        print(f"{word}{len(rows)}条：")
    for row in rows[:SHOWN]:
        print(f"  {row.candidate[:12]}  {KINDS.get(row.verdict, '未核查')}  {row.explanation}")
    if len(rows) > SHOWN:
        print(f"  …还有{len(rows) - SHOWN}条：加 --json 全部列出")
