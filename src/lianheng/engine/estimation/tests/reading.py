"""The committed survey, and the public data where LIANHENG_TESTDATA names them."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lianheng.engine.estimation import Design, survey_design

HERE = Path(__file__).parent / "data"


def read(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: column([row[name] for row in rows]) for name in rows[0]}


def column(texts: list[str]) -> Any:
    try:
        return np.array([np.nan if text in ("", "NA") else float(text) for text in texts])
    except ValueError:
        return np.array(texts)


def small() -> tuple[dict[str, Any], Design]:
    s = read(HERE / "small_survey.csv")
    return s, survey_design(s["weight"], strata=s["stratum"], psu=s["psu"], fpc=s["fpc"])


def public(name: str) -> dict[str, Any]:
    folder = os.environ.get("LIANHENG_TESTDATA")
    if not folder or not (Path(folder) / "stats" / name).exists():
        pytest.skip(f"LIANHENG_TESTDATA names no folder with stats/{name}")
    return read(Path(folder) / "stats" / name)
