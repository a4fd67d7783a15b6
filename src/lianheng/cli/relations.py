"""`lianheng relations show|path|groups`: who is tied to whom in the loaded registers, with the reason for every step.

Exit codes: 0 done; 1 the answer is no (no tie, no chain, no group); 2 it could not be understood or is refused.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli.entities import load_regions
from lianheng.cli.guarding import Intermixed, guarded, today_of
from lianheng.cli.registers import common, declared_registers, open_office, warn_of_faults

if TYPE_CHECKING:
    from lianheng.engine.redflags.relations import Tie
    from lianheng.engine.redflags.relations.load import Relations
    from lianheng.library.office import Office

_SHOWN = 200


def add_parser(rooms: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands about relations."""
    relations = rooms.add_parser("relations", help="ties between firms (and people) in the loaded registers")
    acts: Any = relations.add_subparsers(metavar="ACT", required=True, parser_class=Intermixed)
    show = acts.add_parser("show", help="everything within some steps of a firm or person, with the chain to each")
    show.add_argument("node", metavar="NODE", help="code or name of a firm; with --people person:HASH (8 characters)")
    show.add_argument("--steps", type=int, default=2, metavar="N", help="how far (2)")
    path = acts.add_parser("path", help="a shortest chain between two")
    path.add_argument("node", metavar="NODE")
    path.add_argument("to", metavar="NODE")
    path.add_argument("--steps", type=int, default=6, metavar="N", help="the longest chain (6)")
    groups = acts.add_parser("groups", help="groups of firms (and people) that hang together")
    groups.add_argument("--least", type=int, default=3, metavar="N", help="the smallest group (3)")
    for act, run in ((show, run_show), (path, run_path), (groups, run_groups)):
        act.add_argument("--people", action="store_true", help="read kin and people too; into people-relations/")
        act.add_argument("--on", metavar="YYYY-MM-DD", help="only what holds on this day")
        act.add_argument("--limit", action="append", default=[], metavar="KIND=N",
                         help="more than N sharing a value tie nobody (phone=5 address=5 account=5 person=20 "
                         "group=50)")  # fmt: skip
        common(act)
        act.set_defaults(run=guarded(run))


def run_show(arguments: argparse.Namespace) -> int:
    """Everything within some steps; 1 where nothing is tied to it."""
    from lianheng.engine.redflags.relations.words import named

    office, found = _load(arguments)
    node = _node(found, arguments.node, arguments.people)
    chains = found.graph.chains(node, _steps(arguments))
    order = sorted((other for other in chains if other != node), key=lambda other: (len(chains[other]), other))
    rows = [{**_chain(found, chains[other]), "node": other, "name": named(other, found.names)} for other in order]
    lines = [f"{named(node, found.names)}：{len(rows)}个对象在{arguments.steps}步之内"]
    for row in rows[:_SHOWN]:
        lines += [f"{row['name']}（{row['steps']}步）", *(f"    {text}" for text in row["chain"])]
    if len(rows) > _SHOWN:
        lines.append(f"只列出{_SHOWN}个；--json 给出全部")
    return _give(office, found, arguments, {"node": node, "found": rows}, lines, bool(rows))


def run_path(arguments: argparse.Namespace) -> int:
    """A shortest chain; 1 where there is none."""
    from lianheng.engine.redflags.relations.words import named

    office, found = _load(arguments)
    start, end = (_node(found, text, arguments.people) for text in (arguments.node, arguments.to))
    chain = found.graph.chain(start, end, _steps(arguments))
    ends = f"{named(start, found.names)}与{named(end, found.names)}"
    told = {"from": start, "to": end, "found": chain is not None, **_chain(found, chain or [])}
    if chain is None:
        lines = [f"{ends}：{arguments.steps}步之内没有关系链；没有关系链不等于没有关系，只说明已加载的登记中没有"]
    else:
        lines = [f"{ends}：{len(chain)}步", *told["chain"]]
    return _give(office, found, arguments, told, lines, chain is not None)


def run_groups(arguments: argparse.Namespace) -> int:
    """Groups that hang together; 1 where there is none of that size."""
    from lianheng.engine.redflags.relations.words import named

    office, found = _load(arguments)
    groups = found.graph.groups(max(2, arguments.least))
    lines = [f"{len(groups)}个相互关联的群体（至少{max(2, arguments.least)}个对象）"]
    for number, group in enumerate(groups[:_SHOWN], 1):
        lines.append(f"{number}. {len(group)}个：" + "、".join(named(node, found.names) for node in group[:20])
                     + ("…" if len(group) > 20 else ""))  # fmt: skip
    return _give(office, found, arguments, {"groups": groups}, lines, bool(groups))


def _steps(arguments: argparse.Namespace) -> int:
    from lianheng.engine.redflags.problems import RunError

    if not 1 <= arguments.steps <= 20:
        raise RunError("--steps lies between 1 and 20")
    return int(arguments.steps)


def _load(arguments: argparse.Namespace) -> tuple[Office, Relations]:
    import tempfile

    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.relations.load import load_relations
    from lianheng.engine.redflags.trace.readers import ServerReader, StoreReader

    office = open_office(arguments)
    registers, faults = declared_registers(office)
    warn_of_faults(faults)
    day, hubs = _day(arguments.on), _limits(arguments.limit)
    with tempfile.TemporaryDirectory(prefix="lianheng-") as spill:
        reader = (
            ServerReader(office.url, registers) if office.url else StoreReader(office.store, registers, Path(spill))
        )
        found = load_relations(reader, registers, load_regions(), people=arguments.people, on=day, hubs=hubs)
    if not found.read:
        raise RunError(f"none of {', '.join(found.missing)} is loaded: lianheng registers load REGISTER FILE")
    return office, found


def _day(text: str | None) -> dt.date | None:
    from lianheng.engine.redflags.problems import RunError

    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise RunError(f"--on {text}: give a day such as 2024-12-31") from error


def _limits(given: Sequence[str]) -> dict[str, int]:
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.relations import HUBS

    limits = dict(HUBS)
    for text in given:
        kind, _, number = text.partition("=")
        if kind not in HUBS or not number.isdigit() or int(number) < 2:
            raise RunError(f"--limit {text}: give KIND=N with N from 2; kinds are {', '.join(HUBS)}")
        limits[kind] = int(number)
    return limits


def _node(found: Relations, text: str, people: bool) -> str:
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.relations.load import find_node

    if text.startswith("person:") and not people:
        raise RunError("a person is looked up only with --people, by the body that may see it")
    nodes = find_node(found, text)
    if not nodes:
        raise RunError(f"{text}: there is no such firm (code or name)" + (" or person" if people else ""))
    if len(nodes) > 1:
        raise RunError(f"{text} may be {', '.join(nodes[:5])}: give the code")
    return nodes[0]


def _chain(found: Relations, chain: Sequence[Tie]) -> dict[str, Any]:
    from lianheng.engine.redflags.relations import tell_chain

    return {"steps": len(chain), "chain": tell_chain(chain, found.names)}


def _give(
    office: Office, found: Relations, arguments: argparse.Namespace, answer: dict[str, Any], lines: list[str], yes: bool
) -> int:
    """Print the answer; what is about people goes into a folder of its own, and only its place is printed."""
    from lianheng.engine.redflags.relations import tell_hub

    hubs = [tell_hub(hub) for hub in found.graph.hubs]
    answer = {**answer, "hubs": hubs, "read": found.read, "missing": list(found.missing)}
    lines = [*lines, *(f"未计：{text}" for text in hubs[:10])]
    lines += [f"未加载的登记：{'、'.join(found.missing)}"] if found.missing else []
    if arguments.people:
        folder = _write_apart(office, today_of(arguments), answer, lines)
        answer = {"found": yes, "folder": str(folder)}
        lines = [f"written to {folder}"]
    if arguments.json:
        print(json.dumps(answer, ensure_ascii=False, indent=1))
    else:
        print("\n".join(lines))
    return 0 if yes else 1


def _write_apart(office: Office, today: dt.date, answer: dict[str, Any], lines: list[str]) -> Path:
    from lianheng.engine.redflags.entities.tables import write_folder

    parent = office.folder / "people-relations"
    parent.mkdir(mode=0o700, exist_ok=True)
    taken = [int(path.name.rpartition("-")[2]) for path in parent.glob(f"{today}-*")]
    folder = parent / f"{today}-{max(taken, default=0) + 1}"
    text = json.dumps(answer, ensure_ascii=False, indent=1) + "\n"
    write_folder(folder, {"relations.json": text, "relations.txt": "\n".join(lines) + "\n"}, people=True)
    return folder
