"""An office that sends only the rows that were wrong: they take the place of those, and nothing else moves."""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from lianheng.engine.redflags.store import Store
from lianheng.engine.redflags.tests.office import Type, write_csv
from lianheng.engine.redflags.tests.test_sheets_and_replacing import HEAD, REGISTER, rows_of

DAY = "--today 2025-01-10"


@pytest.fixture
def declared(office: Path) -> Path:
    (office / "registers").mkdir()
    (office / "registers/plot.yaml").write_text(REGISTER, encoding="utf-8")
    return office


@pytest.fixture
def loaded(declared: Path, lianheng: Type, tmp_path: Path) -> Type:
    """Village 甲 in two years, village 乙 in one; H3 of 甲 has 4 mu in 2023 and in 2024."""
    both = [HEAD, *rows_of("甲", 2023), *rows_of("甲", 2024)]
    for name, rows in (("a.csv", both), ("b.csv", [HEAD, *rows_of("乙", 2024)])):
        assert lianheng(f"registers load plot {DAY}", write_csv(tmp_path / name, rows)).code == 0
    return lianheng


def areas(office: Path) -> dict[tuple[str, str, int], Decimal]:
    files = [str(path) for path in Store(office / "data").files("plot")]
    rows = duckdb.read_parquet(files, hive_partitioning=False).fetchall()
    assert len({row[:3] for row in rows}) == len(rows)
    return {row[:3]: row[3] for row in rows}


def test_corrected_rows_take_the_place_of_the_old(declared: Path, loaded: Type, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "c.csv", [HEAD, ["甲", "H3", 2023, 40], ["乙", "H3", 2024, 41], ["丙", "H1", 2024, 1]])
    checked = loaded(f"registers check plot --correct {DAY}", path)
    assert checked.code == 0 and "1 rows would take the place of rows of plot_20250110_001" in checked.out
    assert areas(declared)["甲", "H3", 2023] == 4
    before = {path.name: path.read_bytes() for path in (declared / "data/plot/_year=2024").iterdir()}
    said = loaded(f"registers load plot --correct {DAY}", path)
    assert said.code == 0 and "3 rows loaded as batch plot_20250110_003, 0 refused" in said.out
    rest = "1 rows take the place of rows of plot_20250110_001; the other rows of that batch are plot_20250110_004 now"
    assert rest in said.out
    found = areas(declared)
    assert len(found) == 31
    assert (found["甲", "H3", 2023], found["乙", "H3", 2024], found["丙", "H1", 2024]) == (40, 41, 1)
    assert (found["甲", "H3", 2024], found["甲", "H4", 2023]) == (4, 5)
    # The year that no correction touches keeps its file; the sources stay known.
    assert (declared / "data/plot/_year=2024/plot_20250110_001.parquet").read_bytes() == before[
        "plot_20250110_001.parquet"
    ]
    assert [batch.source for batch in Store(declared / "data").batches("plot")] == ["c.csv", "a.csv", "b.csv"]
    again = loaded(f"registers load plot {DAY}", tmp_path / "a.csv")
    assert again.code == 2 and "is loaded already: batch plot_20250110_004" in again.err
    assert loaded(f"registers load plot --correct --replace {DAY}", path).code == 2


def test_a_batch_all_of_whose_rows_come_again_goes(declared: Path, loaded: Type, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "c.csv", [HEAD, *rows_of("乙", 2024, area=7)])
    (said,) = loaded(f"registers load plot --correct --json {DAY}", path).json
    assert said["superseded"] == [["plot_20250110_002", 10, ""]] and said["replaced"] == ["plot_20250110_002"]
    assert len(areas(declared)) == 30 and areas(declared)["乙", "H0", 2024] == 7
    second = write_csv(tmp_path / "d.csv", [HEAD, ["乙", "H0", 2024, 8]])
    (said,) = loaded(f"registers load plot --correct --json {DAY}", second).json
    assert areas(declared)["乙", "H0", 2024] == 8 and areas(declared)["乙", "H1", 2024] == 8
    undone = loaded(f"registers undo {said['batch']}")
    assert f"to have them, take out {said['superseded'][0][2]} too and load c.csv again" in undone.out
    assert len(areas(declared)) == 29


def test_the_file_of_refused_rows_is_mended_and_loaded(declared: Path, loaded: Type, tmp_path: Path) -> None:
    """Its own columns are none of the register's."""
    path = write_csv(tmp_path / "c.csv", [HEAD, *rows_of("丙", 2024, 20), ["丙", "H20", 2024, "三亩"]])
    (said,) = loaded(f"registers load plot --json {DAY}", path).json
    mended = tmp_path / "mended.csv"
    mended.write_text(Path(said["quarantine"]).read_text(encoding="utf-8").replace(",三亩,", ",3,"), encoding="utf-8")
    again = loaded(f"registers load plot {DAY}", mended)
    assert again.code == 0 and "1 rows loaded" in again.out
    assert "not declared, so not loaded: 行号, 列, 退回原因, 原因代码, reason" in again.out
    assert areas(declared)["丙", "H20", 2024] == 3


@pytest.mark.parametrize("moment", ["commit", "drop"])
def test_a_correction_that_is_killed_is_whole_or_not_at_all(
    declared: Path, loaded: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Before its own batch counts nothing has changed; after it, nothing is counted twice."""
    path = write_csv(tmp_path / "c.csv", [HEAD, ["甲", "H3", 2023, 40], ["乙", "H3", 2024, 41]])
    kept, calls = getattr(Store, moment), []

    def killed(store: Store, *more: object, **named: object) -> None:
        calls.append(more)
        if len(calls) == (3 if moment == "commit" else 1):
            raise _Killed
        kept(store, *more, **named)

    with monkeypatch.context() as patched, pytest.raises(_Killed):
        patched.setattr(Store, moment, killed)
        loaded(f"registers load plot --correct {DAY}", path)
    expected = 4 if moment == "commit" else 40
    assert len(areas(declared)) == 30 and areas(declared)["甲", "H3", 2023] == expected
    other = write_csv(tmp_path / "e.csv", [HEAD, *rows_of("丁", 2024)])
    assert loaded(f"registers load plot {DAY}", other).code == 0
    assert len(areas(declared)) == 40 and areas(declared)["甲", "H3", 2023] == expected
    named = {piece.file for batch in Store(declared / "data").batches() for piece in batch.pieces}
    there = {str(path.relative_to(declared / "data")) for path in (declared / "data").rglob("*.parquet")}
    assert named == there


class _Killed(BaseException):
    """What no handler catches."""
