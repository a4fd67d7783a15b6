"""The files of `lianheng index uncertainty` and `lianheng index sensitivity`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .config import Config
from .design import Assumption
from .errors import CompositeError
from .leave_one_out import LeftOut, leave_one_out
from .reading import Inputs
from .report_analysis import sensitivity_report, uncertainty_report
from .sensitivity import Sensitivity, analyse_sensitivity, exact_sensitivity
from .uncertainty import Uncertainty, analyse_uncertainty
from .writing import csv_bytes, manifest_bytes, number_text

# Above these the tables would be larger than anybody reads: units; units × replicates.
DISTRIBUTION_LIMIT = 500
SCORES_LIMIT = 5_000_000


def uncertainty_files(
    config: Config, *, seed: int | None = None, replicates: int | None = None, store: Path | None = None
) -> tuple[dict[str, bytes], str]:
    """Run the uncertainty analysis of a pipeline file; return its files and one line that says what was done."""
    inputs = _inputs(config)
    seed = config.uncertainty.get("seed", 0) if seed is None else seed
    count = config.uncertainty.get("replicates", 1000) if replicates is None else replicates
    done = analyse_uncertainty(inputs, config.steps, config.assumptions, replicates=count, seed=seed, store=store)
    tops = config.uncertainty.get("top") or [k for k in (1, 3, 5, 10) if k < len(inputs.table.units)]
    left_out = leave_one_out(inputs, config.steps)
    files = {
        "ranks.csv": _ranks(done, inputs, tops),
        "replicates.csv": _replicates(done),
        "leave-one-out.csv": _left_out(left_out, inputs),
    }
    if len(done.units) * count <= SCORES_LIMIT:
        files["scores.csv"] = _scores(done)
    if len(done.units) <= DISTRIBUTION_LIMIT:
        files["rank-distribution.csv"] = _distribution(done)
    files["report.html"] = uncertainty_report(config, inputs, done, left_out, tops).encode("utf-8")
    notes = {"replicates": count, "failed": len(done.failures)}
    sources = config.sources()
    files["manifest.json"] = manifest_bytes("index uncertainty", sources, files, seed=seed, notes=notes)
    return files, f"{count} replicates, {len(done.failures)} failed"


def sensitivity_files(
    config: Config, *, seed: int | None = None, replicates: int | None = None, store: Path | None = None
) -> tuple[dict[str, bytes], str]:
    """Run the sensitivity analysis of a pipeline file; return its files and one line that says what was done."""
    inputs = _inputs(config)
    seed = config.sensitivity.get("seed", 0) if seed is None else seed
    confidence = config.sensitivity.get("confidence", 0.9)
    count = config.sensitivity.get("replicates", 1024) if replicates is None else replicates
    if config.sensitivity.get("exact", False):
        done = exact_sensitivity(inputs, config.steps, config.assumptions, seed=seed)
    else:
        done = analyse_sensitivity(
            inputs,
            config.steps,
            config.assumptions,
            replicates=count,
            seed=seed,
            bootstrap=config.sensitivity.get("bootstrap", 500),
            confidence=confidence,
            store=store,
        )
    files = {"sobol.csv": _sobol(done)}
    if done.uncertainty is not None:
        files["outputs.csv"] = _outputs(done)
        files["replicates.csv"] = _replicates(done.uncertainty)
    files["report.html"] = sensitivity_report(config, inputs, done, seed, confidence).encode("utf-8")
    notes = {"replicates": count, "exact": done.exact, "runs": done.runs, "dropped_rows": len(done.dropped)}
    sources = config.sources()
    files["manifest.json"] = manifest_bytes("index sensitivity", sources, files, seed=seed, notes=notes)
    line = f"{done.runs} runs, {len(done.dropped)} rows dropped"
    if not done.exact and count & (count - 1):
        balanced = 1 << (count - 1).bit_length()
        line += f" ({count} replicates are not a power of two: {balanced} would keep the design in balance)"
    return files, line


def _inputs(config: Config) -> Inputs:
    if not config.assumptions:
        raise CompositeError("there is no [[assumption]] to vary; declare at least one", file=config.path.name)
    return config.read()


def _ranks(done: Uncertainty, inputs: Inputs, tops: list[int]) -> bytes:
    found = done.statistics
    probabilities = [done.probability_at_most(k) for k in tops]
    header = ["uCode", "uName", "Nominal", "Mean", "Median", "Q5", "Q95", *(f"P_rank_le_{k}" for k in tops), "N"]
    rows: list[Sequence[object]] = [header]
    for place, unit in enumerate(done.units):
        numbers = (found.nominal, found.mean, found.median, found.q5, found.q95, *probabilities)
        cells = [number_text(column[place]) for column in numbers]
        rows.append([unit, inputs.names[place], *cells, int(found.count[place])])
    return csv_bytes(rows)


def _replicates(done: Uncertainty) -> bytes:
    names = [each.name for each in done.assumptions]
    rows: list[Sequence[object]] = [["replicate", *names, "mean_rank_change", "failure"]]
    changes = done.mean_rank_changes
    for number, row in enumerate(done.choices):
        shown = [_shown(each, choice) for each, choice in zip(done.assumptions, row, strict=True)]
        rows.append([number + 1, *shown, number_text(changes[number]), done.failures.get(number, "")])
    return csv_bytes(rows)


def _shown(assumption: Assumption, choice: float) -> str:
    return assumption.describe(choice)


def _scores(done: Uncertainty) -> bytes:
    rows: list[Sequence[object]] = [["replicate", *done.units]]
    for number, row in enumerate(done.scores):
        rows.append([number + 1, *(number_text(value) for value in row.tolist())])
    return csv_bytes(rows)


def _distribution(done: Uncertainty) -> bytes:
    counts = done.rank_counts()
    rows: list[Sequence[object]] = [["uCode", *range(1, len(done.units) + 1)]]
    rows += [[unit, *line] for unit, line in zip(done.units, counts.tolist(), strict=True)]
    return csv_bytes(rows)


def _left_out(done: LeftOut, inputs: Inputs) -> bytes:
    rows: list[Sequence[object]] = [["iCode", "MeanAbsDiff", *done.units, "failure"]]
    means = done.mean_change
    for number, code in enumerate(done.codes):
        changes = [number_text(value) for value in done.rank_changes[number].tolist()]
        rows.append([code, number_text(means[number]), *changes, done.failures.get(code, "")])
    return csv_bytes(rows)


def _sobol(done: Sensitivity) -> bytes:
    header = ["Variable", "Si", "STi", "Si_low", "Si_high", "STi_low", "STi_high"]
    found = done.indices
    columns = (
        found.first_order,
        found.total,
        found.first_order_low,
        found.first_order_high,
        found.total_low,
        found.total_high,
    )
    rows: list[Sequence[object]] = [header]
    for place, name in enumerate(done.names):
        rows.append([name, *(number_text(column[place]) for column in columns)])
    return csv_bytes(rows)


def _outputs(done: Sensitivity) -> bytes:
    rows: list[Sequence[object]] = [["y_A", "y_B", *(f"y_AB_{name}" for name in done.names)]]
    for line in zip(done.y_a.tolist(), done.y_b.tolist(), *done.y_ab.tolist(), strict=True):
        rows.append([number_text(value) for value in line])
    return csv_bytes(rows)
