"""All cases of a process: judge each, and freeze the run in a folder that appears when it is whole."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.result_folders import seal_folder, whole_folder
from lianheng.engine.redflags.trace.event_file import Refused
from lianheng.engine.redflags.trace.events import Event, Known
from lianheng.engine.redflags.trace.freeze import write_breaks, write_workbook
from lianheng.engine.redflags.trace.judge import Trace, judge_case
from lianheng.engine.redflags.trace.process import Process
from lianheng.engine.redflags.trace.report import render_trace_report


@dataclass(frozen=True, slots=True)
class Judged:
    """Cases with findings, the most breaks first, and how many cases there are of each result."""

    traces: tuple[Trace, ...]
    counts: dict[str, int]


def judge_all(
    process: Process, cases: Iterable[tuple[str, list[Event]]], known: Known, today: dt.date,
    progress: Callable[[int], None] = lambda done: None,
) -> Judged:  # fmt: skip
    """Judge every case.

    Parameters
    ----------
    process, known, today : as for `judge_case`.
    cases : case and its events; consumed one by one, so that only cases with findings are kept.
    progress : called with the number of cases done, each thousand.

    Returns
    -------
    The cases with findings and the counts; no case gives no trace and zero counts.
    """
    kept, counts = [], {"break": 0, "cannot_tell": 0, "clear": 0}
    for number, (case, events) in enumerate(cases, 1):
        trace = judge_case(process, case, events, known, today)
        counts[trace.result] += 1
        if trace.findings:
            kept.append(trace)
        if number % 1000 == 0:
            progress(number)
    kept.sort(key=lambda trace: (-len(trace.breaks), trace.case))
    return Judged(tuple(kept), counts)


def freeze_run(
    process: Process, judged: Judged, known: Known, today: dt.date, out: Path, about: dict[str, Any],
    refused: Iterable[Refused] = (),
) -> dict[str, Any]:  # fmt: skip
    """Write breaks.csv, breaks.xlsx, breaks.parquet, report.html, refused.csv where rows were, and run.json.

    Parameters
    ----------
    process, judged, known, today : the run.
    out : a folder that is not there yet, or empty.
    about : what else the manifest says: sources and their hashes.
    refused : rows of the event file that were not read.

    Returns
    -------
    The manifest. Where anything fails nothing is left behind.
    """
    with whole_folder(out) as work:
        write_breaks(work, judged.traces)
        write_workbook(work / "breaks.xlsx", process, judged.traces, known.alerts)
        report = render_trace_report(process, judged.traces, judged.counts, known.alerts, today)
        (work / "report.html").write_text(report, encoding="utf-8")
        bad = list(refused)
        if bad:
            with (work / "refused.csv").open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows([("line", "reason"), *((row.line, row.reason) for row in bad)])
        return seal_folder(
            work,
            {
                "process": process.id, "version": process.version, "today": today.isoformat(), "cases": judged.counts,
                "breaks": sum(len(trace.breaks) for trace in judged.traces), "refused": len(bad),
                "alerts": [asdict(alert) for alert in known.alerts], **about,
            },
        )  # fmt: skip
