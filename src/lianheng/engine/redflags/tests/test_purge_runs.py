"""Run folders that nobody needs go for good, on record; those that a candidate leans on stay."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from lianheng.engine.redflags.run_retention import LOG
from lianheng.engine.redflags.tests.office import Type

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD = "2024-01-10", "2024-02-20", "2024-03-01"
LATER = "2024-09-01"


@pytest.fixture
def ran(load_villages: Callable[[str], Type], office: Path) -> Type:
    """A run with ten candidates, and two in which a milder threshold finds none."""
    lianheng = load_villages(FIRST)
    lianheng(f"models run --today {FIRST}")
    lianheng(f"models backtest M05 --today {FIRST} --set g0=0.6 --release --reason 试 --by 乙")
    for day in (SECOND, THIRD):
        lianheng(f"models run --today {day}")
    return lianheng


def candidates(office: Path) -> list[str]:
    path = office / "runs" / f"{FIRST}-1" / "candidates.parquet"
    found = duckdb.sql(f"SELECT candidate FROM read_parquet('{path}') WHERE result = 'flag' ORDER BY candidate")
    return [row[0] for row in found.fetchall()]


def told(lianheng: Type, day: str, *more: object) -> dict[str, list[str]]:
    rows = lianheng(f"models purge --json --today {day}", *more).json
    return {row["run"]: row["needed_for"] for row in rows}


def test_what_is_not_judged_or_confirmed_or_young_stays(ran: Type, office: Path) -> None:
    newest = ["the newest run"]
    assert told(ran, LATER) == {
        f"runs/{THIRD}-1": newest, f"runs/{SECOND}-1": [], f"runs/{FIRST}-1": ["10 not judged"],
    }  # fmt: skip
    assert told(ran, "2024-03-02")[f"runs/{SECOND}-1"] == ["not 90 days old"]
    one, *others = candidates(office)
    ran(f"models verdict {one} as_indicated --by 甲 --today 2024-03-02")
    for other in others:
        ran(f"models verdict {other} no_violation --by 甲 --today 2024-07-01")
    assert told(ran, LATER)[f"runs/{FIRST}-1"] == ["1 confirmed", "9 rejected lately"]
    assert told(ran, "2024-12-01")[f"runs/{FIRST}-1"] == ["1 confirmed"]
    ran(f"models verdict {one} other --by 甲 --note 数据错误 --today 2024-03-03")
    assert told(ran, "2024-12-01")[f"runs/{FIRST}-1"] == []
    assert len(list((office / "runs").iterdir())) == 3


def test_with_yes_they_go_and_are_on_record(ran: Type, office: Path) -> None:
    assert "give --by" in ran(f"models purge --yes --today {LATER}").err
    assert "still to come" in ran("models purge --yes --by 丁 --today 2999-01-01").err
    assert len(list((office / "runs").iterdir())) == 3
    shutil.copytree(office / "runs", office / "people-runs")
    said = ran(f"models purge --yes --by 丁 --today {LATER}")
    assert {path.name for path in (office / "people-runs").iterdir()} == {f"{FIRST}-1", f"{THIRD}-1", LOG}
    assert (office / "people-runs" / LOG).stat().st_mode & 0o077 == 0
    assert said.code == 0 and f"runs/{SECOND}-1  0 candidates  removed" in said.out
    assert {path.name for path in (office / "runs").iterdir()} == {f"{FIRST}-1", f"{THIRD}-1", LOG}
    line = json.loads((office / "runs" / LOG).read_text(encoding="utf-8"))
    assert (line["run"], line["by"], line["candidates"]) == (f"{SECOND}-1", "丁", 0)
    assert "no run may go" in ran(f"models purge --yes --by 丁 --today {LATER}").out
    assert ran(f"models explain {candidates(office)[0]}").code == 0
    assert ran(f"models run --incremental --today {LATER}").code == 0


def test_a_run_that_cannot_be_read_stays(ran: Type, office: Path) -> None:
    (office / "runs" / f"{SECOND}-1" / "candidates.parquet").write_bytes(b"broken")
    assert told(ran, LATER)[f"runs/{SECOND}-1"][0].startswith("cannot be read")
