"""The candidates of finished runs, as rows that a score can read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.result_folders import read_object
from lianheng.engine.redflags.sandbox import open_sandbox


def rows_of_runs(folders: Iterable[Path]) -> tuple[set[str], dict[str, list[dict[str, Any]]]]:
    """The models that ran, and the candidates of each with keys and measures as columns of their own.

    Raises
    ------
    RunError: a folder is no run.
    """
    ran: set[str] = set()
    rows: dict[str, list[dict[str, Any]]] = {}
    for folder in folders:
        manifest = folder / "run.json"
        if not manifest.is_file():
            raise RunError(f"{folder} is no run: it has no run.json")
        said = read_object(manifest)
        ran |= {row["model"] for row in said["models"] if row["outcome"] in ("ran", "carried")}
        connection = open_sandbox([folder])
        found = connection.execute(
            "SELECT model, unit, measures, period, result, colour, explainable FROM read_parquet(?)",
            [str(folder / "candidates.parquet")],
        ).fetchall()
        connection.close()
        for model, unit, measures, period, result, colour, explainable in found:
            fixed = {"period": period, "result": result, "colour": colour, "explainable": bool(explainable)}
            rows.setdefault(model, []).append({**json.loads(measures), **json.loads(unit), **fixed})
    return ran, rows
