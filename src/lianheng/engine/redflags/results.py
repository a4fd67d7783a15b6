"""Freezes a run into a folder: Parquet, workbook, report, and a manifest with the hash of each file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.history import GONE, QUIET, STATES
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.result_folders import seal_folder
from lianheng.engine.redflags.run import Run

COLUMNS = (
    "candidate", "model", "version", "parameters", "period", "unit", "result", "reason", "colour", "score",
    "explainable", "explanation", "measures", "facts", "state", "first_seen", "last_seen",
)  # fmt: skip

EvidenceRow = tuple[str, str, str, str, str, int]


def write_tables(run: Run, folder: Path) -> None:
    """Write candidates.parquet and evidence.parquet; the run's table `final` must be there."""
    _copy(run, f"SELECT {', '.join(COLUMNS)} FROM final", folder / "candidates.parquet")
    _copy(run, "SELECT * FROM evidence ORDER BY model, candidate, register, number", folder / "evidence.parquet")


def _copy(run: Run, query: str, path: Path) -> None:
    run.connection.execute(f"COPY ({query}) TO '" + str(path).replace("'", "''") + "' (FORMAT parquet)")


def listed(run: Run, model: Model, limit: int = 100_000) -> list[dict[str, Any]]:
    """A model's candidates to look at, the most pressing first; quiet ones are left out."""
    order = " ".join(f"WHEN '{state}' THEN {n}" for n, state in enumerate(STATES))
    cursor = run.connection.execute(
        f"SELECT {', '.join(COLUMNS)}, moved FROM final WHERE model = ? AND result = 'flag' AND state NOT IN {QUIET} "
        f"ORDER BY explainable, CASE state {order} END, score DESC, candidate LIMIT {int(limit)}",
        [model.id],
    )
    return _dicts(cursor)


def untold(run: Run, model: Model, limit: int = 10_000) -> list[dict[str, Any]]:
    """The units about which the model cannot tell, with the reason."""
    cursor = run.connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM final WHERE model = ? AND result = 'cannot_tell' "
        f"ORDER BY period, candidate LIMIT {int(limit)}",
        [model.id],
    )
    return _dicts(cursor)


def state_counts(run: Run) -> dict[str, dict[str, int]]:
    """Flags by model and state; those that an earlier run flagged and this one does not are counted last."""
    counts: dict[str, dict[str, int]] = {}
    query = "SELECT model, state, count(*) FROM final WHERE result = 'flag' GROUP BY ALL ORDER BY ALL"
    for model, state, count in run.connection.execute(query).fetchall():
        counts.setdefault(model, {})[state] = count
    for model, count in run.connection.execute("SELECT model, count(*) FROM gone GROUP BY ALL ORDER BY ALL").fetchall():
        counts.setdefault(model, {})[GONE] = count
    return counts


def colour_counts(run: Run) -> dict[str, dict[str, int]]:
    """The candidates to look at by model and colour; quiet ones are left out."""
    counts: dict[str, dict[str, int]] = {}
    query = (
        "SELECT model, colour, count(*) FROM final "
        f"WHERE result = 'flag' AND state NOT IN {QUIET} GROUP BY ALL ORDER BY ALL"
    )
    for model, colour, count in run.connection.execute(query).fetchall():
        counts.setdefault(model, {})[colour] = count
    return counts


def gone(run: Run) -> list[dict[str, Any]]:
    """What was open or confirmed and is no longer produced, with the reason where it is known."""
    return _dicts(run.connection.execute("SELECT * FROM gone ORDER BY model, was, period, candidate"))


def evidence(run: Run, limit: int) -> list[EvidenceRow]:
    """Candidate, model, unit, register, row (both JSON) and how many rows are not listed after it, of listed ones."""
    return run.connection.execute(
        f"""SELECT candidate, e.model, f.unit, register, row, unlisted
        FROM evidence AS e JOIN final AS f USING (candidate)
        WHERE f.result = 'flag' AND f.state NOT IN {QUIET}
        ORDER BY e.model, candidate, register, number LIMIT {int(limit)}"""
    ).fetchall()


def cut_evidence(run: Run, model: Model) -> tuple[int, int]:
    """How many of a model's listed candidates have more evidence than is frozen, and how many rows that leaves out."""
    rows = run.connection.execute(
        f"""SELECT count(DISTINCT candidate), coalesce(sum(unlisted), 0)
        FROM evidence AS e JOIN final AS f USING (candidate)
        WHERE e.model = ? AND unlisted > 0 AND f.result = 'flag' AND f.state NOT IN {QUIET}""",
        [model.id],
    ).fetchall()
    return int(rows[0][0]), int(rows[0][1])


def write_manifest(run: Run, folder: Path, about: Mapping[str, Any]) -> dict[str, Any]:
    """Write run.json, last of all: what ran over what, and the SHA-256 of every other file in the folder."""
    told = {
        **about,
        "today": run.today.isoformat(),
        "models": [asdict(model) for model in run.models],
        "alerts": [asdict(alert) for alert in run.alerts],
        "states": state_counts(run),
        "no_longer_produced": gone(run),
        "batches": run.batches,
    }
    return seal_folder(folder, told)


def _dicts(cursor: Any) -> list[dict[str, Any]]:
    names: Sequence[str] = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
