"""Runs one model in DuckDB: its rows become candidates with ids, sentences, frozen numbers and frozen evidence."""

from __future__ import annotations

import datetime as dt
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from lianheng.engine.redflags.binding import bound_sql
from lianheng.engine.redflags.explain import explanation_sql
from lianheng.engine.redflags.model import COLOURS, RESULTS, Model
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.settings import parameters_hash

CANDIDATES = """CREATE TABLE candidates (
  candidate VARCHAR, model VARCHAR, version INTEGER, parameters VARCHAR, period VARCHAR, unit VARCHAR, result VARCHAR,
  reason VARCHAR, colour VARCHAR, score INTEGER, explainable BOOLEAN, explanation VARCHAR, measures VARCHAR,
  facts VARCHAR)"""
# `unlisted`: on the last row that a line of evidence may list, how many more there are in the register.
EVIDENCE = """CREATE TABLE evidence (
  candidate VARCHAR, model VARCHAR, register VARCHAR, number INTEGER, row VARCHAR, unlisted INTEGER)"""


@contextmanager
def time_limit(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Interrupt what the connection does after so many seconds; what DuckDB gives up on gets a clear message."""
    timer = threading.Timer(seconds, connection.interrupt)
    timer.start()
    stopped = threading.Event()
    try:
        with _heeding_ctrl_c(connection, stopped):
            yield
    except (duckdb.InterruptException, RuntimeError) as error:
        if stopped.is_set():
            raise KeyboardInterrupt from error
        if not isinstance(error, duckdb.InterruptException):
            raise
        raise RunError(f"stopped after its time limit of {seconds:g} s: narrow the query or raise --seconds") from error
    except duckdb.OutOfMemoryException as error:
        raise RunError("needs more memory than its limit: use the cheaper forms, or raise --memory") from error
    except duckdb.Error as error:
        raise RunError(str(error).splitlines()[0]) from error
    finally:
        timer.cancel()


@contextmanager
def _heeding_ctrl_c(connection: duckdb.DuckDBPyConnection, stopped: threading.Event) -> Iterator[None]:
    """Let Ctrl-C interrupt the connection: Python looks at signals only when DuckDB is done, which may take minutes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    here, there = socket.socketpair()
    there.setblocking(False)

    def watch() -> None:
        while told := here.recv(1):
            if told[0] == signal.SIGINT:
                stopped.set()
                connection.interrupt()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    before = signal.set_wakeup_fd(there.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        there.close()
        watcher.join()
        here.close()


def bound_query(model: Model, today: dt.date) -> str:
    """The model's SQL with its parameters written out."""
    return bound_sql(model.query, model.file, tuple(model.parameters.values()), today)


def run_in_duckdb(connection: duckdb.DuckDBPyConnection, model: Model, today: dt.date) -> None:
    """Put the model's rows into the table `result`; its inputs lie in the connection as views."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE result AS {bound_query(model, today)}")


def flagged_table(model: Model) -> str:
    """The name of the table that keeps a model's rows until their evidence is frozen."""
    return f'"flagged {model.id}"'


def collect(
    connection: duckdb.DuckDBPyConnection, model: Model, today: dt.date, since: int | None
) -> tuple[int, int, int]:
    """Turn `result` into rows of `candidates`, and keep them with their ids for the evidence.

    Parameters
    ----------
    connection : with `result`.
    model : whose result it is.
    today : for parameters in sentences.
    since : only periods of this year and later count; None: all.

    Returns
    -------
    Numbers of flags, cannot-tells and clears.

    Raises
    ------
    RunError where the query breaks the contract: two rows of one unit and period, an unknown word, a null key.
    """
    if since is not None:
        connection.execute("DELETE FROM result WHERE CAST(left(period, 4) AS INTEGER) < ?", [since])
    _check_contract(connection, model)
    connection.execute(_flagged_sql(model))
    connection.execute(_insert_sql(model, today))
    counts = dict(connection.execute("SELECT result, count(*) FROM result GROUP BY result").fetchall())
    return counts.get("flag", 0), counts.get("cannot_tell", 0), counts.get("clear", 0)


def _check_contract(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    keys = ", ".join(f'"{name}"' for name in (*model.keys, "period"))
    nulls = " OR ".join(f'"{name}" IS NULL' for name in (*model.keys, "period"))
    reasons = ", ".join(f"'{code}'" for code in model.reasons)
    checks = {
        "a key or the period is null": nulls,
        f"result is none of {', '.join(RESULTS)}": f"result IS NULL OR result NOT IN {RESULTS}",
        f"colour of a flag is none of {', '.join(COLOURS)}": (
            f"result = 'flag' AND (colour IS NULL OR colour NOT IN {COLOURS})"
        ),
        "score of a flag is not from 0 to 100": "result = 'flag' AND (score IS NULL OR score NOT BETWEEN 0 AND 100)",
        "reason is not declared": f"result <> 'clear' AND (reason IS NULL OR reason NOT IN ({reasons}))",
        "period does not begin with a year": "NOT regexp_full_match(period, '[0-9]{4}.*')",
    }
    counted = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in checks.values())
    found = connection.execute(f"SELECT {counted} FROM result WHERE result IS DISTINCT FROM 'clear'").fetchone()
    for text, count in zip(checks, found or (), strict=True):
        if count:
            raise RunError(f"{count} rows of the query break the contract: {text}")
    twice = connection.execute(
        f"SELECT count(*) FROM (SELECT {keys} FROM result WHERE result <> 'clear' GROUP BY ALL HAVING count(*) > 1)"
    ).fetchone()
    if twice and twice[0]:
        raise RunError(f"{twice[0]} units are returned twice for one period: group the query by {keys}")


def candidate_id_sql(model: Model) -> str:
    """SQL of the stable id: the same model, unit and period give the same id in every run."""
    parts = [f"'{model.id}'", *(f'CAST("{name}" AS VARCHAR)' for name in model.keys), "period"]
    # The separator keeps ("ab", "c") and ("a", "bc") apart.
    return f"left(sha256(concat_ws(chr(31), {', '.join(parts)})), 32)"


def _flagged_sql(model: Model) -> str:
    return (
        f"CREATE OR REPLACE TEMP TABLE {flagged_table(model)} AS SELECT {candidate_id_sql(model)} AS candidate, * "
        "FROM result WHERE result <> 'clear'"
    )


def _insert_sql(model: Model, today: dt.date) -> str:
    # What a verdict was given on: not how many more days have gone by since.
    standing = [name for name, measure in model.measures.items() if not measure.running]
    return f"""INSERT INTO candidates
    SELECT candidate, '{model.id}', {model.version}, '{parameters_hash(model, today)}', period, {_json(model.keys)},
      result, reason, colour, score, coalesce(explainable, FALSE), {explanation_sql(model, today)},
      {_json(model.measures)}, left(sha256(concat_ws(chr(31), result, reason, colour, {_json(standing)})), 16)
    FROM {flagged_table(model)}"""


def _json(names: object) -> str:
    pairs = ", ".join(f"'{name}', CAST(\"{name}\" AS VARCHAR)" for name in names)  # type: ignore[attr-defined]
    return f"CAST(json_object({pairs}) AS VARCHAR)"
