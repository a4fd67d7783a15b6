"""保存期限 of runs: which run folders nobody needs any more, and their removal with a record.

A run is kept while it is young, while it is the newest, and while a candidate leans on it: its newest run, as long as
nobody has judged it, it is confirmed, or was rejected lately; for a confirmed one the run with the judged numbers, too.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lianheng.engine.redflags.result_folders import file_hash, read_object
from lianheng.engine.redflags.sandbox import open_sandbox
from lianheng.engine.redflags.verdicts import Verdict

LOG = "_purged.jsonl"
DAYS = 90  # how long a rejected candidate is kept


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run folder: its day, how many candidates it flags, and why it stays; without a reason it may go."""

    folder: Path
    day: dt.date | None
    candidates: int
    why: tuple[str, ...]

    @property
    def may_go(self) -> bool:
        """Whether nobody needs it any more."""
        return not self.why


def weigh_runs(
    folders: Iterable[Path], verdicts: Mapping[str, Verdict], today: dt.date, days: int = DAYS
) -> list[KeptRun]:
    """What of these runs may go.

    Parameters
    ----------
    folders : of one kind (all common, or all about people), the newest first.
    verdicts : the one that counts, by candidate.
    today : the day from which is counted back.
    days : a run is kept so long, and a rejected candidate so long after its verdict.

    Returns
    -------
    The runs in the same order; one that cannot be read stays, and says so.
    """
    before = today - dt.timedelta(days=days)
    covered: set[str] = set()
    proven: set[str] = set()
    found = []
    for place, folder in enumerate(folders):
        try:
            day, flags = _read(folder)
        except (OSError, ValueError, KeyError, duckdb.Error) as error:
            found.append(KeptRun(folder, None, 0, (f"cannot be read ({str(error).splitlines()[0]})",)))
            continue
        why = _needed(flags, verdicts, before, covered, proven)
        reasons = ["the newest run"] if place == 0 else []
        reasons += [f"not {days} days old"] if day > before else []
        reasons += [f"{number} {name}" for name, number in sorted(why.items())]
        found.append(KeptRun(folder, day, len(flags), tuple(reasons)))
    return found


def _read(folder: Path) -> tuple[dt.date, list[tuple[str, str]]]:
    day = dt.date.fromisoformat(read_object(folder / "run.json")["today"])
    connection = open_sandbox([folder])
    sql = "SELECT candidate, facts FROM read_parquet(?) WHERE result = 'flag'"
    rows = connection.execute(sql, [str(folder / "candidates.parquet")]).fetchall()
    connection.close()
    return day, rows


def _needed(
    flags: Iterable[tuple[str, str]], verdicts: Mapping[str, Verdict], before: dt.date, covered: set[str],
    proven: set[str],
) -> Counter[str]:  # fmt: skip
    """How many candidates lean on the run, by reason; what newer runs hold is in `covered` and `proven`."""
    why: Counter[str] = Counter()
    for candidate, facts in flags:
        verdict = verdicts.get(candidate)
        newest = candidate not in covered
        covered.add(candidate)
        if verdict is not None and verdict.confirmed:
            judged = verdict.facts == facts and candidate not in proven
            proven |= {candidate} if judged else set()
            why["confirmed"] += newest or judged
        elif newest and (verdict is None or verdict.facts != facts):
            why["not judged"] += 1
        elif newest and verdict is not None and verdict.on > before:
            why["rejected lately"] += 1
    return +why


def remove_runs(runs: Iterable[KeptRun], *, now: dt.datetime, by: str, closed: bool = False) -> None:
    """Remove run folders; each is on record, by hash and number, before it goes.

    Parameters
    ----------
    runs : from `weigh_runs`; one that may not go is an error of the caller.
    now, by : for the record, `_purged.jsonl` beside the runs.
    closed : only the owner may read the record.
    """
    for run in runs:
        assert run.may_go
        log = run.folder.parent / LOG
        if closed:
            log.touch(mode=0o600)
        row = {
            "at": now.isoformat(timespec="seconds"), "by": by, "run": run.folder.name, "day": str(run.day),
            "candidates": run.candidates, "run_json_sha256": file_hash(run.folder / "run.json"),
        }  # fmt: skip
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A name that no command takes for a run: what dies half-way is not half a run.
        gone = run.folder.with_name(f".gone-{run.folder.name}")
        run.folder.rename(gone)
        shutil.rmtree(gone)
