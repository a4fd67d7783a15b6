"""Supervision models over 20 million payments and 1 million deaths, generated here (two threads, memory limit 3 GB);
and a city's night: every model over 2 million rows of all registers together.

"All payment models" is the whole run: check, plan, query, ids, explanations, evidence, Parquet; not loading, Excel and
HTML. "Incremental" is the same after the last year's payments have been added to the others. "Overhead" of a model is
its run less its own SELECT copied into Parquet by DuckDB alone, which may be at most 25 % of it + 0.2 s. Each figure is
measured in a process of its own, user and system seconds of all threads. The payment models are those that read the
register `payment`.

"A city's night" is `run_night` as an office runs it, over the synthetic registers (`lianheng registers synth`) with
their background scaled up: declarations read, models, evidence, Parquet, Excel and HTML; the people models in a second
run of their own, as they must be, are inside.

Run alone: `python benchmarks/bench_redflags.py [--payments 2000000]`. It works in a temporary folder.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PAYMENTS = 20_000_000
YEARS = range(2020, 2025)
TODAY = dt.date(2024, 12, 31)
MEMORY = "3GB"
BACKGROUND = 14.9  # two million rows in all registers together
# Four payments a person; one payee in a thousand has died, some are on a payroll, share an account or have an agent.
PERSON = "left(md5('p' || CAST({} AS VARCHAR)), 12)"
TABLES = {
    "payment": """SELECT '{year}-' || CAST(i AS VARCHAR) AS payment_no, {person} AS person_id,
        'h' || CAST(i % {p} // 3 AS VARCHAR) AS household_id,
        '4304' || lpad(CAST(i % 20000 AS VARCHAR), 8, '0') AS village,
        ['地力补贴', '低保', '高龄津贴', '残疾补贴', '特困', '丧葬费'][1 + (i * 7 % 100 >= 60)::INT
          + (i * 7 % 100 >= 80)::INT + (i * 7 % 100 >= 90)::INT + (i * 7 % 100 >= 96)::INT
          + (i * 7 % 100 >= 99)::INT] AS scheme,
        '{year}-' || lpad(CAST(1 + i * 13 % 12 AS VARCHAR), 2, '0') AS period,
        CAST(50 + i * 31 % 90000 / 100.0 AS DECIMAL(12, 2)) AS amount,
        DATE '{year}-01-01' + CAST(i * 13 % 12 * 30 + i % 28 AS INTEGER) AS pay_date,
        left(md5('a' || CAST(CASE WHEN i % {p} % 250 < 3
          THEN i % {p} // 250 ELSE 1000000 + i % {p} END AS VARCHAR)), 12)
          AS account,
        CASE WHEN i % 200 = 0 THEN left(md5('p' || CAST(i % 5000 AS VARCHAR)), 12) END AS agent_id
        FROM range({first}, {last}) AS t(i)""",
    "death": """SELECT {person} AS person_id, DATE '2020-01-01' + CAST(i % 1800 AS INTEGER) AS death_date,
        '公安注销' AS source FROM range({p} - {p} // 1000, {p} - {p} // 1000 + {p} // 5) AS t(i)""",
    "payroll": """SELECT {person} AS person_id, 'u' || CAST(i % 3000 AS VARCHAR) AS unit, '在职' AS status,
        DATE '2015-01-01' AS from_date, CAST(NULL AS DATE) AS to_date, CAST(4000 AS DECIMAL(12, 2)) AS monthly_pay
        FROM range({p} - {p} // 500, {p} + {p} // 25) AS t(i)""",
    "household": """SELECT 'h' || CAST(i // 3 AS VARCHAR) AS household_id, {person} AS person_id,
        ['户主', '配偶', '子'][1 + i % 3] AS relation, DATE '2010-01-01' AS from_date, CAST(NULL AS DATE) AS to_date,
        FALSE AS disabled FROM range(0, {p} // 5) AS t(i)""",
    "proxy": """SELECT {person} AS person_id,
        left(md5('p' || CAST(i % 5000 AS VARCHAR)), 12) AS agent_id, '监护人' AS relation,
        TRUE AS approved, DATE '2015-01-01' AS from_date, CAST(NULL AS DATE) AS to_date
        FROM range(0, {p}, 100) AS t(i)""",
    "officer": """SELECT {person} AS person_id, 'v' || CAST(i % 20000 AS VARCHAR) AS unit,
        '4304' || lpad(CAST(i % 20000 AS VARCHAR), 8, '0') AS village, '村委会主任' AS post,
        DATE '2018-01-01' AS from_date, CAST(NULL AS DATE) AS to_date FROM range(4900, 4900 + {p} // 50) AS t(i)""",
    "institution_account": """SELECT left(md5('a' || CAST(i * 10 AS VARCHAR)), 12) AS account, '敬老院' AS holder,
        DATE '2015-01-01' AS from_date, CAST(NULL AS DATE) AS to_date FROM range({p} // 10000) AS t(i)""",
    "scheme": """SELECT name AS scheme, name = '丧葬费' AS after_death, name IN ('低保', '特困') AS hardship,
        name IN ('低保', '特困') AS means_tested, name = '残疾补贴' AS own_right, NULL::BIGINT AS min_age,
        NULL::BIGINT AS max_age, FALSE AS detention_stops, FALSE AS resident_only
        FROM (VALUES ('地力补贴'), ('低保'), ('高龄津贴'), ('残疾补贴'), ('特困'), ('丧葬费')) AS v(name)""",
}  # fmt: skip


def run(payments: int = PAYMENTS) -> list[dict[str, Any]]:
    """Generate, then measure each figure in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        generated = _child("generate", folder, payments)
        models = generated["models"]
        if not models:
            raise RuntimeError("no model of the library reads `payment` from the registers generated here")
        rows = [_overhead(folder, payments, model) for model in models]
        whole = _child("all", folder, payments)
        own = sum(row["own"] for row in rows)
        rows += [
            # What an office runs: evidence is read once for all models.
            {"name": "overhead of all payment models together", "cpu_seconds": round(whole["cpu"] - own, 2),
             "limit": round(own * 0.25 + 0.2 * len(models), 2), "n": payments, "own": round(own, 2)},
            {"name": "all payment models", "cpu_seconds": whole["cpu"], "limit": 60, "n": payments,
             "models": " ".join(models), "candidates": whole["flags"]},
            {"name": "all payment models: peak memory", "value": whole["peak"], "unit": "GB", "limit": 4,
             "n": payments},
        ]  # fmt: skip
        new = payments // len(YEARS)
        added = _child("incremental", folder, payments)
        name = "incremental run after the last year's rows"
        rows.append({"name": name, "cpu_seconds": added["cpu"], "limit": 15, "n": new})
        rows += _city(folder)
    return rows


def _city(folder: Path) -> list[dict[str, Any]]:
    """The city's night, three times over; the slowest models are named."""
    made = _child("city", folder, 0)
    nights = [_child("night", folder, 0) for _ in range(3)]
    cpu = statistics.median(night["cpu"] for night in nights)
    about = {"models": nights[0]["models"], "candidates": nights[0]["flags"], "dearest": nights[0]["dearest"]}
    return [
        {"name": "a city's night", "cpu_seconds": round(cpu, 2), "limit": 20, "n": made["rows"], **about},
        {"name": "a city's night: peak memory", "value": nights[0]["peak"], "unit": "GB", "limit": 4,
         "n": made["rows"]},
    ]  # fmt: skip


def _overhead(folder: Path, payments: int, model: str) -> dict[str, Any]:
    own = statistics.median(_child("own", folder, payments, model)["cpu"] for _ in range(3))
    runs = [_child("model", folder, payments, model) for _ in range(3)]
    ours = statistics.median(one["cpu"] for one in runs)
    name = f"overhead of {model} over its own SELECT"
    return {"name": name, "cpu_seconds": round(max(ours - own, 0), 2), "limit": round(own * 0.25 + 0.2, 2),
            "n": payments, "own": round(own, 2), "candidates": runs[0]["flags"]}  # fmt: skip


def _child(act: str, folder: Path, payments: int, model: str = "") -> dict[str, Any]:
    command = [sys.executable, __file__, "--inside", act, "--folder", str(folder), "--payments", str(payments)]
    done = subprocess.run([*command, "--model", model], check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _inside(act: str, folder: Path, payments: int, model: str) -> dict[str, Any]:
    acts = {"generate": _generate, "own": _own, "model": _one, "all": _all, "incremental": _incremental,
            "city": _make_city, "night": _night}  # fmt: skip
    return acts[act](folder, payments, model)


def _generate(folder: Path, payments: int, _: str) -> dict[str, Any]:
    """Write every register as Parquet by year, each year a batch."""
    import duckdb

    from lianheng.engine.redflags.result_folders import file_hash
    from lianheng.engine.redflags.store import STOCK, Batch, Piece, Store

    store, persons = Store(folder / "data"), payments // 4
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    for register, sql in TABLES.items():
        for year in YEARS if register == "payment" else (STOCK,):
            place = (year - YEARS.start) * (payments // len(YEARS)) if year else 0
            filled = sql.format(
                year=year, p=persons, person=PERSON.format(f"i % {persons}" if register == "payment" else "i"),
                first=place, last=place + payments // len(YEARS),
            )  # fmt: skip
            file = f"{register}/_year={year}/{register}_{year}.parquet"
            (store.folder / file).parent.mkdir(parents=True, exist_ok=True)
            rows = connection.execute(f"COPY ({filled}) TO '{store.folder / file}' (FORMAT parquet)").fetchall()[0][0]
            piece = Piece(year, file, rows, file_hash(store.folder / file))
            batch = Batch(
                f"{register}_{year}_001", register, "made", f"{register}{year}", TODAY, rows, 0, TODAY, (piece,)
            )
            store.commit(batch)
    return {"models": [model.id for model in _models()[1]]}


def _models() -> tuple[Any, list[Any]]:
    """The library, and its models that read payments and nothing that is not generated here."""
    from lianheng.library.models import load_library

    library = load_library(with_cases=False, check=False)
    wanted = [m for m in library.models.values() if "payment" in m.inputs and set(m.inputs) <= set(TABLES)]
    return library, wanted


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _own(folder: Path, _: int, model_id: str) -> dict[str, Any]:
    """The model's own SELECT into Parquet, by DuckDB alone."""
    import duckdb

    from lianheng.engine.redflags.execution import bound_query
    from lianheng.engine.redflags.run import make_views
    from lianheng.engine.redflags.store import Store

    library, models = _models()
    model = next(m for m in models if m.id == model_id)
    query = bound_query(model, TODAY)
    connection = duckdb.connect()
    connection.execute(f"SET threads = 2; SET memory_limit = '{MEMORY}'; SET preserve_insertion_order = false")
    connection.execute(f"SET temp_directory = '{folder / 'spill'}'")
    make_views(connection, library, model, Store(folder / "data"), None)
    started = _cpu()
    connection.execute(f"COPY ({query}) TO '{folder / 'own.parquet'}' (FORMAT parquet)")
    return {"cpu": _cpu() - started}


def _run_engine(folder: Path, models: list[Any], library: Any, name: str, previous: Any = None) -> dict[str, Any]:
    from lianheng.engine.redflags.history import place_in_history, remember
    from lianheng.engine.redflags.results import write_manifest, write_tables
    from lianheng.engine.redflags.run import Limits, run_models
    from lianheng.engine.redflags.store import Store

    out = folder / name
    out.mkdir(exist_ok=True)
    started = _cpu()  # as in `_own`: after the imports
    run = run_models(
        library, models, Store(folder / "data"), today=TODAY, spill=folder / "spill", writes=[folder],
        limits=Limits(MEMORY, 3600, 2), previous=previous,
    )  # fmt: skip
    place_in_history(run, folder / f"{name}-seen.parquet", {}, [])
    write_tables(run, out)
    write_manifest(run, out, {"run": name})
    remember(run, folder / f"{name}-seen.parquet")
    failed = [(done.model, done.message) for done in run.models if done.outcome not in ("ran", "carried")]
    if failed:
        raise RuntimeError(str(failed))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {"cpu": round(_cpu() - started, 2), "flags": sum(done.flags for done in run.models), "peak": round(peak, 2)}


def _one(folder: Path, _: int, model_id: str) -> dict[str, Any]:
    library, models = _models()
    return _run_engine(folder, [m for m in models if m.id == model_id], library, "one")


def _all(folder: Path, _: int, __: str) -> dict[str, Any]:
    library, models = _models()
    return _run_engine(folder, models, library, "whole")


def _incremental(folder: Path, _: int, __: str) -> dict[str, Any]:
    """A run without the last year, then the last year's batch is added and only it is read."""
    from lianheng.engine.redflags.incremental import Carried

    library, models = _models()
    last = folder / "data" / "_batches" / f"payment_{YEARS[-1]}_001.json"
    away = last.rename(folder / "away.json")
    _run_engine(folder, models, library, "before")
    away.rename(last)
    manifest = json.loads((folder / "before" / "run.json").read_text(encoding="utf-8"))
    previous = Carried.from_manifest(folder / "before", manifest)
    return _run_engine(folder, models, library, "after", previous)


def _make_city(folder: Path, *_: object) -> dict[str, Any]:
    """Synthetic registers of two million rows as an office's store, each register one batch."""
    import duckdb

    from lianheng.engine.redflags.result_folders import file_hash
    from lianheng.engine.redflags.store import STOCK, Batch, Piece, Store
    from lianheng.engine.redflags.synth.make import make_world
    from lianheng.engine.redflags.synth.score import typed_table
    from lianheng.engine.redflags.synth.world import World
    from lianheng.library.models import REGISTERS, load_registers

    store, registers = Store(folder / "city" / "data"), load_registers(REGISTERS)
    connection = duckdb.connect()
    world, total = make_world([], World(7, background=BACKGROUND)), 0
    for name, rows in world.tables.items():
        register, pieces = registers[name], []
        typed_table(connection, "made", register.types, rows)
        integer = register.period and register.types[register.period].name == "integer"
        year = register.period if integer else f"extract(year FROM {register.period})" if register.period else STOCK
        for (value,) in connection.execute(f"SELECT DISTINCT {year} FROM made ORDER BY 1").fetchall():
            file = f"{name}/_year={value}/{name}_{value}.parquet"
            (store.folder / file).parent.mkdir(parents=True, exist_ok=True)
            connection.execute(
                f"COPY (SELECT * FROM made WHERE {year} = {value}) TO '{store.folder / file}' (FORMAT parquet)"
            )
            pieces.append(Piece(int(value), file, 0, file_hash(store.folder / file)))
        store.commit(Batch(f"{name}_1", name, "made", name, TODAY, len(rows), 0, TODAY, tuple(pieces)))
        total += len(rows)
    return {"rows": total}


def _night(folder: Path, *_: object) -> dict[str, Any]:
    """What an office starts every night, and beside it the people models."""
    import shutil

    from lianheng.engine.redflags.run import Limits
    from lianheng.library.office import Office, run_night

    shutil.rmtree(folder / "night", ignore_errors=True)
    (folder / "night").mkdir()
    office = Office(folder / "night", folder / "city" / "data")
    done = []
    for people in (False, True):
        done += run_night(office, today=TODAY, people=people, limits=Limits(MEMORY, 600, 2))[1]["models"]
    failed = [(row["model"], row["message"]) for row in done if row["outcome"] != "ran"]
    if failed:
        raise RuntimeError(str(failed))
    slow = sorted(done, key=lambda row: -row["seconds"])[:3]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {
        "cpu": round(_cpu(), 2), "flags": sum(row["flags"] for row in done), "models": len(done),
        "peak": round(peak, 2), "dearest": ", ".join(f"{row['model']} {row['seconds']:.1f} s" for row in slow),
        "seconds": {row["model"]: round(row["seconds"], 2) for row in done},
    }  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--payments", type=int, default=int(os.environ.get("LIANHENG_BENCH_PAYMENTS", PAYMENTS)))
    parser.add_argument("--inside", default="")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--model", default="")
    given = parser.parse_args()
    if given.inside:
        print(json.dumps(_inside(given.inside, given.folder, given.payments, given.model)))
    else:
        for line in run(given.payments):
            print(f"{line['name']}: {line.get('cpu_seconds', line.get('value'))} (limit {line['limit']})  {line}")
