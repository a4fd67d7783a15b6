"""`lianheng registers purge`: rows past their retention; shown, and with --yes taken out for good.

Exit codes: 0 done or nothing to do; 2 it is refused, and nothing was taken out.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from lianheng.cli.guarding import clock_day, guarded, today_of
from lianheng.cli.registers import common, declared_registers, find_register, own_store, warn_of_faults

if TYPE_CHECKING:
    from lianheng.engine.redflags.register import Register
    from lianheng.engine.redflags.retention import Expired
    from lianheng.library.office import Office


def add_act(acts: Any) -> None:
    """Add `purge` to the commands about registers."""
    act = acts.add_parser(
        "purge",
        help="show rows past their retention; --yes takes them out for good",
        description="Rows past the months that their register declares (retention_months). Without --yes nothing is "
        "changed. With it they are gone: no undo brings them back. Evidence frozen in runs stays with its candidates.",
    )
    act.add_argument("registers", nargs="*", metavar="REGISTER", help="only these")
    act.add_argument("--yes", action="store_true", help="take the rows out; needs --by")
    act.add_argument("--by", default="", metavar="NAME", help="who takes them out, for the record")
    common(act)
    act.set_defaults(run=guarded(run_purge))


def run_purge(arguments: argparse.Namespace) -> int:
    """Show what is past its retention, or take it out and record it."""
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.retention import LOG, find_expired
    from lianheng.library.office_lock import hold_loading

    office, today = own_store(arguments, "delete rows"), today_of(arguments)
    declared, faults = declared_registers(office)
    warn_of_faults(faults)
    wanted = [find_register(declared, faults, id_) for id_ in arguments.registers or declared]
    if arguments.yes and not arguments.by.strip():
        raise RunError("who takes the rows out? give --by NAME")
    if arguments.yes and today > clock_day():
        raise RunError(
            f"--today {today} is still to come (the clock says {clock_day()}): rows are not past their retention "
            "before that day comes; without --yes it shows what will be"
        )
    new: dict[str, str] = {}
    with hold_loading(office.folder) if arguments.yes else nullcontext():
        found = find_expired(wanted, office.store, today)
        if arguments.yes:
            new = _take_out(found, declared, office, today, arguments.by)
    if arguments.json:
        print(json.dumps([_row(expired, new) for expired in found], ensure_ascii=False, indent=1))
        return 0
    for expired in found:
        verb = f"taken out; what is left is batch {new[expired.batch.id]}" if arguments.yes else "past retention"
        print(f"{expired.batch.id}  {expired.rows} of {expired.batch.rows} rows before {expired.before} {verb}")
    total = sum(expired.rows for expired in found)
    if not found:
        print("no row is past its retention")
    elif arguments.yes:
        print(f"{total} rows are gone for good; recorded in {office.data / LOG}. Frozen evidence of runs stays.")
    else:
        print(f"{total} rows would go for good: no undo brings them back. To do it: --yes --by NAME")
    return 0


def _take_out(
    found: list[Expired], declared: dict[str, Register], office: Office, today: dt.date, by: str
) -> dict[str, str]:
    """Take the rows out; the new batch by the old one."""
    from lianheng.engine.redflags.retention import purge

    new = {}
    now = dt.datetime.now(dt.UTC)
    for expired in found:
        register = declared[expired.register]
        new[expired.batch.id] = purge(register, expired, office.store, today=today, now=now, by=by).id
        if not expired.batch.rows - expired.rows:
            (office.folder / "quarantine" / f"{expired.batch.id}.csv").unlink(missing_ok=True)
    return new


def _row(expired: Expired, new: dict[str, str]) -> dict[str, Any]:
    batch = expired.batch
    return {
        "register": expired.register, "batch": batch.id, "before": str(expired.before), "rows": expired.rows,
        "of": batch.rows, "years": sorted({piece.year for piece in (*expired.whole, *expired.in_part)}),
        "taken_out": batch.id in new, "new_batch": new.get(batch.id),
    }  # fmt: skip
