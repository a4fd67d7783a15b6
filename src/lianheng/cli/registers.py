"""`lianheng registers …`: load, check and list the registers that models read.

Exit codes: 0 done; 1 the answer is no (check found refused rows, list found a late source or a faulty declaration, of
several files some were refused); 2 it could not be understood or is refused, and nothing was loaded.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli.guarding import Intermixed, guarded, today_of

if TYPE_CHECKING:
    from lianheng.engine.redflags.problems import Problem
    from lianheng.engine.redflags.register import Register
    from lianheng.library.office import Office


def add_parser(rooms: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands about registers."""
    from lianheng.cli import registers_load, registers_purge  # they need this module's own functions
    from lianheng.cli.registers_synth import add_synth

    registers = rooms.add_parser("registers", help="load, check and list the registers that models read")
    acts: Any = registers.add_subparsers(metavar="ACT", required=True, parser_class=Intermixed)
    registers_load.add_acts(acts)
    listing = acts.add_parser("list", help="the registers, what is loaded, and what is late")
    common(listing)
    listing.set_defaults(run=guarded(run_list))
    listing.add_argument("--all", action="store_true", help="those without a row, too")
    show = acts.add_parser("show", help="what a register consists of: headings, types, key, other headings")
    show.add_argument("register", metavar="REGISTER")
    common(show)
    show.set_defaults(run=guarded(run_show))
    undo = acts.add_parser("undo", help="take a batch out again")
    undo.add_argument("batch", metavar="BATCH")
    common(undo)
    undo.set_defaults(run=guarded(run_undo))
    registers_purge.add_act(acts)
    add_synth(acts)


def common(parser: argparse.ArgumentParser) -> None:
    """Options that every command about an office has."""
    parser.add_argument(
        "--office", type=Path, default=None, metavar="FOLDER", help="the office's folder (LIANHENG_OFFICE, .)"
    )
    parser.add_argument("--today", default=None, metavar="YYYY-MM-DD", help="the day of the act (default: today)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def open_office(arguments: argparse.Namespace) -> Office:
    """The office of the command: `--office`, LIANHENG_OFFICE or `.`; LIANHENG_REGISTERS may say where its data lie."""
    from lianheng.engine.redflags.problems import RunError
    from lianheng.library.office import Office

    folder = arguments.office or Path(os.environ.get("LIANHENG_OFFICE", "."))
    if not folder.is_dir():
        raise RunError(f"{folder} is no folder: make it (mkdir), or give --office FOLDER")
    return Office.at(folder, os.environ.get("LIANHENG_REGISTERS", ""))


def own_store(arguments: argparse.Namespace, act: str) -> Office:
    """The office, where its registers lie in its own folder; elsewhere nothing is written."""
    from lianheng.engine.redflags.problems import RunError

    office = open_office(arguments)
    if office.url:
        place = office.url.split(":", 1)[0]
        raise RunError(
            f"registers in {place} (LIANHENG_REGISTERS) are only read from here: {act} there with the server's own "
            "tools, or unset LIANHENG_REGISTERS for the office's own folder"
        )
    return office


def declared_registers(office: Office) -> tuple[dict[str, Register], dict[str, list[Problem]]]:
    """The shipped declarations and the office's own over them, and what is wrong with the others, by register."""
    from lianheng.library.models import REGISTERS, read_declared

    problems: list[Problem] = []
    declared = read_declared(REGISTERS, office.folder / "registers", problems)
    faults: dict[str, list[Problem]] = {}
    for problem in problems:
        faults.setdefault(Path(problem.file).stem, []).append(problem)
    return declared, faults


def warn_of_faults(faults: dict[str, list[Problem]]) -> None:
    """Name the declarations that cannot be used; the others can."""
    for name, problems in faults.items():
        first, more = problems[0], f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        text = f"registers/{name}.yaml is left out until it is mended: {first.where}: {first.message}{more}"
        print(f"lianheng: warning: {text}", file=sys.stderr)


def find_register(registers: dict[str, Register], faults: dict[str, list[Problem]], name: str) -> Register:
    """The register of a name; where there is none, those with a name or title near it are told."""
    import difflib

    from lianheng.engine.redflags.problems import DeclarationError, RunError

    if name in faults:
        raise DeclarationError(faults[name])
    if name in registers:
        return registers[name]
    titled = [id_ for id_, register in registers.items() if name and (name in register.title or name in id_)]
    near = [*titled, *(id_ for id_ in difflib.get_close_matches(name, registers, n=5) if id_ not in titled)][:5]
    told = f"near it: {', '.join(f'{id_} {registers[id_].title}' for id_ in near)}; " if near else ""
    raise RunError(f"there is no register {name!r}; {told}`lianheng registers list` shows all {len(registers)}")


def run_list(arguments: argparse.Namespace) -> int:
    """Print every register with rows, batches and alerts; 1 where a source is late or a declaration faulty."""
    from dataclasses import asdict

    from lianheng.engine.redflags.run import source_states
    from lianheng.engine.redflags.sources import WEAKER, source_alerts

    office = open_office(arguments)
    library, remote = office.library(), office.remote()
    states = remote.states(library, today_of(arguments)) if remote else source_states(office.store, library)
    alerts = source_alerts(library.models.values(), library.registers, states, today_of(arguments))
    loaded = [alert for alert in alerts if alert.kind not in ("missing", WEAKER)]
    faults = declared_registers(office)[1]
    warn_of_faults(faults)
    if arguments.json:
        rows = [
            {
                "register": register.id,
                "title": register.title,
                "owner": register.owner,
                "lawful_basis": register.lawful_basis,
                "rows": states[register.id].rows if register.id in states else 0,
                "batches": [asdict(batch) for batch in ([] if remote else office.store.batches(register.id))],
                "alerts": [alert.text for alert in alerts if alert.register == register.id],
            }
            for register in library.registers.values()
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=1, default=str))
        return 1 if loaded or faults else 0
    empty = 0
    for register in library.registers.values():
        batches = [] if remote else office.store.batches(register.id)
        if register.id not in states and not batches and not arguments.all:
            empty += 1
            continue
        rows_loaded = states[register.id].rows if register.id in states else 0
        where = "in its table" if remote else f"in {len(batches)} batches"
        print(f"{register.id:20} {register.title}  {rows_loaded} rows {where}")
        for batch in batches:
            print(f"    {batch.id}  {batch.loaded_on}  {batch.rows} rows, {batch.refused} refused  {batch.source}")
    if empty:
        print(
            f"and {empty} registers that are not loaded: --all shows them, `lianheng registers show NAME` one of them"
        )
    for alert in loaded:
        print(f"ALERT {alert.kind}: {alert.text}")
    for alert in alerts:
        if alert.kind == WEAKER:
            print(f"NOTE {alert.text}（{'、'.join(alert.models)}）")
    return 1 if loaded or faults else 0


def run_show(arguments: argparse.Namespace) -> int:
    """Print the declaration of a register as one who fills its table needs it."""
    from lianheng.engine.redflags.loading.describing import describe_register

    register = find_register(*declared_registers(open_office(arguments)), arguments.register)
    columns = describe_register(register)
    if arguments.json:
        about = {"register": register.id, "title": register.title, "meaning": register.meaning, "key": register.key}
        print(json.dumps({**about, "columns": columns}, ensure_ascii=False, indent=1))
        return 0
    print(f"{register.id}  {register.title}\n{register.meaning}")
    print(f"来源单位  {register.owner}\n依据  {register.lawful_basis}")
    print(f"主键  {'、'.join(register.columns[name].label for name in register.key)}（同一主键只能有一行）\n")
    for row in columns:
        marks = "、".join(row["marks"])
        print(f"{row['heading']}  {row['type']}{'  ' + marks if marks else ''}\n    {row['meaning']}")
        if row["without"]:
            print(f"    没有此列时  {row['without']}")
        if row["also"]:
            print(f"    也认  {'、'.join(row['also'])}")
    return 0


def run_undo(arguments: argparse.Namespace) -> int:
    """Take a batch out; what it replaced does not come back, which is said."""
    from lianheng.library.office_lock import hold_loading

    office = own_store(arguments, "take rows out")
    with hold_loading(office.folder):
        batch = office.store.undo(arguments.batch)
        (office.folder / "quarantine" / f"{batch.id}.csv").unlink(missing_ok=True)
        left = [one for one in office.store.batches(batch.register) if one.needs == batch.id]
    if arguments.json:
        print(
            json.dumps(
                {
                    "batch": batch.id,
                    "rows": batch.rows,
                    "not_back": list(batch.took_out),
                    "in_part": [one.id for one in left],
                }
            )
        )
        return 0
    print(f"took out batch {batch.id}: {batch.rows} rows of {batch.register}")
    if batch.took_out:
        years = ", ".join(str(year) for year in sorted({piece.year for piece in batch.pieces}) if year)
        print(
            f"  it had replaced {', '.join(batch.took_out)}, which does not come back: "
            f"{batch.register}{' of ' + years if years else ''} is not loaded now; load its source again"
        )
    for one in left:
        print(
            f"  the rows of {one.replaces} that it had corrected do not come back: to have them, take out {one.id} too "
            f"and load {one.source} again"
        )
    return 0
