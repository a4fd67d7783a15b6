"""回测: what a changed parameter would have found and lost, against what people found when they checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from lianheng.engine.redflags.backends import Remote
from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.run import Limits, run_models
from lianheng.engine.redflags.store import Store
from lianheng.engine.redflags.verdicts import Verdict, share


@dataclass(frozen=True, slots=True)
class Moved:
    """A candidate that only one side has, or both with other facts, and the verdict on it, if there is one."""

    candidate: str
    period: str
    unit: str
    explanation: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Side:
    """One side's candidates, and what people found of those that they checked; shares are percent of the checked."""

    candidates: int
    checked: int
    as_indicated: int
    confirmed: int
    rejected: int
    precision: Decimal | None
    hit_rate: Decimal | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """Both sides over the same registers. Shares are percent of the checked candidates of that side.

    `changed` are kept with another reason, colour or measures, told as they would stand; `reopened` are those of them
    that people had ruled out as they stood, and would be asked about again.
    """

    model: str
    before: int
    after: int
    kept: int
    gained: tuple[Moved, ...]
    lost: tuple[Moved, ...]
    changed: tuple[Moved, ...]
    reopened: int
    lost_confirmed: int
    lost_rejected: int
    hit_rate_before: Decimal | None
    hit_rate_after: Decimal | None
    side_before: Side
    side_after: Side


def backtest(
    library: Library,
    before: Model,
    after: Model,
    store: Store,
    verdicts: Mapping[str, Verdict],
    *,
    today: dt.date,
    spill: Path,
    limits: Limits,
    remote: Remote | None = None,
) -> Backtest:
    """Run a model with its present and with changed values over the same registers, and compare.

    Parameters
    ----------
    library, store : what both sides read.
    before, after : the same model with two sets of parameters (or two versions of its query).
    verdicts : the one that counts, by candidate.
    today, spill, limits, remote : as for `run.run_models`.

    Returns
    -------
    What is gained and lost; `lost_confirmed` are candidates that people found real and the change would miss.

    Raises
    ------
    RunError where a side cannot run.
    """
    sides = [_flags(library, model, store, today, spill, limits, remote) for model in (before, after)]
    old, new = sides
    lost = [_moved(key, old[key], verdicts) for key in old if key not in new]
    gained = [_moved(key, new[key], verdicts) for key in new if key not in old]
    changed = [_moved(key, new[key], verdicts) for key in new if key in old and new[key].facts != old[key].facts]
    judged = {key: verdict.confirmed for key, verdict in verdicts.items()}
    return Backtest(
        model=before.id,
        before=len(old),
        after=len(new),
        kept=len(old.keys() & new.keys()),
        gained=tuple(gained),
        lost=tuple(lost),
        changed=tuple(changed),
        reopened=sum(_ruled_out(verdicts.get(moved.candidate), old[moved.candidate]) for moved in changed),
        lost_confirmed=sum(judged.get(moved.candidate) is True for moved in lost),
        lost_rejected=sum(judged.get(moved.candidate) is False for moved in lost),
        hit_rate_before=_side(old, verdicts).hit_rate,
        hit_rate_after=_side(new, verdicts).hit_rate,
        side_before=_side(old, verdicts),
        side_after=_side(new, verdicts),
    )


@dataclass(frozen=True, slots=True)
class _Flag:
    period: str
    unit: str
    explanation: str
    facts: str


Flags = dict[str, _Flag]


def _flags(
    library: Library, model: Model, store: Store, today: dt.date, spill: Path, limits: Limits, remote: Remote | None
) -> Flags:
    run = run_models(library, [model], store, today=today, spill=spill, limits=limits, remote=remote)
    done = run.models[0]
    if done.outcome != "ran":
        raise RunError(f"{model.id} cannot run: {done.message}")
    rows = run.connection.execute(
        "SELECT candidate, period, unit, explanation, facts FROM candidates WHERE result = 'flag' "
        "ORDER BY score DESC, candidate"
    ).fetchall()
    run.connection.close()
    return {row[0]: _Flag(*row[1:]) for row in rows}


def _moved(key: str, flag: _Flag, verdicts: Mapping[str, Verdict]) -> Moved:
    verdict = verdicts[key].verdict if key in verdicts else ""
    return Moved(key, flag.period, flag.unit, flag.explanation, verdict)


def _ruled_out(verdict: Verdict | None, flag: _Flag) -> bool:
    return verdict is not None and not verdict.confirmed and verdict.facts == flag.facts


def _side(flags: Flags, verdicts: Mapping[str, Verdict]) -> Side:
    checked = [verdicts[key] for key in flags if key in verdicts]
    exact = sum(verdict.verdict == "as_indicated" for verdict in checked)
    confirmed = sum(verdict.confirmed for verdict in checked)
    return Side(
        len(flags), len(checked), exact, confirmed, len(checked) - confirmed, share(exact, len(checked)),
        share(confirmed, len(checked)),
    )  # fmt: skip
