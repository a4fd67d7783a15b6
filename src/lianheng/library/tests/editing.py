"""A copy of the shipped catalogue with one thing changed, written as files, the way an office would change it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lianheng.library.catalogue import shipped
from lianheng.library.strict_yaml import read_yaml


def copied(folder: Path) -> Path:
    """The shipped catalogue, copied."""
    return Path(shutil.copytree(shipped("hengyang"), folder / "catalogue"))


def edit(folder: Path, name: str, change: Callable[[Any], Any]) -> Path:
    """Change one file of a copied catalogue."""
    path = folder / name
    data = read_yaml(path)
    change(data)
    write(path, data)
    return folder


def write(path: Path, data: Any) -> Path:
    """Write data as JSON, which is YAML without aliases."""
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def item(data: Any, code: str) -> dict[str, Any]:
    """The row of an item in the data of a list file."""
    rows: list[dict[str, Any]] = [row for category in data["categories"] for row in category["items"]]
    return next(row for row in rows if row["code"] == code)
