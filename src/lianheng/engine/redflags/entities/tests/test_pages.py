"""Pages and docstrings on matching, relations and screens: their examples run, and the reference is whole."""

import argparse
import doctest
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import lianheng.engine.redflags as package
from lianheng.cli.main import build_parser

PAGES = Path(__file__).resolve().parents[6] / "docs/explanation"
MODULES = [
    info.name
    for part in ("entities", "relations", "screens")
    for info in pkgutil.iter_modules([f"{package.__path__[0]}/{part}"], f"{package.__name__}.{part}.")
    if not info.ispkg
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("page", ["entity-matching.md", "relations.md", "bid-screens.md"])
def test_pages(page: str) -> None:
    result = doctest.testfile(str(PAGES / page), module_relative=False, encoding="utf-8")
    assert result.attempted > 0 and result.failed == 0


def acts(room: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in build_parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices[room]._actions:
                if isinstance(inner, argparse._SubParsersAction):
                    yield from inner.choices.items()


def test_the_reference_names_every_command_and_option() -> None:
    page = (PAGES.parent / "reference/entities-and-relations.md").read_text(encoding="utf-8")
    there = set()
    for room in ("entities", "relations"):
        for act, parser in acts(room):
            assert re.search(rf"\b{room} (\w+\|)*{act}\b", page), (room, act)
            there |= {o for action in parser._actions for o in action.option_strings if o.startswith("--")}
    assert set(re.findall(r"--[a-z][a-z-]+", page)) == there - {"--help"}
