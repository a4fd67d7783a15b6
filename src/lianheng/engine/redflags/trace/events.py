"""Events of cases, and what is known about where they come from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from lianheng.engine.redflags.trace.process import Process


@dataclass(frozen=True, slots=True)
class Event:
    """事项: one thing that happened in a case; `origin` says in which register, or file and line, it stands."""

    case: str
    step: str
    date: dt.date | None
    amount: Decimal | None = None
    document: str = ""
    actor: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class SourceAlert:
    """来源告警: a source that is missing, empty or silent. Silence is not clean."""

    kind: str
    source: str
    text: str


@dataclass(slots=True)
class Known:
    """What can be asked of the data at all.

    `silent` are steps of which nobody records anything, with the reason; `unheard` steps whose registers are not
    loaded; `until` the last day of which a step's source speaks; `unlinked` the steps that a case cannot reach, by
    case; `doubtful` cases with refused rows; `free` days off.
    """

    silent: dict[str, str] = field(default_factory=dict)
    unheard: set[str] = field(default_factory=set)
    until: dict[str, dt.date] = field(default_factory=dict)
    unlinked: dict[str, frozenset[str]] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    free: Mapping[dt.date, bool] = field(default_factory=dict)
    alerts: list[SourceAlert] = field(default_factory=list)

    def why_unknown(self, step: str, case: str) -> str:
        """Why a step that is not there may have happened all the same; blank: it did not."""
        if step in self.silent:
            return self.silent[step]
        if step in self.unlinked.get(case, ()):
            return "台账之间没有本案的编号对应"
        return "本案有未能读入的行" if case in self.doubtful else ""


def note_silent_steps(process: Process, seen: set[str], known: Known) -> None:
    """Steps without one event in any case: their absence tells nothing about one case."""
    for step in process.steps.values():
        if step.id not in seen and step.id not in known.silent:
            known.silent[step.id] = f"全部个案都没有“{step.title}”的记录"
            if step.id in process.expected:
                known.alerts.append(SourceAlert("silent", step.id, known.silent[step.id]))
