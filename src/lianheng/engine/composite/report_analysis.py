"""The reports of the uncertainty and sensitivity analyses."""

from __future__ import annotations

import math

import numpy as np

from lianheng.engine.reports import charts
from lianheng.engine.reports.blocks import Block, Chart, DataTable, Facts, Note, Paragraph, Section
from lianheng.engine.reports.page import render_page

from .config import Config
from .design import Assumption
from .leave_one_out import LeftOut
from .reading import Inputs
from .report_words import words
from .sensitivity import Sensitivity
from .uncertainty import Uncertainty

SHOWN, NEAR, FAILURES = 100, 2, 20
MANY = 0.05


def uncertainty_report(config: Config, inputs: Inputs, done: Uncertainty, left_out: LeftOut, tops: list[int]) -> str:
    """Return the HTML report of an uncertainty analysis."""
    said = words(config.report.get("language", "en"))
    sections = [
        Section(said["summary"], _summary(said, inputs, done)),
        Section(said["ranking"], _ranks(said, inputs, done, tops)),
        Section(said["varied"], [_assumptions(said, done.assumptions)]),
        Section(said["loo"], _left_out(said, inputs, left_out)),
    ]
    if done.failures:
        sections.append(Section(said["failed"], _failures(said, done.failures)))
    return _page(config, inputs, said["uncertainty"], sections, said, "uncertainty")


def sensitivity_report(config: Config, inputs: Inputs, done: Sensitivity, seed: int, confidence: float) -> str:
    """Return the HTML report of a sensitivity analysis."""
    said = words(config.report.get("language", "en"))
    found = done.indices
    facts = [(said["runs"], str(done.runs)), (said["failed"], str(len(done.dropped))), (said["seed"], str(seed))]
    blocks: list[Block] = [Facts(facts), *_warned(said, len(done.dropped), len(done.dropped) + len(done.y_a))]
    if np.isnan(found.total).all():
        blocks.append(Note(said["no_variance"]))
    else:
        order = sorted(range(len(done.names)), key=lambda place: -found.total[place])
        drawing = charts.interval_chart(
            [done.names[place] for place in order],
            [float(found.total[place]) for place in order],
            [float(found.total_low[place]) for place in order],
            [float(found.total_high[place]) for place in order],
            axis=said["total"],
            start=0.0,
        )
        blocks += [Chart(drawing, said["sobol_chart"]), _sobol(said, done), Paragraph(said["sobol_text"])]
    how = said["exact"].format(n=done.runs) if done.exact else said["interval"].format(share=f"{confidence:.0%}"[:-1])
    blocks.append(Paragraph(how))
    sections = [Section(said["sensitivity"], blocks)]
    if done.uncertainty is not None:
        sections.append(Section(said["varied"], [_assumptions(said, done.uncertainty.assumptions)]))
    if done.dropped:
        sections.append(Section(said["failed"], _failures(said, done.dropped)))
    return _page(config, inputs, said["sensitivity"], sections, said, "sensitivity")


def _page(config: Config, inputs: Inputs, heading: str, sections: list[Section], said: dict[str, str], act: str) -> str:
    title = config.report.get("title", inputs.framework[inputs.framework.top].name)
    return render_page(
        title,
        [*sections, Section(said["limits"], [Paragraph(said["limits_varied"])])],
        subtitle=heading,
        footer=said["footer"].format(act=act),
        language=config.report.get("language", "en"),
    )


def _summary(said: dict[str, str], inputs: Inputs, done: Uncertainty) -> list[Block]:
    found = done.statistics
    width = found.q95 - found.q5
    near = np.maximum(np.abs(found.q95 - found.nominal), np.abs(found.q5 - found.nominal)) <= NEAR
    widest = int(np.nanargmax(width))
    text = said["firm"].format(
        n=int(near.sum()),
        all=int((~np.isnan(found.nominal)).sum()),
        d=NEAR,
        unit=inputs.names[widest],
        low=f"{found.q5[widest]:.0f}",
        high=f"{found.q95[widest]:.0f}",
    )
    facts = [
        (said["replicates"], str(len(done.choices))),
        (said["failed"], str(len(done.failures))),
        (said["seed"], str(done.seed)),
    ]
    return [Paragraph(text), Facts(facts), *_warned(said, len(done.failures), len(done.choices))]


def _warned(said: dict[str, str], failed: int, of: int) -> list[Block]:
    """A word of warning where failures are no longer a few."""
    return [Note(said["many_failed"].format(share=f"{failed / of:.0%}"))] if of and failed > MANY * of else []


def _ranks(said: dict[str, str], inputs: Inputs, done: Uncertainty, tops: list[int]) -> list[Block]:
    found = done.statistics
    order = sorted(
        (place for place in range(len(done.units)) if found.count[place]),
        key=lambda place: (math.inf if math.isnan(found.nominal[place]) else found.nominal[place], place),
    )
    probabilities = [done.probability_at_most(k) for k in tops]
    rows = [
        [
            None if math.isnan(found.nominal[place]) else int(found.nominal[place]),
            inputs.names[place],
            *(float(column[place]) for column in (found.mean, found.median, found.q5, found.q95)),
            *(f"{column[place]:.0%}" for column in probabilities),
        ]
        for place in order[:SHOWN]
    ]
    headers = [said["nominal"], said["unit"], said["mean"], said["median"], "5 %", "95 %"]
    headers += [said["top_k"].format(k=k) for k in tops]
    drawing = charts.interval_chart(
        [inputs.names[place] for place in order[:SHOWN]],
        *([float(column[place]) for place in order[:SHOWN]] for column in (found.median, found.q5, found.q95)),
        axis=said["rank"],
        reverse=True,
    )
    return [Chart(drawing, said["rank_chart"]), DataTable(headers, rows, decimals=1)]


def _assumptions(said: dict[str, str], assumptions: tuple[Assumption, ...]) -> DataTable:
    rows = []
    for each in assumptions:
        if each.between is not None:
            shown = f"{each.between[0]:g} … {each.between[1]:g}"
        elif each.levels:
            levels = ", ".join(map(str, each.levels))
            shown = said["noise"].format(share=f"{each.noise * 100:g} %", levels=levels, sets=each.sets)
        else:
            shown = " | ".join(each.shown)
        rows.append([each.name, shown])
    return DataTable([said["name"], said["alternatives"]], rows)


def _left_out(said: dict[str, str], inputs: Inputs, done: LeftOut) -> list[Block]:
    means = done.mean_change
    order = sorted(range(len(done.codes)), key=lambda place: -means[place] if means[place] == means[place] else 1.0)
    names = [inputs.framework[done.codes[place]].name for place in order[:30]]
    drawing = charts.bar_chart(names, [float(means[place]) for place in order[:30]], axis=said["mean_change"])
    blocks: list[Block] = [Chart(drawing, said["loo_text"])]
    return blocks + [Note(f"{code}: {reason}") for code, reason in done.failures.items()]


def _failures(said: dict[str, str], failures: dict[int, str]) -> list[Block]:
    shown = list(failures.items())[:FAILURES]
    return [Note(said["failure"].format(number=number + 1, reason=reason)) for number, reason in shown]


def _sobol(said: dict[str, str], done: Sensitivity) -> DataTable:
    found = done.indices
    columns = (
        found.first_order,
        found.first_order_low,
        found.first_order_high,
        found.total,
        found.total_low,
        found.total_high,
    )
    rows = [[name, *(float(column[place]) for column in columns)] for place, name in enumerate(done.names)]
    headers = [said["name"], said["first_order"], said["from"], said["to"], said["total"], said["from"], said["to"]]
    return DataTable(headers, rows, decimals=3)
