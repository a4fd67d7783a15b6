"""The examples in the docstrings and on the pages run."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

MODULES = (
    "arrays", "calibration", "design", "estimates", "frames", "intervals", "linear", "quantiles", "replicates",
    "response_quality", "screening", "sample_size", "small_area",
)  # fmt: skip
PAGES = (
    "reference/estimation.md", "explanation/survey-figures.md", "explanation/survey-weights.md",
    "explanation/survey-replicates.md", "explanation/survey-frames-and-waves.md", "explanation/small-areas.md",
    "explanation/sample-size.md", "explanation/response-quality.md",
)  # fmt: skip
DOCS = Path(__file__).parents[5] / "docs"


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"lianheng.engine.estimation.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("page", PAGES)
def test_pages(page: str) -> None:
    result = doctest.testfile(str(DOCS / page), module_relative=False, encoding="utf-8")
    assert result.attempted > 1
    assert result.failed == 0
