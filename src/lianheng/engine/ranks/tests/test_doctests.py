"""The examples in the docstrings and on the pages run."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[5] / "docs"


@pytest.mark.parametrize("name", ["confidence_sets", "probabilities", "rank_sets"])
def test_docstrings(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"lianheng.engine.ranks.{name}"))
    assert (result.failed, result.attempted > 0) == (0, True)


@pytest.mark.parametrize("page", ["reference/ranks.md", "explanation/ranks.md"])
def test_pages(page: str) -> None:
    result = doctest.testfile(str(DOCS / page), module_relative=False, encoding="utf-8")
    assert (result.failed, result.attempted > 3) == (0, True)
