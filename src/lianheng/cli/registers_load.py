"""`lianheng registers load` and `check`: each source a batch, whole or not at all.

Exit codes: 0 done; 1 a check found refused rows, or of several sources some were refused; 2 nothing was loaded.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli.guarding import guarded, today_of
from lianheng.cli.registers import common, declared_registers, find_register, own_store, warn_of_faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lianheng.engine.redflags.loading.load import Desk, Loaded
    from lianheng.engine.redflags.loading.reading import Source
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.register import Register
    from lianheng.library.office import Office


def add_acts(acts: Any) -> None:
    """Add the commands to the acts of `registers`."""
    for name, about in (("load", "load a source into a register"), ("check", "check a source without loading it")):
        act = acts.add_parser(name, help=about)
        act.add_argument("register", metavar="REGISTER")
        act.add_argument("sources", nargs="*", type=Path, metavar="FILE", help=".xlsx .xls .ods .csv .tsv .parquet")
        act.add_argument("--sheet", default="", help="one sheet of a workbook (default: all that fit)")
        act.add_argument("--table", default="", metavar="URL#TABLE", help="a database table instead, through Ibis")
        act.add_argument("--replace", action="store_true", help="take out batches whose rows this load brings again")
        act.add_argument(
            "--drop-missing", action="store_true", help="with --replace: also where some rows do not come again"
        )
        act.add_argument(
            "--correct", action="store_true", help="rows whose key is loaded take the place of those, and no others go"
        )
        act.add_argument("--most-refused", type=int, default=10, metavar="PERCENT", help="refuse the load above (10)")
        common(act)
        act.set_defaults(run=guarded(run_load), only_check=name == "check")


def run_load(arguments: argparse.Namespace) -> int:
    """Load or check every source given; each is a batch of its own, whole or not at all, and each is tried."""
    from lianheng.engine.redflags.loading.identity import load_or_make_key
    from lianheng.engine.redflags.loading.load import Desk
    from lianheng.engine.redflags.problems import RunError
    from lianheng.library.office_lock import hold_loading

    office = own_store(arguments, "load rows")
    declared, faults = declared_registers(office)
    register = find_register(declared, faults, arguments.register)
    warn_of_faults(faults)
    if arguments.only_check and not arguments.sources and not arguments.table:
        return _check_loaded(arguments, register, office)
    if bool(arguments.sources) == bool(arguments.table):
        raise RunError("give files, or --table URL#TABLE")
    if arguments.table and not all(arguments.table.rpartition("#")):
        raise RunError(f"--table {arguments.table}: give URL#TABLE, such as postgres://user@host/database#payments")
    if arguments.drop_missing and not arguments.replace:
        raise RunError("--drop-missing is said with --replace")
    if arguments.correct and arguments.replace:
        raise RunError("--replace takes out whole batches, --correct single rows: give one of them")
    done: list[Loaded] = []
    refusals: list[RunError] = []
    left_out: list[str] = []
    with hold_loading(office.folder):
        key = load_or_make_key(office.folder / "sealed" / "person.key")
        desk = Desk(office.store, office.folder / "quarantine", office.folder / "state" / "scratch", key)
        for path in arguments.sources or [None]:
            sources = _sources(arguments, register, path, left_out)
            while True:
                try:
                    source = next(sources, None)
                    if source is None:
                        break
                    loaded = _load_one(arguments, register, source, desk)
                except RunError as error:
                    refusals.append(error)
                    continue
                done.append(loaded)
                if not arguments.json:
                    _say(loaded, register, arguments)
    return _close_load(arguments, done, refusals, left_out)


def _check_loaded(arguments: argparse.Namespace, register: Register, office: Office) -> int:
    """Look at what is loaded already, perhaps by an earlier release that knew fewer ways of writing an id."""
    from lianheng.engine.redflags.clear_columns import clear_batches

    found = clear_batches(office.store, register)
    count = len(office.store.batches(register.id))
    if arguments.json:
        print(json.dumps({"register": register.id, "batches": count, "clear": found}, ensure_ascii=False, indent=1))
        return 1 if found else 0
    for batch, columns in found.items():
        told = ", ".join(register.columns[name].label for name in columns)
        print(f"{batch}: {told} holds ids in the clear: registers undo {batch}, and load its source again")
    print(f"{register.id}: {count - len(found)} of {count} batches hold no id in the clear")
    return 1 if found else 0


def _sources(
    arguments: argparse.Namespace, register: Register, path: Path | None, left_out: list[str]
) -> Iterator[Source]:
    """The table, the file, or each sheet of a workbook that looks like the register; no other is passed over unsaid."""
    from lianheng.engine.redflags.loading.headings import knows_headings
    from lianheng.engine.redflags.loading.reading import open_source, open_table, sheet_names

    if path is None:
        yield open_table(*arguments.table.rsplit("#", 1))
        return
    names = [] if arguments.sheet else sheet_names(path)
    fitting = 0
    for name in names if len(names) > 1 else []:
        source = open_source(path, name)
        if knows_headings(register, source):
            fitting += 1
            yield source
        else:
            left_out.append(source.name)
    if not fitting:  # of a workbook none of whose sheets fits, the first says why
        yield open_source(path, arguments.sheet)


def _load_one(arguments: argparse.Namespace, register: Register, source: Source, desk: Desk) -> Loaded:
    from lianheng.engine.redflags.loading.load import load_source

    return load_source(
        register, source, desk, today=today_of(arguments), replace=arguments.replace,
        drop_missing=arguments.drop_missing, correct=arguments.correct,
        most_refused=arguments.most_refused, only_check=arguments.only_check,
        progress=_progress(source.name),
    )  # fmt: skip


def _close_load(
    arguments: argparse.Namespace, done: list[Loaded], refusals: list[RunError], left_out: list[str]
) -> int:
    """Say how many were refused; 2 where nothing was loaded, 1 where something was, or where a check says no."""
    from lianheng.engine.redflags.loading.quarantine import TooManyRefused

    no = arguments.only_check and all(isinstance(error, TooManyRefused) for error in refusals)
    total = len(done) + len(refusals)
    if total == 1 and refusals and not no:
        raise refusals[0]
    for error in refusals:
        print(f"lianheng: {error}", file=sys.stderr)
    if refusals and total > 1:
        verb = "checked" if arguments.only_check else "loaded"
        print(f"lianheng: {len(done)} of {total} sources are {verb}, {len(refusals)} are refused", file=sys.stderr)
    if done and left_out and not arguments.json:
        print(f"left out, because their headings are none of {arguments.register}: {', '.join(left_out)}")
    if arguments.json:
        rows = [_as_json(loaded) | {"sheets_left_out": left_out} for loaded in done]
        rows += [{"error": str(error)} for error in refusals]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    if refusals:
        return 1 if done or no else 2
    # A line of totals is no record: a check says of it what a load does.
    return 1 if arguments.only_check and any(loaded.batch.refused > loaded.closings for loaded in done) else 0


def _progress(name: str) -> Any:
    def say(rows: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{name}: {rows:,} rows", end="\n" if rows % 50_000 else "", file=sys.stderr, flush=True)

    return say


def _say(loaded: Loaded, register: Register, arguments: argparse.Namespace) -> None:
    batch = loaded.batch
    verb = "checked" if arguments.only_check else f"loaded as batch {batch.id}"
    print(f"{batch.source} → {batch.register}: {batch.rows} rows {verb}, {batch.refused} refused")
    if loaded.quarantine:
        for reason, count in loaded.reasons:
            print(f"  {count} × {reason}")
        print(f"  refused rows with reasons: {loaded.quarantine}")
    if batch.rounded:
        print(f"  areas rounded to the decimals of their column: {batch.rounded} cells")
    if loaded.filled:
        print(f"  merged cells read in each of their rows: {loaded.filled} (texts and days; amounts are not)")
    for name in batch.absent:
        print(f"  has no column {register.columns[name].label} ({name}): {register.columns[name].without}")
    if loaded.not_loaded:
        print(f"  not declared, so not loaded: {', '.join(loaded.not_loaded)}")
    for old, rows, rest in loaded.superseded:
        left = f"; the other rows of that batch are {rest} now" if rest else ""
        print(f"  {rows} rows {'would take' if arguments.only_check else 'take'} the place of rows of {old}{left}")
    if arguments.correct and not loaded.superseded:
        print("  corrected: nothing, for no row of an earlier batch has the key of one here")
    if loaded.replaced and not arguments.correct:
        print(f"  {'would replace' if arguments.only_check else 'replaced'}: {', '.join(loaded.replaced)}")
    elif arguments.replace:
        print("  replaced: nothing, for no row of an earlier batch has the key of one here")
    if loaded.stayed:
        print(f"  of the same years, and left as they are: {', '.join(loaded.stayed)}")


def _as_json(loaded: Loaded) -> dict[str, Any]:
    batch = loaded.batch
    return {
        "batch": batch.id, "register": batch.register, "source": batch.source, "sha256": batch.source_sha256,
        "rows": batch.rows, "refused": batch.refused, "years": sorted({piece.year for piece in batch.pieces}),
        "quarantine": str(loaded.quarantine) if loaded.quarantine else None, "not_loaded": list(loaded.not_loaded),
        "replaced": list(loaded.replaced),
        "superseded": [list(one) for one in loaded.superseded], "stayed": list(loaded.stayed), "sheet": batch.sheet,
        "reasons": dict(loaded.reasons), "rounded": batch.rounded, "absent": list(batch.absent),
        "filled": loaded.filled,
    }  # fmt: skip
