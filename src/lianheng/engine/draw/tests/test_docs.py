"""The examples in the docstrings and on the pages run."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

MODULES = ("bundle", "commit_reveal", "hashing", "plan", "selection", "sm3", "tickets", "verification", "walk")
DOCS = Path(__file__).parents[5] / "docs"


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"lianheng.engine.draw.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("page", ["reference/draw.md", "explanation/draws.md"])
def test_pages(page: str) -> None:
    result = doctest.testfile(str(DOCS / page), module_relative=False, encoding="utf-8")
    assert result.attempted > 3
    assert result.failed == 0
