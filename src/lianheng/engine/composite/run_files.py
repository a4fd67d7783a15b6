"""The files of `lianheng index run`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from .chain import Run, Step
from .config import Config
from .frozen import rules_as_rows
from .profiles import index_ranks
from .screen import Screening
from .tables import Table
from .treat import MomentTest, Treatment
from .weighting import effective_weights
from .writing import csv_bytes, manifest_bytes, number_text, table_bytes


def run_files(config: Config, run: Run) -> dict[str, bytes]:
    """Return the files of a finished pipeline: one table per step, records, results, report and manifest.

    Parameters
    ----------
    config : Config
    run : Run
        Of `chain.run_steps` on the config's inputs and steps.

    Returns
    -------
    dict
        File name → bytes. `results.csv` and the report's ranking are there if the pipeline aggregates.
    """
    from .report import run_report

    files: dict[str, bytes] = {}
    for name, number, step in step_names(run.steps):
        outcome = run.outcomes[number]
        if step.do == "weight":
            files[f"{name}.csv"] = _weights(run, number)
            continue
        files[f"{name}.csv"] = table_bytes(outcome.state.table)
        files |= _record(name, outcome.record, run, number)
    if run.steps[-1].do == "aggregate":
        files["results.csv"] = _results(run)
    files["report.html"] = run_report(config, run).encode("utf-8")
    sources = config.sources()
    notes = {"warnings": run.warnings}
    files["manifest.json"] = manifest_bytes("index run", sources, files, seed=None, notes=notes)
    return files


def step_names(steps: tuple[Step, ...]) -> Iterator[tuple[str, int, Step]]:
    """Yield (file name, position, step); a step that comes again is called normalise-2 and so on."""
    seen: dict[str, int] = {}
    for number, step in enumerate(steps):
        seen[step.do] = seen.get(step.do, 0) + 1
        yield step.do if seen[step.do] == 1 else f"{step.do}-{seen[step.do]}", number, step


def _results(run: Run) -> bytes:
    framework, table = run.state.framework, run.table
    places = index_ranks(table, framework.top)
    ranked = ["" if place != place else str(int(place)) for place in places]
    return table_bytes(table.select_codes(framework.aggregates), {f"rank_{framework.top}": ranked})


def _weights(run: Run, number: int) -> bytes:
    state = run.outcomes[number].state
    own, effective = state.weights or {}, effective_weights(state.framework, state.weights)
    rows: list[Sequence[object]] = [["iCode", "Level", "Weight", "EffWeight"]]
    for code in state.framework.codes:
        weight = own.get(code, state.framework[code].weight)
        rows.append([code, state.framework[code].level, number_text(weight), number_text(effective[code])])
    return csv_bytes(rows)


def _record(name: str, record: object, run: Run, number: int) -> dict[str, bytes]:
    if isinstance(record, Screening):
        return {f"{name}-record.csv": _screening(record)}
    if isinstance(record, list) and record and isinstance(record[0], Treatment):
        return {f"{name}-record.csv": _treatment(record), f"{name}-points.csv": _points(record)}
    rules = run.outcomes[number].state.rules
    if name.startswith("normalise") and rules is not None:
        rows = rules_as_rows(rules)
        return {f"{name}-frozen.csv": csv_bytes(rows)} if rows else {}
    return {}


def _screening(done: Screening) -> bytes:
    header = "uCode N_missing N_zero N_miss_or_zero Dat_Avail Non_Zero LowData LowNonZero LowDatOrZeroFlag Included"
    rows: list[Sequence[object]] = [header.split()]
    found = done.availability
    for place, unit in enumerate(found.units):
        flags = (done.low_data[place], done.low_non_zero[place], done.low_data[place] or done.low_non_zero[place])
        counts = (found.n_missing[place], found.n_zero[place], found.n_miss_or_zero[place])
        shares = (number_text(found.dat_avail[place]), number_text(found.non_zero[place]))
        rows.append([unit, *counts, *shares, *(str(bool(flag)) for flag in (*flags, done.included[place]))])
    return csv_bytes(rows)


def _treatment(parts: list[Treatment]) -> bytes:
    header = ["iCode"]
    for test in ("0", "1", "2"):
        header += [f"Pass{test}", f"Skew{test}", f"Kurt{test}"]
    rows: list[Sequence[object]] = [[*header, "nwin", "Treatment", "Note", "Time"]]
    for part in parts:
        time = "" if part.table.times is None else f"{part.table.times[0]:g}"
        for record in part.records:
            tests = [*_test(record.test0), *_test(record.test1), *_test(record.test2)]
            rows.append([record.code, *tests, record.nwin, _done(record.treated, record.label), record.note, time])
    return csv_bytes(rows)


def _done(treated: bool, label: str) -> str:
    return (label or "winsorise") if treated else ""


def _test(test: MomentTest | None) -> list[str]:
    if test is None:
        return ["", "", ""]
    return ["" if test.passed is None else str(test.passed), number_text(test.skew), number_text(test.kurt)]


def _points(parts: list[Treatment]) -> bytes:
    rows: list[tuple[str, ...]] = [("uCode", "iCode", "Label", "Time")]
    for part in parts:
        time = "" if part.table.times is None else f"{part.table.times[0]:g}"
        rows += [(*line, time) for line in part.labels()]
    return csv_bytes(rows)


def read_table(path: Path) -> Table:
    """Read a table written by `lianheng index run` (uCode and number columns)."""
    import numpy as np

    from .reading import parse_number, read_rows

    def number(row: dict[str, str], place: int, column: str) -> float:
        return parse_number(row[column], file=path.name, row=place, column=column)

    header, rows = read_rows(path)
    codes = [name for name in header if name not in ("uCode", "Time")]
    values = np.array(
        [[number(row, place, code) for code in codes] for place, row in enumerate(rows, start=2)]
    ).reshape(len(rows), len(codes))
    times = (
        np.array([number(row, place, "Time") for place, row in enumerate(rows, start=2)]) if "Time" in header else None
    )
    return Table(tuple(row["uCode"] for row in rows), tuple(codes), values, times)
