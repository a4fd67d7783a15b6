"""Where register rows lie: Parquet by year, and one small file per batch that says which pieces count.

A piece that no batch file names does not exist, so a load that stops half way leaves nothing behind.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path

import duckdb

from lianheng.engine.redflags.known_hashes import KnownHashes
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.result_folders import read_object

STOCK = 0  # the "year" of a register without a period
_OWN = re.compile(r"(?:tmp_)?[a-z][a-z0-9_]*_\d{8}_\d{3,}")  # a batch's id, and the name of DuckDB's half-written file


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one year of one batch."""

    year: int
    file: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Batch:
    """One load of one source into one register."""

    id: str
    register: str
    source: str
    source_sha256: str
    loaded_on: dt.date
    rows: int
    refused: int
    latest: dt.date | None
    pieces: tuple[Piece, ...]
    replaces: str = ""  # the batch whose place it took when rows past their retention went
    took_out: tuple[str, ...] = ()  # the batches that a load with --replace took out
    sheet: str = ""  # of a workbook
    rounded: int = 0  # cells of areas that had more decimals than their column
    needs: str = ""  # counts, and takes another's place, from the moment in which this batch does
    absent: tuple[str, ...] = ()  # columns that decide something (`without`), and that the source does not have


class Store:
    """A folder of loaded registers.

    Example
    -------
    >>> Store(Path("/nowhere")).batches()
    []
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._as_of: dict[str, list[Batch]] | None = None

    def as_of_now(self) -> Store:
        """The same store with the batches of this moment: a run sees one state, and reads each batch file once."""
        same = Store(self.folder)
        same._as_of = {"": self.batches()}
        for batch in same._as_of[""]:
            same._as_of.setdefault(batch.register, []).append(batch)
        return same

    def batches(self, register: str = "") -> list[Batch]:
        """Every batch (of one register) in the order of loading."""
        if self._as_of is not None:
            return self._as_of.get(register, [])
        folder = self.folder / "_batches"
        found = [_read(path) for path in sorted(folder.glob("*.json"))]
        # A correction that was cut short never counted, nor does what it would have left of other batches.
        found = [batch for batch in found if not batch.needs or list(folder.glob(f"{batch.needs}.[jg]*"))]
        # Where a purge or a load with --replace was cut short, the batches that it replaces are still there.
        replaced = {name for batch in found for name in (batch.replaces, *batch.took_out)}
        return [batch for batch in found if batch.id not in replaced and (not register or batch.register == register)]

    def files(self, register: str, since: int | None = None) -> list[Path]:
        """The Parquet files of a register, of the years from `since` on; a stock is always whole."""
        pieces = [piece for batch in self.batches(register) for piece in batch.pieces]
        return [
            self.folder / piece.file
            for piece in pieces
            if since is None or piece.year in (STOCK,) or piece.year >= since
        ]

    def damaged(self, registers: Collection[str], today: dt.date) -> dict[str, tuple[str, ...]]:
        """By register the pieces that are gone, or no longer have the SHA-256 that their batch states."""
        known = KnownHashes(self.folder, self.folder / "_batches" / "hashes.txt", today)
        found = {
            register: tuple(
                piece.file
                for batch in self.batches(register)
                for piece in batch.pieces
                if known.of(piece.file) != piece.sha256
            )
            for register in registers
        }
        known.keep()
        return found

    def rows(self, register: str) -> int:
        """How many rows are loaded."""
        return sum(batch.rows for batch in self.batches(register))

    def commit(self, batch: Batch) -> None:
        """Make a batch count; from here on its pieces are read."""
        folder = self.folder / "_batches"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{batch.id}.json"
        if path.exists():
            raise RunError(f"batch {batch.id} is there already")
        spare = path.with_suffix(".part")
        spare.write_text(json.dumps(asdict(batch), ensure_ascii=False, default=str, indent=1), encoding="utf-8")
        os.replace(spare, path)

    def undo(self, batch_id: str) -> Batch:
        """Take a batch out: first it no longer counts, then its pieces go."""
        path = self.folder / "_batches" / f"{batch_id}.json"
        if not batch_id.isidentifier() or not path.exists():
            known = ", ".join(batch.id for batch in self.batches()) or "none"
            raise RunError(f"there is no batch {batch_id!r}; there are {known}")
        batch = _read(path)
        self.drop(batch)
        return batch

    def drop(self, batch: Batch, keep: Collection[str] = ()) -> None:
        """Take a batch out, and its pieces but those that another batch has taken over."""
        path = self.folder / "_batches" / f"{batch.id}.json"
        if path.exists():
            # The number stays taken: a run that read this batch must not mistake another one for it.
            os.replace(path, path.with_suffix(".gone"))
        for piece in batch.pieces:
            if piece.file not in keep:
                (self.folder / piece.file).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what acts that were killed have left: pieces that no batch names, batches whose place is taken.

        Only for one who holds the loading of the office: another load's pieces are not named yet.
        """
        counted = self.batches()
        named = {piece.file for batch in counted for piece in batch.pieces}
        for path in (self.folder / "_batches").glob("*.json"):
            if path.stem not in {batch.id for batch in counted}:
                self.drop(_read(path), keep=named)
        for path in self.folder.glob("*/_year=*/*.parquet"):
            if str(path.relative_to(self.folder).as_posix()) not in named and _OWN.fullmatch(path.stem):
                path.unlink(missing_ok=True)
        for path in (self.folder / "_batches").glob("*.part"):
            if _OWN.fullmatch(path.stem):  # runs note hashes here, with no lock
                path.unlink(missing_ok=True)

    def next_id(self, register: str, today: dt.date) -> str:
        """A new batch's id: register, day, number; one that was taken out is not given again."""
        start = f"{register}_{today:%Y%m%d}_"
        taken = [int(path.stem.removeprefix(start)) for path in (self.folder / "_batches").glob(f"{start}*.[jg]*")]
        return f"{start}{max(taken, default=0) + 1:03d}"


def year_sql(register: Register) -> str:
    """SQL of the year by which a row is stored."""
    if not register.period:
        return str(STOCK)
    plain = register.types[register.period].name == "integer"
    return f'"{register.period}"' if plain else f'CAST(extract(year FROM "{register.period}") AS BIGINT)'


def view_sql(register: Register, columns: list[str], files: list[Path]) -> str:
    """SQL that reads exactly these columns of a register from its files; no files: no rows."""
    if not files:
        cells = ", ".join(f'CAST(NULL AS {register.types[name].sql}) AS "{name}"' for name in columns)
        return f"SELECT {cells} WHERE FALSE"
    groups: dict[tuple[str, ...], list[Path]] = {}
    for path in files:
        groups.setdefault(_lacking(path, columns), []).append(path)
    return " UNION ALL ".join(_read_sql(register, columns, lacking, paths) for lacking, paths in groups.items())


def _read_sql(register: Register, columns: list[str], lacking: tuple[str, ...], files: list[Path]) -> str:
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
    cells = ", ".join(
        f'CAST(NULL AS {register.types[name].sql}) AS "{name}"' if name in lacking else f'"{name}"' for name in columns
    )
    return f"SELECT {cells} FROM read_parquet([{listed}], hive_partitioning = false)"


def _lacking(path: Path, columns: list[str]) -> tuple[str, ...]:
    """Columns that were declared after the file was written; nobody filled them then."""
    stored = _stored_columns(path)
    return tuple(name for name in columns if name not in stored) if stored else ()


@lru_cache(maxsize=100_000)  # the file of a batch is never written again
def _stored_columns(path: Path) -> frozenset[str]:
    """The columns of a file; none where it cannot be read, which is told when it is."""
    try:
        rows = _footers().cursor().execute("SELECT name FROM parquet_schema(?)", [str(path)]).fetchall()
    except duckdb.Error:
        return frozenset()
    return frozenset(row[0] for row in rows)


@cache
def _footers() -> duckdb.DuckDBPyConnection:
    """Reads the ends of files; opening one for each takes thirty times as long."""
    return duckdb.connect(":memory:", config={"threads": 1})


def _read(path: Path) -> Batch:
    row = read_object(path)
    row["pieces"] = tuple(Piece(**piece) for piece in row["pieces"])
    row["took_out"], row["absent"] = tuple(row.get("took_out", ())), tuple(row.get("absent", ()))
    if "sheet" not in row:  # loads once told it in the source's name alone
        row["sheet"] = row["source"].rpartition("[")[2][:-1] if row["source"].endswith("]") else ""
    row["loaded_on"] = dt.date.fromisoformat(row["loaded_on"])
    row["latest"] = dt.date.fromisoformat(row["latest"]) if row["latest"] else None
    return Batch(**row)
