"""`lianheng trace …`: the events of a procurement, project or fund on one line, with limits and breaks.

Exit codes: 0 done; 1 the answer is no (no such case, a case with breaks, a source is missing or rows were refused);
2 it could not be understood or is refused, and nothing was written.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli.guarding import Intermixed, guarded, today_of
from lianheng.cli.registers import common, declared_registers, open_office, warn_of_faults

if TYPE_CHECKING:
    from lianheng.engine.redflags.register import Register
    from lianheng.engine.redflags.trace.event_file import Refused
    from lianheng.engine.redflags.trace.events import Event, Known
    from lianheng.engine.redflags.trace.judge import Trace
    from lianheng.engine.redflags.trace.process import Process
    from lianheng.engine.redflags.trace.registers import Reader
    from lianheng.library.office import Office


def add_parser(rooms: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands about traces."""
    trace = rooms.add_parser("trace", help="one procurement, project or fund from plan to payment, with breaks")
    acts: Any = trace.add_subparsers(metavar="ACT", required=True, parser_class=Intermixed)
    listing = acts.add_parser("list", help="the processes, their steps, and what the loaded registers hold of them")
    common(listing)
    listing.set_defaults(run=guarded(run_list))
    show = acts.add_parser("show", help="one case on one line")
    show.add_argument("process", metavar="PROCESS")
    show.add_argument("case", metavar="CASE")
    show.add_argument("--html", type=Path, metavar="FILE", help="write the drawing and its tables too")
    _inputs(show)
    show.set_defaults(run=guarded(run_show))
    run = acts.add_parser("run", help="every case; breaks and report into a new folder")
    run.add_argument("process", metavar="PROCESS")
    run.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="not there yet, or empty")
    _inputs(run)
    run.set_defaults(run=guarded(run_all))


def _inputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--events", type=Path, metavar="FILE", help="a file of events instead of loaded registers")
    parser.add_argument("--sheet", default="", help="the sheet of a workbook (default: the first)")
    parser.add_argument("--calendar", type=Path, metavar="FILE", help="days off (day, holiday), for working days")
    parser.add_argument("--most-refused", type=int, default=10, metavar="PERCENT", help="refuse the file above (10)")
    common(parser)


@dataclass
class _Read:
    """What a command reads from: events by case, what is known, and what the manifest says of the sources."""

    known: Known
    cases: Iterable[tuple[str, list[Event]]]
    about: dict[str, Any]
    refused: tuple[Refused, ...] = field(default=())


def _declared(arguments: argparse.Namespace) -> tuple[Office, dict[str, Register], dict[str, Process]]:
    from lianheng.library.processes import load_processes

    office = open_office(arguments)
    registers, faults = declared_registers(office)
    warn_of_faults(faults)
    return office, registers, load_processes(registers, office.folder / "processes", lost=faults)


def _reader(office: Office, registers: dict[str, Register]) -> Reader:
    from lianheng.engine.redflags.trace.readers import ServerReader, StoreReader

    return ServerReader(office.url, registers) if office.url else StoreReader(office.store, registers)


def _process(processes: dict[str, Process], id_: str) -> Process:
    from lianheng.engine.redflags.problems import RunError

    if id_ not in processes:
        raise RunError(f"there is no process {id_!r}; there are {', '.join(processes)}")
    return processes[id_]


def _read(arguments: argparse.Namespace, only: str = "") -> tuple[Process, _Read]:
    from lianheng.engine.redflags.trace.event_file import read_calendar_file
    from lianheng.engine.redflags.trace.registers import read_cases

    office, registers, processes = _declared(arguments)
    process = _process(processes, arguments.process)
    if arguments.events:
        read = _from_file(arguments, process, office, registers)
    else:
        known, cases = read_cases(process, registers, _reader(office, registers), only)
        batches = [] if office.url else office.store.batches()
        wanted = {*process.registers, "process_event", "process_link", "calendar"}
        about = {"batches": {b.id: b.source_sha256 for b in batches if b.register in wanted}, "events": None}
        read = _Read(known, cases, about)
    if arguments.calendar:
        read.known.free = read_calendar_file(registers["calendar"], arguments.calendar)
    return process, read


def _from_file(
    arguments: argparse.Namespace, process: Process, office: Office, registers: dict[str, Register]
) -> _Read:
    from lianheng.engine.redflags.trace.event_file import read_events
    from lianheng.engine.redflags.trace.registers import CALENDAR, read_calendar

    found = read_events(
        process, arguments.events, arguments.sheet, most_refused=arguments.most_refused, progress=_progress("rows")
    )
    if not arguments.calendar and not office.url and office.store.rows(CALENDAR):
        found.known.free = read_calendar(_reader(office, registers))
    about = {"batches": {}, "events": {"file": found.name, "sha256": found.sha256, "rows": found.rows}}
    return _Read(found.known, found.cases.items(), about, found.refused)


def _progress(what: str) -> Any:
    def say(done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done:,} {what}", end="", file=sys.stderr, flush=True)

    return say


def run_list(arguments: argparse.Namespace) -> int:
    """Print every process, its steps in order, and the registers they come from with the rows loaded."""
    office, registers, processes = _declared(arguments)
    there = _reader(office, registers).there()
    if arguments.json:
        rows = [
            {"process": p.id, "version": p.version, "title": p.title, "meaning": p.meaning, "case": p.case,
             "steps": [{"step": s.id, "title": s.title, "required": s.required,
                        "registers": [source.register for source in s.sources]} for s in p.steps.values()],
             "limits": len(p.limits), "amounts": len(p.amounts),
             "needs": {need.step: str(need.at_least) for need in p.needs},
             "rows": {name: there.get(name, 0) for name in (*p.registers, "process_event")}} for p in processes.values()
        ]  # fmt: skip
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return 0
    for process in processes.values():
        print(f"{process.id:12} v{process.version}  {process.title}（{process.case}）  {process.meaning}")
        needed = {need.step: f"  from {need.at_least:.0f} yuan on" for need in process.needs}
        for step in process.steps.values():
            names = [source.register for source in step.sources] or ["process_event"]
            told = ", ".join(f"{name} {there.get(name, 0)} rows" for name in names)
            word = "required" if step.required else "needed  " if step.id in needed else "optional"
            print(f"    {step.id:15} {word}  {step.title}  [{told}]{needed.get(step.id, '')}")
    return 0


def run_show(arguments: argparse.Namespace) -> int:
    """Print one case; 1 where there is none of that number, or it has a break."""
    from dataclasses import asdict

    from lianheng.engine.redflags.trace.judge import judge_case
    from lianheng.engine.redflags.trace.report import render_trace_report

    today = today_of(arguments)
    process, read = _read(arguments, arguments.case)
    events = dict(read.cases).get(arguments.case)
    if events is None:
        print(f"lianheng trace show: no event of {process.id} has the case {arguments.case}", file=sys.stderr)
        return 1
    trace = judge_case(process, arguments.case, events, read.known, today)
    if arguments.html:
        page = render_trace_report(process, [trace], {trace.result: 1}, read.known.alerts, today)
        _write(arguments.html, page)
    if arguments.json:
        said = {"process": process.id, "result": trace.result, **asdict(trace)}
        said["alerts"] = [asdict(alert) for alert in read.known.alerts]
        print(json.dumps(said, ensure_ascii=False, indent=1, default=str))
    else:
        _say(process, trace, read.known)
    return 1 if trace.breaks else 0


def _write(path: Path, page: str) -> None:
    from lianheng.cli.csv_tables import TableError, write_whole
    from lianheng.engine.redflags.problems import RunError

    try:
        write_whole(path, page)
    except TableError as error:
        raise RunError(f"--html {error}") from error


def _say(process: Process, trace: Trace, known: Known) -> None:
    from lianheng.engine.redflags.trace.finding import KINDS
    from lianheng.engine.redflags.trace.report import RESULTS, event_rows

    print(f"{process.title} {trace.case}  {RESULTS[trace.result]}")
    for day, step, amount, document, actor, origin in event_rows(process, trace):
        money = f"{amount}元" if amount else ""
        print(
            "  ".join(part for part in (f"  {day or '无日期':10}", step, money, document, actor, f"[{origin}]") if part)
        )
    for finding in trace.findings:
        mark = "断点" if finding.result == "break" else "待定"
        print(f"{mark} {KINDS[finding.kind]}：{finding.text}" + (f"（{finding.basis}）" if finding.basis else ""))
    for alert in known.alerts:
        print(f"ALERT {alert.kind}: {alert.text}")


def run_all(arguments: argparse.Namespace) -> int:
    """Judge every case and freeze the run; 1 where a source is missing or empty, or rows were refused."""
    from lianheng.engine.redflags.result_folders import refuse_taken
    from lianheng.engine.redflags.trace.run import freeze_run, judge_all

    today, out = today_of(arguments), arguments.out
    refuse_taken(out)
    process, read = _read(arguments)
    judged = judge_all(process, read.cases, read.known, today, _progress("cases"))
    manifest = freeze_run(process, judged, read.known, today, out, read.about, read.refused)
    incomplete = [alert for alert in read.known.alerts if alert.kind in ("missing", "empty", "refused")]
    if arguments.json:
        print(json.dumps({**manifest, "folder": str(out)}, ensure_ascii=False, indent=1))
    else:
        counts = judged.counts
        told = f"{counts['break']} with breaks ({manifest['breaks']} in all), {counts['cannot_tell']} cannot be told"
        print(f"{sum(counts.values())} cases of {process.id}: {told}, {counts['clear']} clear")
        for alert in read.known.alerts:
            print(f"ALERT {alert.kind}: {alert.text}")
        print(f"{out}/report.html  {out}/breaks.xlsx")
    return 1 if incomplete else 0
