"""Everything in this folder is a slow proof: only bin/torture runs it."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/torture" in item.path.as_posix():
            item.add_marker(pytest.mark.torture)
