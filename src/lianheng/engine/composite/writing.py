"""Result files: all of them or none, each with its hash in manifest.json."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import platform
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .errors import CompositeError
from .tables import Table


def number_text(value: float) -> str:
    """Return the shortest text that reads back as the same number; empty for missing."""
    return "" if value != value else repr(float(value))


def csv_bytes(rows: Iterable[Sequence[object]]) -> bytes:
    """Return rows as a CSV file in UTF-8."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode("utf-8")


def table_bytes(table: Table, extra: Mapping[str, Sequence[str]] | None = None) -> bytes:
    """Return a table as CSV: uCode, Time in a panel, then its codes, then extra columns as given."""
    header = ["uCode", *(["Time"] if table.times is not None else []), *table.codes, *(extra or {})]
    rows: list[Sequence[object]] = [header]
    columns = list((extra or {}).values())
    for place, unit in enumerate(table.units):
        time = [f"{table.times[place]:g}"] if table.times is not None else []
        # The csv module writes a float by its repr, the shortest text that reads back as the same number.
        cells = ["" if value != value else value for value in table.values[place].tolist()]
        rows.append([unit, *time, *cells, *(column[place] for column in columns)])
    return csv_bytes(rows)


def manifest_bytes(
    command: str, inputs: Sequence[Path], files: Mapping[str, bytes], *, seed: int | None, notes: Mapping[str, Any]
) -> bytes:
    """Return manifest.json: versions, hashes of what was read and written, seed, and notes."""
    content = {
        "command": command,
        "versions": {
            "lianheng": version("lianheng"),
            "python": platform.python_version(),
            "numpy": version("numpy"),
            "scipy": version("scipy"),
        },
        "seed": seed,
        "inputs": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in inputs},
        "outputs": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())},
        **notes,
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all files into a folder; none appears before all are on disk."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as draft:
            for name, data in files.items():
                (Path(draft) / name).write_bytes(data)
            for name in files:
                os.replace(Path(draft) / name, folder / name)
    except OSError as error:
        raise CompositeError(f"cannot be written: {error.strerror}", file=str(folder)) from None
