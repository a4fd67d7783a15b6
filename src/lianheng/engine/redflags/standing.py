"""Where a candidate stands now: what changed since it was judged, and since when no run finds it any more."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.history import GONE, GONE_NAME, STATES
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.result_folders import MANIFEST, read_object
from lianheng.engine.redflags.sandbox import open_sandbox
from lianheng.engine.redflags.verdicts import Verdict
from lianheng.engine.redflags.words import COLOUR_NAMES, measure_in_words

CANNOT_TELL = "cannot_tell"
STANDINGS = {**STATES, GONE: GONE_NAME, CANNOT_TELL: "现在不能判断"}


@dataclass(frozen=True, slots=True)
class Gone:
    """No run since `since` finds it; `run` is the first of those, `reason` as the newest of them told it."""

    since: dt.date
    run: str
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was when the candidate was judged."""

    name: str
    label: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Standing:
    """`facts_changed`: other numbers than were judged; `changes` lists them while `judged_run`, with those, is kept.

    `flagged_before` is the newest earlier row that was flagged, where the newest one cannot be told.
    """

    state: str
    verdict: Verdict | None
    facts_changed: bool
    judged_run: str
    changes: tuple[Change, ...]
    gone: Gone | None
    flagged_before: dict[str, Any] | None

    @property
    def in_words(self) -> str:
        """The state in Chinese."""
        return STANDINGS[self.state]


def standing_of(
    runs: Sequence[Path], found: dict[str, Any], verdicts: Iterable[Verdict], model: Model | None
) -> Standing:
    """Where a candidate stands.

    Parameters
    ----------
    runs : the folders of finished runs, the newest first.
    found : the candidate in the newest run that has it, from `candidates.find_candidate`.
    verdicts : those on this candidate; the last counts.
    model : gives measures and reasons their names; None: they stand by their codes.

    Returns
    -------
    The state of the run, corrected by a verdict that was given after it, and by newer runs of the same model that do
    not have the candidate.
    """
    rows = _in_all_runs(runs, found["candidate"])
    verdict = next(iter(reversed(list(verdicts))), None)
    gone = _gone(runs, found)
    judged = next((row for row in rows if verdict is not None and row["facts"] == verdict.facts), None)
    changed = verdict is not None and verdict.facts != found["facts"]
    return Standing(
        state=_state(found, verdict, gone),
        verdict=verdict,
        facts_changed=changed,
        judged_run=judged["run"] if judged else "",
        changes=_changes(judged, found, model) if changed and judged else (),
        gone=gone,
        flagged_before=None if found["result"] == "flag" else next((r for r in rows if r["result"] == "flag"), None),
    )


def _state(found: dict[str, Any], verdict: Verdict | None, gone: Gone | None) -> str:
    if gone:
        return GONE
    if found["result"] != "flag":
        return CANNOT_TELL
    if verdict is None or found["state"] == "suppressed":
        return str(found["state"])
    if verdict.confirmed:
        return "confirmed"
    return "rejected" if verdict.facts == found["facts"] else "reopened"


def _in_all_runs(runs: Sequence[Path], candidate: str) -> list[dict[str, Any]]:
    """The candidate's row in each run that has it, the newest first."""
    if not runs:
        return []
    cursor = open_sandbox(list(runs)).execute(
        "SELECT filename, result, reason, colour, facts, version, parameters, explanation, measures, last_seen "
        "FROM read_parquet(?, filename = true, union_by_name = true) WHERE candidate = ?",
        [[str(folder / "candidates.parquet") for folder in runs], candidate],
    )
    names = [column[0] for column in cursor.description or ()]
    by_run = {Path(row[0]).parent.name: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
    return [{**by_run[folder.name], "run": folder.name} for folder in runs if folder.name in by_run]


def _gone(runs: Sequence[Path], found: dict[str, Any]) -> Gone | None:
    """Newer runs of the candidate's model that do not have it; runs of other models tell nothing about it."""
    newer = []
    for folder in takewhile(lambda folder: folder.name != found["run"], runs):
        manifest = read_object(folder / MANIFEST)
        done = next((row for row in manifest["models"] if row["model"] == found["model"]), None)
        if done is not None:
            newer.append((folder.name, manifest, done))
    if not newer:
        return None
    run, first, _ = newer[-1]
    told = (_told_reason(manifest, done, found["candidate"]) for _, manifest, done in newer)
    return Gone(dt.date.fromisoformat(first["today"]), run, next((text for text in told if text), ""))


def _told_reason(manifest: dict[str, Any], done: dict[str, Any], candidate: str) -> str:
    listed = (row["reason"] for row in manifest.get("no_longer_produced", ()) if row["candidate"] == candidate)
    silent = "" if done["outcome"] in ("ran", "carried") else f"模型没有运行：{done['message']}"
    return str(next(listed, silent))


def _changes(judged: dict[str, Any], found: dict[str, Any], model: Model | None) -> tuple[Change, ...]:
    """What is another in the newest run than in the one with the judged numbers."""
    pairs = [
        ("version", "模型版本", f"第{judged['version']}版", f"第{found['version']}版"),
        ("explanation", "说明", *_sentences(judged, found)),
        ("colour", "颜色", *(COLOUR_NAMES.get(row["colour"] or "", "—") for row in (judged, found))),
    ]
    before, now = json.loads(judged["measures"]), found["measures"]
    for name in dict.fromkeys([*before, *now]):
        known = model is not None and name in model.measures
        label = model.measures[name].label if model and known else name
        pairs.append((name, label, *(_cell(model if known else None, name, row.get(name)) for row in (before, now))))
    return tuple(Change(*pair) for pair in pairs if pair[2] != pair[3])


def _sentences(judged: dict[str, Any], found: dict[str, Any]) -> tuple[str, str]:
    """Both sentences where the reason is another: its code tells a reader nothing."""
    if (judged["result"], judged["reason"]) == (found["result"], found["reason"]):
        return "", ""
    return str(judged["explanation"] or "—"), str(found["explanation"] or "—")


def _cell(model: Model | None, name: str, value: str | None) -> str:
    return measure_in_words(model, name, value) if model else value or "—"
