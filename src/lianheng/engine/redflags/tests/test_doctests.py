"""The examples in the docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

from lianheng.engine import redflags
from lianheng.engine.redflags import loading

PACKAGES = (redflags, loading)  # the engines below have such a test of their own
MODULES = [
    info.name
    for package in PACKAGES
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    if not info.ispkg
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
