"""One candidate out of the frozen runs, with its evidence."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.evidence import unlisted_sql
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.sandbox import open_sandbox


def find_candidate(runs: Iterable[Path], start: str) -> dict[str, Any] | None:
    """The candidate whose id begins with these characters, from the first run that has it.

    Parameters
    ----------
    runs : run folders, in the order of looking.
    start : eight characters of the id or more.

    Returns
    -------
    Its columns, `unit` and `measures` as mappings, `evidence` as a list; None where no run has it.

    Raises
    ------
    RunError where the characters are too few or fit several.
    """
    if not re.fullmatch(r"[0-9a-f]{8,32}", start):
        raise RunError(f"{start!r}: give at least eight characters of a candidate's number (0-9, a-f)")
    for folder in runs:
        connection = open_sandbox([folder])
        found = connection.execute(
            "SELECT * FROM read_parquet(?) WHERE starts_with(candidate, ?)", [str(folder / "candidates.parquet"), start]
        )
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchmany(2)]
        if len(rows) > 1:
            raise RunError(f"{start} fits more than one candidate: give more characters")
        if rows:
            path = str(folder / "evidence.parquet")
            evidence = connection.execute(
                f"SELECT register, row, {unlisted_sql(connection, path)} FROM read_parquet(?) AS e "
                "WHERE candidate = ? ORDER BY register, number",
                [path, rows[0]["candidate"]],
            ).fetchall()
            return {
                **rows[0],
                "run": folder.name,
                "unit": json.loads(rows[0]["unit"]),
                "measures": json.loads(rows[0]["measures"]),
                "evidence": [
                    {"register": register, "row": json.loads(row), **({"unlisted": unlisted} if unlisted else {})}
                    for register, row, unlisted in evidence
                ],
            }
    return None


def known_candidates(runs: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Model, version, unit, period and facts of every candidate, the newest run's where several have it."""
    known: dict[str, dict[str, Any]] = {}
    for folder in runs:
        connection = open_sandbox([folder])
        cursor = connection.execute(
            "SELECT candidate, model, version, unit, period, facts FROM read_parquet(?) WHERE result = 'flag'",
            [str(folder / "candidates.parquet")],
        )
        for candidate, model, version, unit, period, facts in cursor.fetchall():
            row = {"model": model, "version": version, "unit": json.loads(unit), "period": period, "facts": facts}
            known.setdefault(candidate, row)
    return known


def told_candidates(runs: Sequence[Path], ids: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """What each run that flags these candidates says of them, the newest run first; one that no run flags is absent."""
    if not runs or not ids:
        return {}
    cursor = open_sandbox(list(runs)).execute(
        "SELECT candidate, filename, model, version, unit, period, facts, explanation "
        "FROM read_parquet(?, filename = true, union_by_name = true) "
        "WHERE result = 'flag' AND candidate IN (SELECT unnest(CAST(? AS VARCHAR[])))",
        [[str(folder / "candidates.parquet") for folder in runs], sorted(ids)],
    )
    place = {folder.name: number for number, folder in enumerate(runs)}
    told: dict[str, list[dict[str, Any]]] = {}
    for candidate, path, model, version, unit, period, facts, explanation in cursor.fetchall():
        row = {"run": Path(path).parent.name, "model": model, "version": version, "unit": json.loads(unit),
               "period": period, "facts": facts, "explanation": explanation}  # fmt: skip
        told.setdefault(candidate, []).append(row)
    return {candidate: sorted(rows, key=lambda row: place[row["run"]]) for candidate, rows in told.items()}
