"""The documents about scoring say what the code does."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

import lianheng
from lianheng.engine.scoring.rules import CODES
from lianheng.engine.scoring.scheme import _OPTIONAL, _REQUIRED

DOCS = Path(lianheng.__file__).parents[2] / "docs"


def test_the_worked_example_runs() -> None:
    results = doctest.testfile(str(DOCS / "explanation/scoring.md"), module_relative=False, encoding="utf-8")
    assert (results.failed, results.attempted > 8) == (0, True)


@pytest.mark.parametrize("code", CODES)
def test_every_rule_code_has_its_row(code: str) -> None:
    assert f"\n| `{code}` |" in (DOCS / "reference/scoring-rules.md").read_text("utf-8")


@pytest.mark.parametrize("key", [*_REQUIRED, *_OPTIONAL])
def test_every_key_of_a_scheme_is_described(key: str) -> None:
    assert f"`{key}`" in (DOCS / "reference/scoring-rules.md").read_text("utf-8")
