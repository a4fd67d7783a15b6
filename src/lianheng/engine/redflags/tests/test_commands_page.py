"""The page on commands names every command and option that there is, and no other."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from lianheng.cli.main import build_parser

PAGE = Path(__file__).resolve().parents[5] / "docs/reference/redflags-commands.md"


def children(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def test_every_command_and_option_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rooms = dict(children(build_parser()))
    for room in ("registers", "models"):
        for act, parser in children(rooms[room]):
            if act in OTHER_PAGES:
                continue
            assert f"`{room} {act}" in page, (room, act)
            options = {o for action in parser._actions for o in action.option_strings if o.startswith("--")}
            assert {option for option in options - {"--help"} if option not in page} == set(), (room, act)


def test_every_option_on_the_page_is_there() -> None:
    rooms = dict(children(build_parser()))
    there = {
        option
        for room in ("registers", "models")
        for _, parser in children(rooms[room])
        for action in parser._actions
        for option in action.option_strings
    }
    assert set(re.findall(r"--[a-z][a-z-]+", PAGE.read_text(encoding="utf-8"))) <= there


# Their own pages.
OTHER_PAGES = ("synth", "ocds")
