"""Published tables, and the folder of those that may not be committed."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

FOLDER = os.environ.get("LIANHENG_TESTDATA")
needs_folder = pytest.mark.skipif(not FOLDER, reason="LIANHENG_TESTDATA names no folder")

# Shrout and Fleiss (1979), table 2: six targets, four judges.
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]

_ = float("nan")
# Krippendorff (2011), section C: four observers (columns), twelve units.
KRIPPENDORFF = [
    *([1, 1, _, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4]),
    *([4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [_, 5, 5, 5], [_, _, 1, 1], [_, 3, _, _]),
]


def rows(path: str) -> list[dict[str, str]]:
    with (Path(FOLDER or "") / "stats" / path).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def numbers(path: str, columns: list[str] | None = None) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """A table of numbers; an empty cell is NaN."""
    return np.array([[float(row[c] or "nan") for c in columns or row] for row in rows(path)])
