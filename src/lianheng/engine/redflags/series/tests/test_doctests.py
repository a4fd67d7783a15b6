"""The examples in docstrings and on the pages run."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import lianheng.engine.redflags.series as package

MODULES = [info.name for info in pkgutil.iter_modules(package.__path__, package.__name__ + ".") if not info.ispkg]
DOCS = Path(__file__).resolve().parents[6] / "docs"


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("page", ["reference/series.md", "explanation/monthly-series.md"])
def test_examples_on_pages(page: str) -> None:
    result = doctest.testfile(str(DOCS / page), module_relative=False, encoding="utf-8")
    assert result.failed == 0 and result.attempted > 0
