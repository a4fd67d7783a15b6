"""The reference page shows the shipped processes as their files are, and every command and option."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lianheng.cli.main import build_parser
from lianheng.engine.redflags.trace.report import process_page
from lianheng.library.models import REGISTERS, load_registers
from lianheng.library.processes import load_processes

DOCS = Path(__file__).resolve().parents[6] / "docs/reference"


def options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        yield from (option for option in action.option_strings if option.startswith("--") and option != "--help")
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                yield from options(child)


def test_the_processes_on_the_page_are_those_of_the_files() -> None:
    page = (DOCS / "trace.md").read_text(encoding="utf-8")
    for process in load_processes(load_registers(REGISTERS)).values():
        assert process_page(process) in page, f"{process.id}: write process_page(…) into docs/reference/trace.md"


@pytest.mark.parametrize("room", ["trace", "series"])
def test_every_option_is_on_the_page_and_no_other(room: str) -> None:
    page = (DOCS / f"{room}.md").read_text(encoding="utf-8")
    rooms = next(a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction)).choices
    assert set(options(rooms[room])) == set(re.findall(r"--[a-z][a-z-]+", page))
