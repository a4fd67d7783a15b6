"""The examples in the docstrings and in the explanation page run."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

MODULES = ("bundle", "checkpoint", "commitment", "keys", "note", "proof", "tree")


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    module = importlib.import_module(f"lianheng.engine.merkle_log.{name}")
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_the_explanation_page() -> None:
    page = Path(__file__).parents[5] / "docs" / "explanation" / "trail.md"
    result = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert result.attempted > 5
    assert result.failed == 0
