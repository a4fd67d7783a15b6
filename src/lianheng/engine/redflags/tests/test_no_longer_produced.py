"""A candidate that was open or confirmed does not vanish without a word: silence is not clean."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from lianheng.engine.redflags.history import TOLD_DAYS
from lianheng.engine.redflags.tests.office import Type

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD = "2024-01-10", "2024-01-11", "2024-01-12"


@pytest.fixture
def loaded(load_villages: Callable[[str], Type]) -> Type:
    return load_villages(FIRST)


def night(loaded: Type, day: str, *more: str) -> Any:
    said = loaded("models run --json", "--today", day, *more)
    return said.json


def test_what_is_gone_is_told_everywhere_with_its_batch(loaded: Type, office: Path) -> None:
    numbers = ids(night(loaded, FIRST))
    for candidate, verdict in ((numbers[0], "as_indicated"), (numbers[1], "no_violation")):
        assert loaded("models verdict", candidate, verdict, "--by", "甲", "--today", SECOND).code == 0
    batch = only_batch(office, "lease")
    assert loaded("registers undo", batch).code == 0
    assert loaded("registers undo", only_batch(office, "crop_survey")).code == 0

    said = loaded("models run", "--today", SECOND)
    assert "9 no_longer_produced" in said.out and "不再产生（其中已核实1条）" in said.out
    found = night(loaded, SECOND)
    gone = found["no_longer_produced"]
    # The rejected one is nobody's question any more; the confirmed one stands first.
    assert {row["candidate"] for row in gone} == set(numbers) - {numbers[1]}
    assert [row["was"] for row in gone] == ["confirmed", *["open"] * 8]
    assert all("crop_survey" in row["reason"] for row in gone)
    assert found["states"]["M05"]["no_longer_produced"] == 9
    folder = Path(found["folder"])
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "不再产生" in page and "这不等于问题已经解决" in page and gone[0]["explanation"] in page
    sheet = openpyxl.load_workbook(folder / "results.xlsx")["不再产生"]
    assert sheet.max_row == 10 and sheet.cell(2, 1).value == gone[0]["explanation"]


def ids(manifest: Any) -> list[str]:
    import duckdb

    path = Path(manifest["folder"]) / "candidates.parquet"
    rows = duckdb.sql(f"SELECT candidate FROM read_parquet('{path}') WHERE result = 'flag' ORDER BY unit").fetchall()
    return [row[0] for row in rows]


def only_batch(office: Path, register: str) -> str:
    (path,) = (office / "data" / "_batches").glob(f"{register}_*.json")
    return path.stem


def test_a_changed_threshold_is_the_reason_and_a_confirmed_one_is_told_for_a_time(loaded: Type, office: Path) -> None:
    import datetime as dt

    numbers = ids(night(loaded, FIRST))
    assert loaded("models verdict", numbers[0], "as_indicated", "--by", "甲", "--today", FIRST).code == 0
    (office / "settings.yaml").write_text(
        'parameters:\n  - {"model": "M05", "parameter": "g0", "value": "0.6", "was": "0.2000", "from": "2024-01-11", '
        '"reason": "试", "set_by": "乙", "set_on": "2024-01-11"}\n',
        encoding="utf-8",
    )
    gone = night(loaded, SECOND)["no_longer_produced"]
    assert len(gone) == 10 and {row["reason"] for row in gone} == {"模型版本或参数已改变"}
    # Told again each night, not only once.
    assert len(night(loaded, THIRD)["no_longer_produced"]) == 10
    late = dt.date.fromisoformat(FIRST) + dt.timedelta(days=TOLD_DAYS + 1)
    assert {row["was"] for row in night(loaded, str(late))["no_longer_produced"]} == {"open"}
    (office / "settings.yaml").unlink()
    assert night(loaded, str(late))["no_longer_produced"] == []


def test_what_is_judged_or_suppressed_afterwards_is_told_no_more(loaded: Type, office: Path) -> None:
    numbers = ids(night(loaded, FIRST))
    loaded("registers undo", only_batch(office, "subsidy"))
    gone = night(loaded, SECOND)["no_longer_produced"]
    assert len(gone) == 10 and all("subsidy_" in row["reason"] and "模型没有运行" in row["reason"] for row in gone)
    assert loaded("models verdict", numbers[0], "other", "--by", "甲", "--today", SECOND).code == 0
    left = night(loaded, SECOND)["no_longer_produced"]
    assert {row["candidate"] for row in left} == set(numbers[1:])
