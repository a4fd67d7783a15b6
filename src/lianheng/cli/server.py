"""Server commands as `lianheng --help` lists them; each is forwarded to the management command of its room."""

from __future__ import annotations

import argparse

# "<room> <act>" → the management command of that room, and what it does in one line.
COMMANDS: dict[tuple[str, ...], tuple[str, str]] = {
    ("units", "load"): ("units_load", "take in a list of divisions, whole or not at all"),
    ("city", "load"): ("city_load", "take in a city's profile: unit types, lead departments, name on documents"),
    ("trail", "verify"): ("trail_verify", "check the whole log in the database"),
    ("trail", "checkpoint"): ("trail_checkpoint", "sign a checkpoint now"),
    ("trail", "prove"): ("trail_prove", "write the proof of one entry to a file"),
    ("standards", "load"): ("standards_load", "take in a catalogue of standards as a draft"),
    ("demo", "load"): ("demo_load", "load the demonstration city"),
    ("demo", "continue"): ("demo_continue", "let the rest of the demonstration's city do what waits for it"),
    ("demo", "accounts"): ("demo_accounts", "list the demonstration's accounts"),
    ("accounts", "create"): ("accounts_create", "make an account, e.g. the first three administrators"),
    ("assess", "package"): ("assess_package", "write a year's result package"),
    ("workdays", "load"): ("workdays_load", "take in a year of holidays"),
    ("keys", "make"): ("keys_make", "make the secret key and the signing key"),
    ("keys", "rotate"): ("keys_rotate", "add a key for sealed fields and seal them anew"),
    ("serve",): ("serve", "run the web server"),
    ("worker",): ("worker", "run background work and the minute tick"),
    ("backup",): ("backup", "copy the office while it runs"),
    ("restore",): ("restore", "make a data folder from a copy"),
    ("migrate",): ("migrate", "bring the database up to date"),
    ("standing",): ("standing", "say what the database is: production, trial, demonstration"),
}
# These must run before there is a secret key or a database.
NEEDS_NO_KEYS = {("keys", "make"), ("restore",), ("standing",)}
# These write nothing into the database, or ask for themselves; all others begin with a look at its mode.
ANY_MODE = NEEDS_NO_KEYS | {("backup",), ("trail", "verify"), ("demo", "accounts")}
_ROOMS = {
    "units": "the tree of divisions",
    "city": "which unit types the city runs, and how its office signs",
    "standards": "catalogues of standards",
    "demo": "the demonstration city",
    "accounts": "people who log in",
    "workdays": "the calendar of working days",
    "keys": "secret and signing keys",
}


def find(words: list[str]) -> tuple[str, ...] | None:
    """Return the server command with which these words begin, or None."""
    return next((tuple(words[:length]) for length in (2, 1) if tuple(words[:length]) in COMMANDS), None)


def listing() -> str:
    """Return the end of `lianheng --help`: each server command with what it does."""
    lines = [f"  lianheng {' '.join(words):<18}{what}" for words, (_, what) in COMMANDS.items()]
    return "server commands (need lianheng[web]; each explains its options with --help):\n" + "\n".join(lines)


def add_parsers(rooms: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Let the help of a room list its server commands too, and a mistyped act name them.

    Call it after the engines' own; what these parsers would parse is forwarded before they are asked.
    """
    acts: dict[str, argparse._SubParsersAction[argparse.ArgumentParser]] = {}
    for words, (_, what) in COMMANDS.items():
        room = words[0]
        if len(words) == 1:
            rooms.add_parser(room, help=what)
            continue
        if room not in acts:
            parser = rooms.choices.get(room) or rooms.add_parser(room, help=_ROOMS[room])
            acts[room] = _acts_of(parser)
        acts[room].add_parser(words[1], help=f"{what} (server)")


def _acts_of(parser: argparse.ArgumentParser) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return action
    return parser.add_subparsers(dest="act", required=True, metavar="ACT")
