"""`lianheng draw …`: plan a draw, commit, reveal, draw, extend, and check a bundle offline."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lianheng.cli.csv_tables import TableError, read_table, write_whole
from lianheng.engine.draw import (
    Bundle,
    BundleRefused,
    Candidate,
    CodeRefused,
    Commitment,
    DrawError,
    Pair,
    Plan,
    Skip,
    extend_draw,
    make_commitment,
    reveal_code,
    run_draw,
    verify_bundle,
)
from lianheng.engine.draw.plan import DESIGNS, to_text
from lianheng.engine.draw.tickets import METHODS, SHA256

DONE, NO, NOT_UNDERSTOOD = 0, 1, 2
SECRET_FORMAT = "lianheng-draw-secret/1"


def add_parser(rooms: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of `lianheng draw`."""
    draw = rooms.add_parser("draw", help="random draws that anybody can repeat")
    acts = draw.add_subparsers(dest="act", required=True, metavar="ACT")
    _add_plan(
        acts.add_parser("plan", help="settle roster, sizes, avoidance and commitments; print the hash to publish")
    )
    commit = acts.add_parser("commit", help="make a secret for coming draws; print the commitment to publish")
    commit.add_argument("--rounds", type=int, required=True, help="for how many draws the secret will serve")
    commit.add_argument("--method", choices=METHODS, default=SHA256)
    commit.add_argument(
        "--secret", type=Path, required=True, metavar="FILE", help="where to keep the secret (new file)"
    )
    commit.set_defaults(run=_guarded(_commit))
    reveal = acts.add_parser("reveal", help="print the code of one round")
    reveal.add_argument("--secret", type=Path, required=True, metavar="FILE")
    reveal.add_argument("--round", type=int, required=True)
    reveal.set_defaults(run=_guarded(_reveal))
    _add_run(acts.add_parser("run", help="draw by a plan; write the bundle"))
    extend = acts.add_parser("extend", help="draw more, or replace the absent, by the same plan and seed")
    extend.add_argument("bundle", type=Path, metavar="BUNDLE")
    extend.add_argument(
        "--take", action="append", default=[], metavar="[STRATUM=]N", help="how many in all from now on"
    )
    extend.add_argument("--absent", type=Path, metavar="CSV", help="columns id, reason, and side (object or staff)")
    extend.add_argument("--out", type=Path, required=True, metavar="BUNDLE")
    extend.set_defaults(run=_guarded(_extend))
    verify = acts.add_parser("verify", help="check a bundle: exit code 0 right, 1 refused, 2 could not be read")
    verify.add_argument("bundle", type=Path, metavar="BUNDLE")
    verify.add_argument("--plan-hash", metavar="HEX", help="the hash that was published before the draw")
    verify.set_defaults(run=_guarded(_verify))


def _add_plan(plan: argparse.ArgumentParser) -> None:
    plan.add_argument("roster", type=Path, metavar="ROSTER.csv")
    plan.add_argument("--id", default="id", metavar="COLUMN", help="column of the ids (default: id)")
    plan.add_argument("--stratum", metavar="COLUMN", help="draw separately for each value of this column")
    plan.add_argument("--size-column", metavar="COLUMN", help="measure of size; for poisson the probability")
    plan.add_argument("--take", action="append", default=[], metavar="[STRATUM=]N", help="how many; once per stratum")
    plan.add_argument("--title", default="")
    plan.add_argument("--method", choices=METHODS, default=SHA256)
    plan.add_argument("--design", choices=DESIGNS, default="simple")
    plan.add_argument("--order", choices=("frame", "ticket"), default="frame", help="of systematic samples")
    plan.add_argument("--avoid", type=Path, metavar="CSV", help="columns id, reason, and side (object or staff)")
    plan.add_argument("--staff", type=Path, metavar="CSV", help="second register, for a two-sided draw")
    plan.add_argument("--staff-id", default="id", metavar="COLUMN")
    plan.add_argument("--per-object", type=int, default=None, help="staff for each object (default: 2)")
    plan.add_argument("--max-load", type=int, default=0, help="objects that one member of staff may get; 0: any number")
    plan.add_argument("--pairs", type=Path, metavar="CSV", help="declared relations: columns staff, object, reason")
    plan.add_argument("--commitment", action="append", default=[], metavar="PARTY=HEX")
    plan.add_argument("--public", action="append", default=[], metavar="NAME", help="a public value still unknown")
    plan.add_argument("--round", type=int, default=1, help="round of the commitments")
    plan.add_argument("--out", type=Path, required=True, metavar="PLAN")
    plan.set_defaults(run=_guarded(_plan))


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument("plan", type=Path, metavar="PLAN")
    run.add_argument("--seed", help="the seed, for a plan without commitments")
    run.add_argument("--code", action="append", default=[], metavar="PARTY=HEX")
    run.add_argument("--public", action="append", default=[], metavar="NAME=VALUE", help="5 or 3,7,12 or a text")
    run.add_argument("--absent", type=Path, metavar="CSV", help="columns id, reason, and side (object or staff)")
    run.add_argument("--out", type=Path, required=True, metavar="BUNDLE")
    run.set_defaults(run=_guarded(_run))


def _guarded(act: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Turn refusals into one line on the error stream, and an exit code."""

    def run(arguments: argparse.Namespace) -> int:
        try:
            return act(arguments)
        except (BundleRefused, CodeRefused) as error:
            print(f"REFUSED: {error}", file=sys.stderr)
            return NO
        except (DrawError, TableError) as error:
            print(f"lianheng draw {arguments.act}: {error}", file=sys.stderr)
            return NOT_UNDERSTOOD

    return run


def _plan(arguments: argparse.Namespace) -> int:
    roster = read_table(arguments.roster)
    ids = roster.column(arguments.id, required=True)
    strata = roster.column(arguments.stratum, required=True) if arguments.stratum else [""] * len(ids)
    sizes = roster.column(arguments.size_column, required=True) if arguments.size_column else [""] * len(ids)
    staff = read_table(arguments.staff).column(arguments.staff_id, required=True) if arguments.staff else []
    plan = Plan(
        candidates=[Candidate(*row) for row in zip(ids, strata, sizes, strict=True)],
        sizes=_takes(arguments.take),
        title=arguments.title,
        method=arguments.method,
        design=arguments.design,
        order=arguments.order,
        avoid=_skips(arguments.avoid),
        staff=staff,
        per_object=(2 if staff else 0) if arguments.per_object is None else arguments.per_object,
        max_load=arguments.max_load,
        pairs=_pairs(arguments.pairs),
        commitments=[Commitment(*_named("--commitment", text)) for text in arguments.commitment],
        public=arguments.public,
        round=arguments.round,
    )
    if plan.sizes and not any(plan.sizes.values()):
        raise TableError("--take 0: the plan would draw nobody; take 1 or more in one stratum at least")
    write_whole(arguments.out, to_text(plan.to_dict()))
    wanted = ", ".join(f"{name + ': ' if name else ''}{size}" for name, size in sorted(plan.sizes.items()))
    print(
        f"{len(plan.candidates)} candidates, to draw {wanted or 'by stated probability'}, {plan.design}, {plan.method}"
    )
    print(f"publish before the draw: plan hash {plan.hash()}")
    return DONE


def _commit(arguments: argparse.Namespace) -> int:
    secret = secrets.token_bytes(32)
    commitment = make_commitment(secret, arguments.rounds, arguments.method)
    content = {"format": SECRET_FORMAT, "method": arguments.method, "rounds": arguments.rounds, "secret": secret.hex()}
    try:
        # "x" and 0600: a secret that is in use is never overwritten, and nobody else reads it.
        with open(os.open(arguments.secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(json.dumps(content, indent=1) + "\n")
    except OSError as error:
        raise TableError(f"{arguments.secret}: cannot be made: {error.strerror}; choose a new file name") from None
    print(commitment)
    return DONE


def _reveal(arguments: argparse.Namespace) -> int:
    content = _json(arguments.secret)
    try:
        if content["format"] != SECRET_FORMAT:
            raise ValueError
        secret, rounds, method = bytes.fromhex(content["secret"]), int(content["rounds"]), str(content["method"])
    except (KeyError, TypeError, ValueError):
        raise TableError(f"{arguments.secret}: is no secret made by `lianheng draw commit`") from None
    print(reveal_code(secret, rounds, arguments.round, method))
    return DONE


def _run(arguments: argparse.Namespace) -> int:
    try:
        plan = Plan.from_dict(_json(arguments.plan))
    except DrawError as error:
        raise DrawError(f"{arguments.plan}: {error}") from None
    bundle = run_draw(
        plan,
        seed=arguments.seed,
        codes=dict(_named("--code", text) for text in arguments.code),
        public={name: _value(text) for name, text in (_named("--public", item) for item in arguments.public)},
        absent=_skips(arguments.absent),
    )
    return _finish(bundle, arguments.out)


def _extend(arguments: argparse.Namespace) -> int:
    before = verify_bundle(_file(arguments.bundle))
    return _finish(extend_draw(before, _takes(arguments.take), _skips(arguments.absent)), arguments.out)


def _verify(arguments: argparse.Namespace) -> int:
    bundle = verify_bundle(_file(arguments.bundle))
    if arguments.plan_hash and arguments.plan_hash != bundle.plan.hash():
        raise BundleRefused(f"its plan has the hash {bundle.plan.hash()}, not the one published before the draw")
    print(
        f"OK: {len(bundle.result)} drawn of {len(bundle.plan.candidates)}, {bundle.plan.design}, {bundle.plan.method}"
    )
    print(f"plan hash {bundle.plan.hash()}: compare it with the one published before the draw")
    _show(bundle)
    return DONE


def _finish(bundle: Bundle, path: Path) -> int:
    write_whole(path, bundle.to_text())
    _show(bundle)
    return DONE


def _show(bundle: Bundle) -> None:
    for number, row in enumerate(bundle.result, start=1):
        stratum = f"  {_plain(row.stratum)}" if row.stratum else ""
        team = f"  staff: {', '.join(map(_plain, row.team))}" if row.team else ""
        print(f"{number:5d}  {_plain(row.id)}{stratum}  probability {row.probability}{team}")
    for entry in bundle.skips:
        place = f" for {_plain(entry.group)}" if entry.side == "staff" else ""
        print(f"{entry.outcome:>9}: {_plain(entry.id)}{place}: {_plain(entry.reason)}")


def _takes(texts: Sequence[str]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for text in texts:
        stratum, _, number = text.rpartition("=")
        if not number.isascii() or not number.isdigit() or stratum in sizes:
            raise TableError(f"--take {text}: write a whole number, or STRATUM=NUMBER, once for each stratum")
        sizes[stratum] = int(number)
    return sizes


def _named(option: str, text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name or not value:
        raise TableError(f"{option} {text}: write NAME=VALUE")
    return name, value


def _value(text: str) -> str | int | list[int]:
    """Digits are a number, digits with commas are numbers drawn, anything else is a text."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() for part in parts):
        return text
    return int(parts[0]) if len(parts) == 1 else [int(part) for part in parts]


def _skips(path: Path | None) -> list[Skip]:
    if path is None:
        return []
    table = read_table(path)
    ids, reasons = table.column("id", required=True), table.column("reason", required=True)
    sides = table.column("side", required=True) if "side" in table.columns else ["object"] * len(ids)
    for row, side in enumerate(sides, start=2):
        if side not in ("object", "staff"):
            raise TableError(f"{path}: row {row}, column side: {side!r} is neither object nor staff")
    return [Skip(*row) for row in zip(ids, reasons, sides, strict=True)]


def _pairs(path: Path | None) -> list[Pair]:
    if path is None:
        return []
    table = read_table(path)
    columns = [table.column(name, required=True) for name in ("staff", "object", "reason")]
    return [Pair(*row) for row in zip(*columns, strict=True)]


def _file(path: Path) -> str:
    try:
        # latin-1 keeps every byte, so a byte that was changed is refused by the check, not lost in decoding.
        return path.read_bytes().decode("latin-1")
    except OSError as error:
        raise TableError(f"{path}: cannot be read: {error.strerror}") from None


def _json(path: Path) -> Any:
    text = _file(path)  # outside: a file that is not there is no broken JSON
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise TableError(f"{path}: is not JSON: it was cut or changed") from None


def _plain(text: str) -> str:
    """Without letters that could steer a terminal; Chinese stays readable."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
