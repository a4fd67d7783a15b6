from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import transaction

from lianheng.web.trail.services import record
from lianheng.web.trail.testing import flush_may_empty_the_trail  # noqa: F401


@pytest.fixture
def office(db: None, trail_key: Path) -> Path:
    """A folder with fresh keys and no checkpoint yet."""
    return trail_key


@pytest.fixture
def write(db: None) -> Callable[..., None]:
    """Return a function that appends entries numbered in their details."""

    def append(count: int, **fields: object) -> None:
        with transaction.atomic():
            for number in range(count):
                record(actor=None, action="test.done", details={"number": number}, **fields)  # type: ignore[arg-type]

    return append
