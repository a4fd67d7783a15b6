"""The examples in the docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

import lianheng.engine.redflags.series as package

MODULES = [info.name for info in pkgutil.iter_modules(package.__path__, package.__name__ + ".") if not info.ispkg]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
