"""The report of `lianheng index run`: what came out, what it rests on, and what it cannot tell."""

from __future__ import annotations

import math

import numpy as np

from lianheng.engine.reports import charts
from lianheng.engine.reports.blocks import Block, Chart, DataTable, Facts, Note, Paragraph, Section
from lianheng.engine.reports.page import render_page

from .chain import Run
from .config import Config
from .correlations import correlation_flags, correlation_matrix
from .profiles import index_ranks, order_by_index, strengths_and_weaknesses
from .reading import Inputs
from .reliability import cronbach_alpha
from .report_words import words
from .tables import Table
from .treat import Treatment
from .weighting import effective_weights

SHOWN = 60


def run_report(config: Config, run: Run) -> str:
    """Return the HTML report of a finished pipeline.

    Parameters
    ----------
    config : Config
        Title and language are its [report].
    run : Run

    Returns
    -------
    str
        One offline page. In a panel, rankings are of the latest time.
    """
    language = config.report.get("language", "en")
    content = _Content(run, words(language))
    index = run.state.framework[run.state.framework.top].name
    return render_page(
        config.report.get("title", index),
        content.sections(),
        subtitle=content.subtitle(),
        footer=content.words["footer"].format(act="run"),
        language=language,
        contents_heading=content.words["contents"],
    )


def labels(inputs: Inputs, table: Table) -> list[str]:
    """Return the units' names for the rows of a table."""
    return [inputs.names[row] for row in table.rows]


class _Content:
    def __init__(self, run: Run, said: dict[str, str]) -> None:
        self.run, self.words = run, said
        self.framework, self.inputs = run.state.framework, run.state.inputs
        table = run.table
        self.time = "" if table.times is None else f"{table.times.max():g}"
        self.table = table if table.times is None else _latest(table)
        self.names = labels(self.inputs, self.table)
        self.aggregated = run.steps[-1].do == "aggregate"

    def subtitle(self) -> str:
        return f"{self.words['time']}: {self.time}" if self.time else ""

    def sections(self) -> list[Section]:
        said, found = self.words, []
        if self.aggregated:
            found += [
                Section(said["summary"], self._summary()),
                Section(said["ranking"], self._ranking()),
                *([Section(said["parts"], self._parts())] if self._adds_up() else []),
                Section(said["profile"], self._profiles()),
                Section(said["correlation"], self._correlation()),
            ]
        found += [
            Section(said["data"], self._data()),
            Section(said["structure"], self._structure()),
            Section(said["method"], self._method()),
            Section(said["warnings"], self._warnings()),
            Section(said["limits"], [Paragraph(said["limits_text"])]),
        ]
        return found

    def _summary(self) -> list[Block]:
        said, index = self.words, self.table.column(self.framework.top)
        order = [row for row in order_by_index(self.table, self.framework.top) if not math.isnan(index[row])]
        if not order:
            return [Note(said["left_out"])]
        raw = self.inputs.table.values
        low, high = (float(np.nanquantile(index, p)) for p in (0.25, 0.75))
        first, middle, last = order[0], order[len(order) // 2], order[-1]
        text = said["lead"].format(
            top=self.names[first],
            score=f"{index[first]:.1f}",
            middle=self.names[middle],
            median=f"{index[middle]:.1f}",
            last=self.names[last],
            low=f"{index[last]:.1f}",
        )
        facts = [
            (said["units"], str(len(order))),
            (said["left_out"], str(len(self.inputs.table.units) - len(self.run.table.units) + len(index) - len(order))),
            (said["indicators"], str(len(self.framework.indicators))),
            (said["missing"], f"{np.isnan(raw).mean():.1%}"),
            (said["spread"], f"{low:.1f} – {high:.1f}"),
        ]
        return [Paragraph(text), Facts(facts)]

    def _ranking(self) -> list[Block]:
        said, top = self.words, self.framework.top
        order = order_by_index(self.table, top)
        shown = order if len(order) <= SHOWN else [*order[: SHOWN // 2], *order[-SHOWN // 2 :]]
        place, index = index_ranks(self.table, top), self.table.column(top)
        below = [code for code in self.framework.aggregates if code != top]
        below.sort(key=lambda code: -self.framework[code].level)
        rows = [
            [
                None if math.isnan(place[row]) else int(place[row]),
                self.names[row],
                *(float(self.table.column(code)[row]) for code in (top, *below)),
            ]
            for row in shown
        ]
        headers = [said["rank"], said["unit"], *(self.framework[code].name for code in (top, *below))]
        drawing = charts.bar_chart([self.names[row] for row in shown], [float(index[row]) for row in shown])
        blocks: list[Block] = [Chart(drawing, said["ranking_chart"].format(index=self.framework[top].name))]
        if len(order) > SHOWN:
            blocks.append(Note(said["first_shown"].format(n=SHOWN // 2, all=len(order))))
        return [*blocks, DataTable(headers, rows)]

    def _adds_up(self) -> bool:
        """Contributions can be stacked where the top level is an arithmetic mean and its weights are at hand."""
        method = self.run.steps[-1].parameters.get("method", "arithmetic")
        last = method[-1] if isinstance(method, list) else method
        return last in ("arithmetic", "amean")

    def _parts(self) -> list[Block]:
        said, framework = self.words, self.framework
        children = framework.children(framework.top)
        weights = self.run.state.weights or framework.weights()
        total = sum(weights[child] for child in children)
        order = order_by_index(self.table, framework.top)[:SHOWN]
        parts = {
            framework[child].name: [float(self.table.column(child)[row]) * weights[child] / total for row in order]
            for child in children
        }
        drawing = charts.stacked_bar_chart([self.names[row] for row in order], parts)
        return [Chart(drawing, said["parts_chart"])]

    def _profiles(self) -> list[Block]:
        said = self.words
        raw = self._raw()
        blocks: list[Block] = []
        for row in order_by_index(self.table, self.framework.top)[:3]:
            unit = self.table.units[row]
            strong, weak = strengths_and_weaknesses(raw, self.framework, unit, report_level=2)
            rows = [
                [said[kind], line.name, line.group, line.rank, _short(line.value), self._unit(line.code)]
                for kind, lines in (("strength", strong), ("weakness", weak))
                for line in lines
            ]
            headers = [said["kind"], said["name"], said["group"], said["rank"], said["value"], said["measure"]]
            blocks.append(DataTable(headers, rows, caption=self.names[row]))
        return blocks

    def _unit(self, code: str) -> str:
        """The unit of measure; a divided indicator names what it was divided by."""
        element = self.framework[code]
        divided = element.denominator and any(step.do == "denominate" for step in self.run.steps)
        return f"{element.unit} / {self.framework[element.denominator].name}" if divided else element.unit

    def _raw(self) -> Table:
        """The table that treatment or normalisation read: denominated and imputed, not yet turned."""
        table = self.run.before("treat") or self.run.before("normalise") or self.inputs.table
        if table.times is not None:
            table = _latest(table)
        return table

    def _correlation(self) -> list[Block]:
        said, framework = self.words, self.framework
        codes = sorted(framework.aggregates, key=lambda code: -framework[code].level)
        matrix = correlation_matrix(self.table.select_codes(codes))
        names = [framework[code].name for code in codes]
        normalised = self.table.select_codes(framework.indicators)
        rows = [
            [framework[code].name, len(framework.children(code)), cronbach_alpha(normalised, framework.children(code))]
            for code in framework.at_level(2)
        ]
        table = DataTable([said["group"], said["children"], said["alpha"]], rows, caption=said["reliability"])
        return [
            Chart(charts.heat_map(names, names, matrix.tolist()), said["correlation_chart"]),
            table,
            *self._flags(normalised),
        ]

    def _flags(self, normalised: Table) -> list[Block]:
        said, framework = self.words, self.framework
        flags = correlation_flags(normalised, framework, high=0.9, low=-0.5)
        rows = [
            [framework[each.group].name, framework[each.first].name, framework[each.second].name, each.correlation]
            for each in sorted(flags, key=lambda each: each.correlation)
        ]
        if not rows:
            return []
        headers = [said["group"], said["name"], said["name"], said["pearson"]]
        return [DataTable(headers, rows, caption=said["flags"])]

    def _data(self) -> list[Block]:
        said, raw = self.words, self.inputs.table
        gaps = np.isnan(raw.values).mean(axis=0)
        order = sorted(np.flatnonzero(gaps > 0), key=lambda place: -gaps[place])[:20]
        rows = [
            [self.framework[raw.codes[place]].name, raw.codes[place], f"{gaps[place]:.1%}"]
            for place in order
            if raw.codes[place] in self.framework
        ]
        headers = [said["name"], said["code"], said["share_missing"]]
        blocks: list[Block] = [DataTable(headers, rows, caption=said["coverage"])]
        done = self.run.after("treat")
        if done is not None and isinstance(done.record, list):
            blocks.append(self._treated(done.record[-1]))
        return blocks

    def _treated(self, treatment: Treatment) -> DataTable:
        said = self.words
        rows = []
        for number, record in enumerate(treatment.records):
            if record.treated:
                after = record.test2 if record.label and record.test2 else record.test1
                moved = sum(len(end) for end in (record.high, record.low) if end is not None)
                rows.append(
                    [
                        self.framework[treatment.table.codes[number]].name,
                        record.label or "winsorise",
                        moved,
                        record.test0.skew,
                        after.skew if after else math.nan,
                        record.note,
                    ]
                )
        headers = [said[key] for key in ("name", "done", "points", "skew_before", "skew_after", "note")]
        return DataTable(headers, rows, caption=said["treated"])

    def _structure(self) -> list[Block]:
        said, framework = self.words, self.framework
        weights = dict(framework.weights()) | dict(self.run.state.weights or {})
        effective = effective_weights(framework, weights)
        codes = [code for level in range(framework.height, 1, -1) for code in framework.at_level(level)]
        rows = [
            [
                framework[code].name,
                framework[code].level,
                framework[framework[code].parent].name if framework[code].parent else "",
                len(framework.children(code)),
                weights[code],
                f"{effective[code]:.1%}",
            ]
            for code in codes
        ]
        headers = [said[key] for key in ("name", "level", "parent", "children", "weight", "effective")]
        return [Paragraph(said["structure_text"]), DataTable(headers, rows)]

    def _method(self) -> list[Block]:
        said = self.words
        rows = [
            [number, step.do, ", ".join(f"{key} = {value}" for key, value in step.parameters.items())]
            for number, step in enumerate(self.run.steps, start=1)
        ]
        return [Paragraph(said["method_text"]), DataTable(["", said["step"], said["parameters"]], rows)]

    def _warnings(self) -> list[Block]:
        return [Note(text) for text in self.run.warnings] or [Paragraph(self.words["no_warning"])]


def _short(value: float) -> str:
    """Three significant digits, thousands written out."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _latest(table: Table) -> Table:
    assert table.times is not None
    last = table.at(float(table.times.max()))
    return Table(last.units, last.codes, last.values, None, last.rows)
