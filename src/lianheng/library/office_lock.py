"""One at a time in an office's folder; the kernel lets go when the process that holds a lock dies."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lianheng.engine.redflags.problems import RunError


@contextmanager
def hold_loading(folder: Path) -> Iterator[None]:
    """Hold the registers of an office for a load, check, undo or purge; a second one is refused at once."""
    with _opened(folder / "state" / "loading.lock") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(
                f"another load is running in {folder} (load, check, undo and purge go one at a time): "
                "wait until it is done, then try again"
            ) from None
        yield


@contextmanager
def hold_numbering(folder: Path) -> Iterator[None]:
    """Hold the history and the numbers of runs of an office; a second run waits, since it is a matter of seconds."""
    with _opened(folder / "state" / "runs.lock") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def work_folders(folder: Path, runs: Path) -> Iterator[tuple[Path, Path]]:
    """A run's own work folder among the runs and its own spill folder; both go, and those of runs that died."""
    spills = folder / "state" / "spill"
    spills.mkdir(parents=True, exist_ok=True)
    with hold_numbering(folder):
        for dead in runs.glob(".run-*.part"):
            if _nobody_holds(dead):
                _remove(dead, spills / dead.name)
        work = Path(tempfile.mkdtemp(prefix=".run-", suffix=".part", dir=runs))
        work.chmod(runs.stat().st_mode & 0o777)  # as a run's folder has always been; people-runs stay closed
        lock = (spills / f"{work.name}.lock").open("a")
        fcntl.flock(lock, fcntl.LOCK_EX)
    spill = spills / work.name
    spill.mkdir()
    try:
        yield work, spill
    finally:
        lock.close()
        _remove(work, spill)


def _nobody_holds(work: Path) -> bool:
    path = work.parent.parent / "state" / "spill" / f"{work.name}.lock"
    with _opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _remove(work: Path, spill: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)
    shutil.rmtree(spill, ignore_errors=True)
    spill.with_name(f"{spill.name}.lock").unlink(missing_ok=True)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        yield file.fileno()
