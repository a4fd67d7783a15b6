"""The small cast that every room's tests use, made by calling services."""

import datetime as dt
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import SECOND_FACTOR
from lianheng.web.accounts.sealing import factor_of, seal
from lianheng.web.accounts.services import create_account, grant_role
from lianheng.web.shell import prepared
from lianheng.web.trail.racing import on_a_file
from lianheng.web.trail.testing import flush_may_empty_the_trail  # noqa: F401
from lianheng.web.units.models import Division, Institution

PASSWORD = "qing-lian-2026"
# The second factor of the tests' administrators, as their phones know it.
FACTOR = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TODAY = dt.date(2026, 12, 3)


@pytest.fixture(autouse=True)
def fixed_day(settings: object) -> None:
    """Every test runs on the same day."""
    settings.FIXED_TODAY = TODAY.isoformat()  # type: ignore[attr-defined]
    cache.clear()


@pytest.fixture(autouse=True)
def prepared_queries_are_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every query that was written before is compared with one written now."""
    monkeypatch.setattr(prepared, "checked", True)


@pytest.fixture
def trail_key(settings: object, tmp_path: Path) -> Path:
    """Fresh keys and no checkpoint yet, in a folder of the test's own."""
    settings.KEYS, settings.CHECKPOINT_FILE = tmp_path / "keys", tmp_path / "checkpoints.txt"  # type: ignore[attr-defined]
    call_command("keys_make", verbosity=0, stdout=io.StringIO())
    return tmp_path


MakeUser = Callable[..., User]


def new_person(username: str, role: str | None = None, **where: object) -> User:
    """Make a person: new_person("name", role, division=..., institution=...)."""
    institution = where.pop("institution", None)
    user = create_account(
        actor=None,
        username=username,
        name=f"用户{username}",
        password=PASSWORD,
        institution_id=getattr(institution, "pk", None),
        must_change_password=False,
    )
    if role:
        narrowed = {"institution_id": institution.pk} if isinstance(institution, Institution) else {}
        grant_role(actor=None, user_id=user.pk, role=role, valid_from=dt.date(2025, 1, 1), **(narrowed | where))  # type: ignore[arg-type]
    if role in SECOND_FACTOR:
        # As if the second factor had been set up: until then such a person can open nothing else.
        User.objects.filter(pk=user.pk).update(totp_secret=seal(FACTOR, factor_of(user.pk)))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def make_user(db: None) -> MakeUser:
    """Return a maker of people: make_user("name", role, division=..., institution=...)."""
    return new_person


def plant_small_tree() -> dict[str, Division]:
    """A corner of the real tree: 湖南省, 衡阳市, two counties, two towns, two villages."""
    rows = [
        ("43", "湖南省", 1, ""),
        ("4304", "衡阳市", 2, "43"),
        ("430421", "衡阳县", 3, "4304"),
        ("430424", "衡东县", 3, "4304"),
        ("430421100", "西渡镇", 4, "430421"),
        ("430424100", "洣水镇", 4, "430424"),
        ("430421100001", "演示甲村委会", 5, "430421100"),
        ("430424100001", "演示乙村委会", 5, "430424100"),
    ]
    columns = {2: "province", 4: "city", 6: "county", 9: "town", 12: "village"}
    for code, name, level, parent in rows:
        ancestors = {columns[n]: code[:n] for n in columns if n <= len(code)}
        Division.objects.create(code=code, name=name, level=level, parent_id=parent or None, **ancestors)
    return {division.code: division for division in Division.objects.all()}


@pytest.fixture
def small_tree(db: None) -> dict[str, Division]:
    """Return the places of `plant_small_tree`."""
    return plant_small_tree()


@contextmanager
def built_once(request: pytest.FixtureRequest, blocker: Any, build: Callable[[], object]) -> Iterator[bool]:
    """Build what every test of a module begins with, in a transaction that each of them leaves as it was.

    Says whether it is there. A module where a test begins with nothing, or works in threads and thus ends transactions,
    builds for each test by itself.
    """
    tests = (item for item in request.session.items if item.path == request.path)
    here = [test.fixturenames for test in tests if isinstance(test, pytest.Function)]
    if any(request.fixturename not in names or "transactional_db" in names for names in here):
        yield False
        return
    with blocker.unblock(), transaction.atomic():
        with override_settings(FIXED_TODAY=TODAY.isoformat()):
            build()
        yield True
        transaction.set_rollback(True)


@pytest.fixture
def log_in() -> Iterator[Callable[[User], Client]]:
    """Return a function that gives a logged-in browser for a person."""

    def enter(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    yield enter


@pytest.fixture
def racing(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """A database on which threads work side by side (`trail.racing.at_once`); name it before every other fixture."""
    with on_a_file(tmp_path):
        yield
