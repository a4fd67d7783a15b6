"""Parts of the report of `lianheng index run`: profiles of units, correlations, consistency of the groups."""

from __future__ import annotations

from collections.abc import Sequence

from lianheng.engine.reports import charts
from lianheng.engine.reports.blocks import Block, Chart, DataTable, Paragraph

from .chain import Run
from .correlations import correlation_flags, correlation_matrix
from .examination import Examination, data_before_scaling
from .framework import Framework
from .profiles import order_by_index, strengths_and_weaknesses
from .tables import Table

FlaggedPair = tuple[str, str, float]
PROFILES = 3


def profile_blocks(run: Run, table: Table, names: Sequence[str], said: dict[str, str]) -> list[Block]:
    """Strengths and weaknesses of the first units."""
    framework, raw = run.state.framework, data_before_scaling(run)
    divided = any(step.do == "denominate" for step in run.steps)
    blocks: list[Block] = []
    for row in order_by_index(table, framework.top)[:PROFILES]:
        strong, weak = strengths_and_weaknesses(raw, framework, table.units[row], report_level=2)
        rows = [
            [said[kind], line.name, line.group, line.rank, _short(line.value), measure(framework, line.code, divided)]
            for kind, lines in (("strength", strong), ("weakness", weak))
            for line in lines
        ]
        headers = [said["kind"], said["name"], said["group"], said["rank"], said["value"], said["measure"]]
        blocks.append(DataTable(headers, rows, caption=names[row]))
    return [*blocks, Paragraph(said["profile_all"])]


def measure(framework: Framework, code: str, divided: bool) -> str:
    """The unit of measure; a divided indicator names what it was divided by."""
    element = framework[code]
    return (
        f"{element.unit} / {framework[element.denominator].name}" if divided and element.denominator else element.unit
    )


def flagged_pairs(table: Table, framework: Framework) -> list[FlaggedPair]:
    """Pairs of normalised indicators in one group that say almost the same or pull apart, by name."""
    flags = correlation_flags(table.select_codes(framework.indicators), framework, high=0.9, low=-0.5)
    ordered = sorted(flags, key=lambda each: each.correlation)
    return [(framework[each.first].name, framework[each.second].name, each.correlation) for each in ordered]


def correlation_blocks(table: Table, framework: Framework, said: dict[str, str]) -> list[Block]:
    """How the aggregates go together."""
    codes = sorted(framework.aggregates, key=lambda code: -framework[code].level)
    matrix = correlation_matrix(table.select_codes(codes))
    names = [framework[code].name for code in codes]
    return [Chart(charts.heat_map(names, names, matrix.tolist()), said["correlation_chart"])]


def consistency_blocks(
    found: Examination, flags: Sequence[FlaggedPair], framework: Framework, said: dict[str, str]
) -> list[Block]:
    """Does each group measure one thing, and does each indicator go with its group."""
    headers = [said[key] for key in ("group", "children", "alpha", "omega", "mean_r", "first_share", "with_index")]
    rows = [
        [
            group.name, group.n_elements, group.alpha, group.omega, group.mean_correlation,
            None if group.first_share != group.first_share else f"{group.first_share:.0%}", group.with_index,
        ]
        for group in found.groups
    ]  # fmt: skip
    blocks: list[Block] = [DataTable(headers, rows, caption=said["reliability"]), Paragraph(said["consistency_text"])]
    headers = [said[key] for key in ("name", "item_rest", "without", "vif", "loading", "with_group")]
    for group in found.groups:
        own = [item for item in found.items if item.group == group.code]
        if framework[group.code].level == 2 and len(own) > 1:
            lines = [
                [i.name, i.item_rest, i.alpha_without, i.variance_inflation, i.loading, i.with_parent] for i in own
            ]
            blocks.append(DataTable(headers, lines, caption=group.name))
    if flags:
        headers = [said["name"], said["name"], said["pearson"]]
        blocks.append(DataTable(headers, [list(pair) for pair in flags], caption=said["flags"]))
    return blocks


def _short(value: float) -> str:
    """Three significant digits, thousands written out."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
