"""What tests alone do with the trail: empty it (refused outside the test mode), sign it inside a transaction."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from django.test import TransactionTestCase

from lianheng.engine.merkle_log.checkpoint import Checkpoint, sign
from lianheng.web.shell.clock import now
from lianheng.web.trail import guards
from lianheng.web.trail.keys import key_path, signing_key
from lianheng.web.trail.models import TrailCheckpoint
from lianheng.web.trail.stored_tree import read_head

_TABLES = ("trail_trailpayload", "trail_trailnode", "trail_trailcheckpoint", "trail_trailhead", "trail_trailentry")


@contextmanager
def guards_lifted(using: str = "default") -> Iterator[None]:
    """Let statements inside change what the trail holds: for tests that play the attacker."""
    if settings.MODE != "test":
        raise RuntimeError("the trail can be changed in tests only")
    guards.remove(using)
    try:
        yield
    finally:
        guards.install(using)


def empty_trail(using: str = "default") -> None:
    """Empty the trail and put its triggers and its head row back."""
    with transaction.atomic(using=using), guards_lifted(using), connections[using].cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"DELETE FROM {table}")


@pytest.fixture(scope="session", autouse=True)
def flush_may_empty_the_trail() -> Iterator[None]:
    """Let Django's flush after `transaction=True` tests (DELETE, TRUNCATE) pass the triggers; import it in conftest."""
    patch = pytest.MonkeyPatch()
    flush: Callable[[TransactionTestCase], Any] = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def flush_without_guards(self: TransactionTestCase) -> None:
        aliases = [name for name in self._databases_names(include_mirrors=False) if guards.has_tables(name)]  # type: ignore[attr-defined]
        for using in aliases:
            guards.remove(using)
        try:
            flush(self)
        finally:
            for using in aliases:
                guards.install(using)

    patch.setattr(TransactionTestCase, "_fixture_teardown", flush_without_guards)
    yield
    patch.undo()


def sign_as_it_stands() -> None:
    """Keep a checkpoint of the log inside a test's open transaction, where the real act refuses to sign."""
    if not key_path().exists():
        call_command("keys_make", verbosity=0, stdout=io.StringIO())
    key, head = signing_key(), read_head()
    note = sign(Checkpoint(key.name, head.size, head.root()), key)
    TrailCheckpoint.objects.create(size=head.size, root=head.root(), note=note, created=now())
