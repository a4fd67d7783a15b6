"""The examples in the docstrings and in the reference pages run."""

import doctest
import importlib
import os
import pkgutil
from pathlib import Path

import pytest

from lianheng.engine import composite

ROOT = Path(__file__).resolve().parents[5]
MODULES = [module.name for module in pkgutil.iter_modules(composite.__path__) if module.name != "tests"]
PAGES = sorted([*ROOT.glob("docs/reference/composite*.md"), *ROOT.glob("docs/explanation/composite*.md")])


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str) -> None:
    module = importlib.import_module(f"lianheng.engine.composite.{name}")
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_run(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert os.path.exists("examples/asem/index.toml")
    result = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert result.failed == 0
    assert result.attempted > 0
