"""A load that is killed leaves nothing that others can read, and nothing at all after the next."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lianheng.engine.redflags.store import Store
from lianheng.engine.redflags.tests.office import Type, write_csv
from lianheng.engine.redflags.tests.test_sheets_and_replacing import DAY, HEAD, REGISTER, rows_of

BAD = ["乙", "", "", "210"]


@pytest.fixture
def declared(office: Path) -> Path:
    (office / "registers").mkdir()
    (office / "registers/plot.yaml").write_text(REGISTER, encoding="utf-8")
    return office


def loading(office: Path, source: Path) -> subprocess.Popen[bytes]:
    """A load in a process of its own, under the usual umask of a person's account."""
    words = [sys.executable, "-m", "lianheng.cli.main", "registers", "load", "plot", str(source), *DAY.split()]
    return subprocess.Popen([*words, "--office", str(office)], umask=0o022, stdout=subprocess.DEVNULL)


def test_what_a_killed_load_leaves_is_closed_and_goes(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    large = write_csv(tmp_path / "large.csv", [HEAD, BAD, *rows_of("甲", 2024, 200_000)])
    process = loading(declared, large)
    scratch = declared / "state/scratch"
    try:
        while process.poll() is None and not list(scratch.glob("*.csv")):
            time.sleep(0.005)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    left = [*scratch.iterdir(), *(declared / "quarantine").iterdir()]
    assert len(left) == 2 and {stat.S_IMODE(path.stat().st_mode) for path in left} == {0o600}
    assert {stat.S_IMODE(path.parent.stat().st_mode) for path in left} == {0o700}
    assert Store(declared / "data").batches() == []
    small = write_csv(tmp_path / "small.csv", [HEAD, *rows_of("甲", 2024)])
    assert lianheng(f"registers load plot {DAY}", small).code == 0
    assert [*scratch.iterdir(), *(declared / "quarantine").iterdir()] == []


def test_pieces_that_no_batch_names_and_batches_that_were_replaced_go(
    declared: Path, lianheng: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write_csv(tmp_path / "a.csv", [HEAD, *rows_of("甲", 2023), *rows_of("甲", 2024)])
    assert lianheng(f"registers load plot {DAY}", first).code == 0
    newer = write_csv(tmp_path / "b.csv", [HEAD, *rows_of("甲", 2023, area=2), *rows_of("甲", 2024, area=2)])
    with monkeypatch.context() as patched:
        patched.setattr(Store, "undo", _killed)
        with pytest.raises(_Killed):
            lianheng(f"registers load plot {DAY} --replace", newer)
    other = declared / "data/plot/_year=2022/plot_20250109_004.parquet"
    own = declared / "data/plot/_year=2022/notes.parquet"
    other.parent.mkdir()
    for path in (other, own, declared / "data/_batches/plot_20250109_004.part"):
        path.write_bytes(b"half")
    assert lianheng(f"registers load plot {DAY}", write_csv(tmp_path / "c.csv", [HEAD, *rows_of("乙", 2024)])).code == 0
    kept = sorted(str(path.relative_to(declared / "data/plot")) for path in (declared / "data").rglob("*.parquet"))
    assert kept == [
        "_year=2022/notes.parquet", "_year=2023/plot_20250110_002.parquet", "_year=2024/plot_20250110_002.parquet",
        "_year=2024/plot_20250110_003.parquet",
    ]  # fmt: skip
    assert not os.path.exists(declared / "data/_batches/plot_20250109_004.part")
    assert Store(declared / "data").rows("plot") == 30


class _Killed(BaseException):
    """What no handler catches."""


def _killed(*_: object) -> None:
    raise _Killed
