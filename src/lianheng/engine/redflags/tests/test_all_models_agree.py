"""Every model over one synthetic city: threads, what is new only, and one reading less never change what comes out."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lianheng.engine.redflags.history import place_in_history
from lianheng.engine.redflags.incremental import Carried, plan_model
from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.result_folders import file_hash
from lianheng.engine.redflags.results import write_manifest, write_tables
from lianheng.engine.redflags.run import Limits, Run, run_models
from lianheng.engine.redflags.store import STOCK, Batch, Piece, Store
from lianheng.engine.redflags.synth.make import make_world
from lianheng.engine.redflags.synth.score import typed_table
from lianheng.engine.redflags.synth.world import World
from lianheng.engine.redflags.synth.write import last_day

pytestmark = pytest.mark.slow

FOLDED = ("candidates", "evidence")


class City:
    """A store of synthetic registers, each year in two batches and files, so that two threads have something to do."""

    def __init__(self, folder: Path, library: Library) -> None:
        self.folder, self.library = folder, library
        self.world = make_world([], World(7, years=(2021, 2022, 2023, 2024), background=0.05))
        self.today = last_day(self.world)
        self._pay_the_dead_of_today_long_ago()
        self.store = Store(folder / "data")
        self.whole: dict[str, list[tuple[Any, ...]]] = {}
        connection = duckdb.connect()
        for name, rows in self.world.tables.items():
            typed_table(connection, "made", library.registers[name].types, rows)
            connection.execute("CREATE OR REPLACE TABLE spread AS SELECT *, row_number() OVER () % 2 AS half FROM made")
            for year in self._years(connection, name):
                for half in (0, 1):
                    self._batch(connection, name, year, half)

    def _pay_the_dead_of_today_long_ago(self) -> None:
        """Evidence is older than what an incremental run reads for its query."""
        dead = {one.unit["person_id"] for one in self.world.truth if (one.model, one.expect) == ("M01", "flag")}
        payments = self.world.tables["payment"]
        first = {row["person_id"]: row for row in payments if row["person_id"] in dead}
        year = self.world.years[0]
        payments += [
            {**row, "payment_no": f"old{row['payment_no']}", "period": f"{year}-06", "pay_date": dt.date(year, 6, 15)}
            for row in first.values()
        ]

    def _years(self, connection: duckdb.DuckDBPyConnection, name: str) -> list[int]:
        found = connection.execute(f"SELECT DISTINCT {self._year(name)} FROM spread ORDER BY 1").fetchall()
        return [int(row[0]) for row in found]

    def _year(self, name: str) -> str:
        register = self.library.registers[name]
        if not register.period:
            return str(STOCK)
        return f"CAST(left(CAST({register.period} AS VARCHAR), 4) AS INTEGER)"

    def _batch(self, connection: duckdb.DuckDBPyConnection, name: str, year: int, half: int) -> None:
        file = f"{name}/_year={year}/{half}.parquet"
        (self.store.folder / file).parent.mkdir(parents=True, exist_ok=True)
        rows = f"SELECT * EXCLUDE half FROM spread WHERE {self._year(name)} = {year} AND half = {half}"
        count = connection.execute(f"COPY ({rows}) TO '{self.store.folder / file}' (FORMAT parquet)").fetchall()[0][0]
        piece = Piece(year, file, count, file_hash(self.store.folder / file))
        self.store.commit(Batch(f"{name}_{year}_{half}", name, "made", "", self.today, count, 0, self.today, (piece,)))

    def run(self, models: Mapping[str, Model], threads: int = 2, previous: Carried | None = None) -> Run:
        """Run these models."""
        folder = self.folder / "spill"
        return run_models(
            self.library, list(models.values()), self.store, today=self.today, spill=folder, writes=[self.folder],
            limits=Limits("1GB", 600, threads), previous=previous,
        )  # fmt: skip


def found(run: Run) -> dict[str, list[tuple[Any, ...]]]:
    """What came out, each table sorted; nothing may have failed."""
    assert {row.outcome for row in run.models} <= {"ran", "carried"}, [row for row in run.models if row.message]
    return {name: run.connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in FOLDED}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, shipped_library: Library) -> City:
    return City(tmp_path_factory.mktemp("city"), shipped_library)


@pytest.fixture(scope="module")
def whole(city: City) -> dict[str, list[tuple[Any, ...]]]:
    """A full run with two threads; every model finds something in it."""
    result = found(city.run(city.library.models))
    assert {row[1] for row in result["candidates"]} == set(city.library.models)
    return result


def test_one_thread_and_whole_registers_give_what_two_threads_and_narrowed_ones_give(
    city: City, whole: dict[str, list[tuple[Any, ...]]]
) -> None:
    wide = {
        id_: replace(model, inputs={name: replace(given, narrow="") for name, given in model.inputs.items()})
        for id_, model in city.library.models.items()
    }
    narrowed = {id_ for id_, model in wide.items() if model != city.library.models[id_]}
    assert narrowed == {"M01", "M02", "M07"}
    assert found(city.run(wide, threads=1)) == whole


def test_the_last_year_added_gives_what_a_full_run_gives(
    city: City, whole: dict[str, list[tuple[Any, ...]]], tmp_path: Path
) -> None:
    late = sorted((city.store.folder / "_batches").glob(f"*_{city.today.year}_1.json"))
    away = {path: path.rename(path.with_suffix(".away")) for path in late}
    before = city.folder / "before"
    before.mkdir()
    early = city.run(city.library.models)
    place_in_history(early, before / "seen.parquet", {}, [])
    write_tables(early, before)
    previous = Carried.from_manifest(before, write_manifest(early, before, {}))
    for path, spare in away.items():
        spare.rename(path)
    plans = {
        id_: plan_model(model, city.library, city.store, previous, city.today)
        for id_, model in city.library.models.items()
    }
    part = city.run(city.library.models, previous=previous)
    result = found(part)
    assert found(early)["candidates"] != whole["candidates"]
    assert result["candidates"] == whole["candidates"]
    assert result["evidence"] == whole["evidence"]
    # Many models really read less than everything.
    assert sum(plan.since == city.today.year or plan.nothing_changed for plan in plans.values()) > 10


def test_a_run_sees_the_registers_as_they_are_when_it_begins(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first, second = (
        Batch(f"death_{number}", "death", "", "", dt.date(2024, 1, 1), 1, 0, None, (Piece(STOCK, f"{number}", 1, ""),))
        for number in (1, 2)
    )
    store.commit(first)
    begun = store.as_of_now()
    store.commit(second)
    assert (begun.rows("death"), begun.files("death"), begun.batches()) == (1, [tmp_path / "1"], [first])
    assert store.rows("death") == 2 and begun.batches("birth") == []
