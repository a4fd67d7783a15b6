"""A pytest plugin that runs tests in forks of one prepared process, each fork with one guard less.

Set-up (Django, collecting, the empty database, the whole city) is done once; a fork inherits all of it.
"""

import os
import pickle
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from _pytest.runner import runtestprotocol

import unguarding
from guards import Guard
from lianheng.engine.letters import pdf

CITY, ACCESS = "tests/architecture/whole_city/", "tests/architecture/test_access.py"
WORKERS = 2
# No fork hangs for ever when a guard less makes a test wait.
LONGEST = 300


@dataclass
class Run:
    """What is to be found out, and what was found."""

    guards: list[Guard]
    program: unguarding.Program
    known: dict[str, str]  # guard → test that noticed its loss last time
    known_only: bool = False
    tell: Callable[[str], None] = print
    noticed: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    @property
    def survivors(self) -> list[Guard]:
        return [guard for guard in self.guards if guard.key not in self.noticed]


class Plugin:
    """Takes the place of pytest's own loop over the tests."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            self.run.broken.append("tests that cannot be collected")
            return True
        items = {item.nodeid: item for item in session.items}
        run = self.run
        run.program.load(run.guards)
        city = [item for item in session.items if item.nodeid.startswith(CITY)]
        if run.known_only:
            # A test that was renamed since is no test that fails: the next full run finds another one.
            run.guards = [guard for guard in run.guards if run.known[guard.key] in items]
            self._take_away({guard.key: [items[run.known[guard.key]]] for guard in run.guards}, city)
            return True
        # The proofs of the whole city notice most; the rooms' own tests run for what they leave alone.
        access = [item for item in session.items if item.nodeid.startswith(ACCESS)]
        _prepare(access)
        self._take_away(self._map([*_halves(city), *([access] if access else [])]), city)
        rooms = {_room_of(guard) for guard in run.survivors}
        own = [item for item in session.items if item.nodeid.split("/")[3:4] and item.nodeid.split("/")[3] in rooms]
        if own:
            self._take_away(self._map(_by_file(own, 12)), city)
        return True

    def _map(self, chunks: list[list[Any]]) -> dict[str, list[Any]]:
        """Run tests once, and return for each guard those that reach it, quick ones first."""
        seen: dict[str, list[tuple[float, str]]] = {}
        for _, answer in _in_forks(chunks, self._watched):
            hits, failed = answer or ({}, ["a fork with tests that ended by itself"])
            self.run.broken += failed
            for key, found in hits.items():
                seen.setdefault(key, []).extend(found)
        items = {item.nodeid: item for chunk in chunks for item in chunk}
        whole = {key: sorted(each for each in found if each[1] not in self.run.broken) for key, found in seen.items()}
        return {key: [items[name] for _, name in found] for key, found in whole.items()}

    def _watched(self, items: list[Any]) -> tuple[dict[str, list[tuple[float, str]]], list[str]]:
        self.run.program.watch(self.run.guards)
        hits: dict[str, list[tuple[float, str]]] = {}
        failed = []
        for item, following in zip(items, [*items[1:], None], strict=True):
            unguarding.SEEN.clear()
            started = time.monotonic()
            if not _passes(item, following):
                failed.append(item.nodeid)
            for key in unguarding.SEEN:
                hits.setdefault(key, []).append((time.monotonic() - started, item.nodeid))
        return hits, failed

    def _take_away(self, reaching: dict[str, list[Any]], city: list[Any]) -> None:
        """Try tests of single rooms first, then, with the city standing, those of the whole."""
        whole = {key: [item for item in found if item.nodeid.startswith(CITY)] for key, found in reaching.items()}
        plain = {key: [item for item in found if not item.nodeid.startswith(CITY)] for key, found in reaching.items()}
        _prepare([item for found in plain.values() for item in found])
        self._round(plain)
        if any(whole.get(guard.key) for guard in self.run.survivors):
            with _standing(city):
                self._round(whole)

    def _round(self, tests: dict[str, list[Any]]) -> None:
        work = [(guard, tests[guard.key]) for guard in self.run.survivors if tests.get(guard.key)]
        for (guard, _), name in _in_forks(work, self._missed_by):
            if name is None:
                self.run.broken.append(f"the tests of {guard.key}, which never ended without it")
            elif name:
                self.run.noticed[guard.key] = name
        self.run.tell(f"{len(self.run.noticed)} of {len(self.run.guards)} lost guards were noticed so far")

    def _missed_by(self, work: tuple[Guard, list[Any]]) -> str:
        """Return which test notices that a guard is gone, or nothing."""
        guard, items = work
        last = items[-1]
        self.run.program.take_away(guard)
        for item in items:
            # The same item follows, so that what stands for a package stays up.
            if not _passes(item, last):
                return str(item.nodeid)
        return ""


def _passes(item: Any, following: Any) -> bool:
    # What stands from another test and isn't shared with this one goes first.
    item.session._setupstate.teardown_exact(item)
    reports = runtestprotocol(item, log=False, nextitem=following)
    return not any(report.failed for report in reports)


def _prepare(items: list[Any]) -> None:
    """Run one test that needs the database, so that it is made before anybody forks."""
    for item in items:
        if item.get_closest_marker("django_db") and "transactional_db" not in item.fixturenames:
            _passes(item, item)
            item.session._setupstate.teardown_exact(item.session)
            return


@contextmanager
def _standing(city: list[Any]) -> Iterator[None]:
    """Keep the whole city up."""
    first, second = city[0], city[1]
    # Drawing a PDF starts threads, which no fork inherits: here a stub draws, in the forks the real one.
    with mock.patch.object(pdf, "_compiler", lambda: SimpleNamespace(compile=lambda **_: b"%PDF-1.4\n%%EOF\n")):
        _passes(first, second)
    yield
    first.session._setupstate.teardown_exact(None)


def _halves(items: list[Any]) -> list[list[Any]]:
    return [half for half in (items[: len(items) // 2], items[len(items) // 2 :]) if half]


def _room_of(guard: Guard) -> str:
    return guard.key.split("/", 1)[0]


def _by_file(items: Sequence[Any], chunks: int) -> list[list[Any]]:
    """Deal whole files out, so that what a file sets up is set up once."""
    files: dict[str, list[Any]] = {}
    for item in items:
        files.setdefault(str(item.path), []).append(item)
    dealt: list[list[Any]] = [[] for _ in range(chunks)]
    for number, held in enumerate(files.values()):
        dealt[number % chunks] += held
    return [chunk for chunk in dealt if chunk]


def _in_forks(work: Sequence[Any], act: Callable[[Any], Any]) -> Iterator[Any]:
    """Do each piece of work in a process of its own, two at a time; yield it with its answer, None if it died."""
    waiting: list[Any] = list(work)
    running: dict[int, tuple[Any, Any]] = {}
    while waiting or running:
        while waiting and len(running) < WORKERS:
            piece = waiting.pop(0)
            pid, answer = _fork(piece, act)
            running[pid] = piece, answer
        pid, status = os.wait()
        piece, answer = running.pop(pid)
        with answer:
            answer.seek(0)
            yield piece, None if status else pickle.load(answer)


def _fork(piece: Any, act: Callable[[Any], Any]) -> tuple[int, Any]:
    answer = tempfile.TemporaryFile()  # noqa: SIM115 (the parent closes it)
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid, answer
    status = 1
    try:
        signal.alarm(LONGEST)
        pickle.dump(act(piece), answer)
        answer.flush()
        status = 0
    except BaseException as error:
        print(f"mutate-guards: {error!r}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)
