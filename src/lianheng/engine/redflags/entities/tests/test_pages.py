"""The examples of the pages and docstrings on matching, relations and screens run."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import lianheng.engine.redflags as package

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


@pytest.mark.parametrize("page", ["entity-matching.md", "bid-screens.md"])
def test_pages(page: str) -> None:
    result = doctest.testfile(str(PAGES / page), module_relative=False, encoding="utf-8")
    assert result.attempted > 0 and result.failed == 0
