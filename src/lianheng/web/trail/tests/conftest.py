import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction

from lianheng.web.trail.services import record
from lianheng.web.trail.testing import flush_may_empty_the_trail  # noqa: F401


@pytest.fixture
def office(db: None, settings: object, tmp_path: Path) -> Path:
    """A folder with fresh keys and no checkpoint yet."""
    settings.KEYS, settings.CHECKPOINT_FILE = tmp_path / "keys", tmp_path / "checkpoints.txt"  # type: ignore[attr-defined]
    call_command("keys_make", verbosity=0, stdout=io.StringIO())
    return tmp_path


@pytest.fixture
def write(db: None) -> Callable[..., None]:
    """Return a function that appends entries numbered in their details."""

    def append(count: int, **fields: object) -> None:
        with transaction.atomic():
            for number in range(count):
                record(actor=None, action="test.done", details={"number": number}, **fields)  # type: ignore[arg-type]

    return append
