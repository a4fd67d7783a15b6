"""Rows that a load refuses: they stand in a CSV file with line and reason, and too many of them refuse the load."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from lianheng.engine.redflags.loading.clear_ids import mask_numbers
from lianheng.engine.redflags.loading.reading import Source
from lianheng.engine.redflags.loading.reasons import Found, in_chinese, in_english
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.result_folders import safe_cell

# Clerks read what is before the row's own cells, programs what is behind them.
HEADS, TAIL = ("行号", "列", "退回原因"), ("原因代码", "reason")


class TooManyRefused(RunError):
    """So many rows are refused that the whole source is."""


class Quarantine:
    """The quarantine file; it is made with the first refused row."""

    def __init__(self, register: Register, path: Path) -> None:
        self.path, self.count, self.closings = path, 0, 0
        self._part = path.with_suffix(".part")  # a load that breaks off leaves no list that looks whole
        self._register = register
        self._file: TextIO | None = None
        self._writer: Any = None
        self.reasons: dict[str, int] = {}

    def add(self, line: int, found: Sequence[Found], cells: dict[str, Any]) -> None:
        """Write one row; a protected column's cell is left out, numbers of people are masked wherever they stand."""
        reason = mask_numbers(in_english(found))
        if self._file is None:
            self._file = self._open()
            self._writer = csv.writer(self._file)
            self._writer.writerow([*HEADS, *(c.label for c in self._register.columns.values()), *TAIL])
        shown = [
            "…" if column.protected and cells.get(name) not in (None, "") else _shown(cells.get(name))
            for name, column in self._register.columns.items()
        ]
        about = "；".join(dict.fromkeys(column for column, _ in found if column))
        codes = " ".join(dict.fromkeys(one.code for _, one in found))
        self._writer.writerow([line, about, mask_numbers(in_chinese(found)), *shown, codes, reason])
        self.count += 1
        kind = reason.split(";")[0][:200]
        if len(self.reasons) < 50 or kind in self.reasons:
            self.reasons[kind] = self.reasons.get(kind, 0) + 1

    def _open(self) -> TextIO:
        """A file for its owner alone: it may be mailed back to the source, by those who may see it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.parent.chmod(0o700)
        handle = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        return os.fdopen(handle, "w", encoding="utf-8-sig", newline="")

    def worst(self) -> tuple[tuple[str, int], ...]:
        """The five most frequent reasons with their rows."""
        return tuple(sorted(self.reasons.items(), key=lambda pair: -pair[1])[:5])

    def settle(self, path: Path | None = None) -> None:
        """Take the name of the batch, or its own; a file of that name from an earlier load goes."""
        if self._file is not None:
            self._file.close()
            self._file = None
        for old in {self.path, path or self.path}:
            old.unlink(missing_ok=True)
        if self.count:
            self.path = path or self.path
            self._part.replace(self.path)

    def close(self) -> None:
        """Close the file; what was not settled goes."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._part.unlink(missing_ok=True)


def _shown(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    # A number that Excel made of an id is as clear as its text.
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    masked = mask_numbers(text)
    return safe_cell(value if masked == text else masked)


def judge(
    register: Register, source: Source, rows: int, refused: Quarantine, most_refused: int, only_check: bool
) -> None:
    """Refuse the whole load where there is nothing in it, or too much is wrong with it."""
    if rows == 0:
        raise RunError(f"{source.name}: 0 rows below the headings: nothing is loaded into {register.id}")
    if refused.count == rows or refused.count * 100 > most_refused * rows:
        lines = "\n".join(f"  {count} × {reason}" for reason, count in refused.worst())
        follows = "a load would be refused" if only_check else f"nothing is loaded into {register.id}"
        raise TooManyRefused(
            f"{source.name}: {refused.count} of {rows} rows are refused (at most {most_refused} % may be); "
            f"{follows}; see {refused.path}\n{lines}"
        )
