"""The report of `lianheng index run`: what came out, what it rests on, and what it cannot tell."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from lianheng.engine.reports import charts
from lianheng.engine.reports.blocks import Block, Chart, DataTable, Facts, Note, Paragraph, Section
from lianheng.engine.reports.page import render_page

from .chain import Run
from .config import Config
from .examination import Examination, examine, in_words, latest
from .profiles import index_ranks, order_by_index
from .reading import Inputs
from .report_parts import (
    FlaggedPair,
    consistency_blocks,
    correlation_blocks,
    flagged_pairs,
    profile_blocks,
)
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
        self.aggregated = run.steps[-1].do == "aggregate"
        self.time = "" if table.times is None else f"{table.times.max():g}"
        self.table = latest(table)
        self.flags: list[FlaggedPair] = flagged_pairs(self.table, self.framework) if self.aggregated else []
        self.names = labels(self.inputs, self.table)

    @cached_property
    def examination(self) -> Examination:
        """What alpha, omega, VIF and the rest say of every group."""
        return examine(self.table, self.framework)

    @cached_property
    def notes(self) -> list[str]:
        """What must not be overlooked, in sentences."""
        return in_words(self.examination, self.words, self.flags)

    def subtitle(self) -> str:
        return f"{self.words['time']}: {self.time}" if self.time else ""

    def sections(self) -> list[Section]:
        said, found = self.words, []
        if self.aggregated:
            found += [
                Section(said["summary"], self._summary()),
                Section(said["ranking"], self._ranking()),
                *([Section(said["parts"], self._parts())] if self._adds_up() else []),
                Section(said["profile"], profile_blocks(self.run, self.table, self.names, said)),
                Section(said["correlation"], correlation_blocks(self.table, self.framework, said)),
                Section(said["consistency"], self._consistency()),
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
        blocks: list[Block] = [Paragraph(text), Facts(facts)]
        if self.notes:
            blocks.append(Note(said["notes"].format(n=len(self.notes), section=said["consistency"])))
        return blocks

    def _consistency(self) -> list[Block]:
        blocks = consistency_blocks(self.examination, self.flags, self.framework, self.words)
        return [*(Note(text) for text in self.notes), *blocks]

    def _ranking(self) -> list[Block]:
        said, top = self.words, self.framework.top
        order = order_by_index(self.table, top)
        shown = order if len(order) <= SHOWN else [*order[: SHOWN // 2], *order[-SHOWN // 2 :]]
        place, index = index_ranks(self.table, top), self.table.column(top)
        parts = self.framework.children(top)
        ranked = {code: index_ranks(self.table, code) for code in parts if self.framework[code].level > 1}
        rows = [
            [_whole(place[row]), self.names[row], float(index[row])]
            + [cell for code in ranked for cell in (float(self.table.column(code)[row]), _whole(ranked[code][row]))]
            for row in shown
        ]
        headers = [said["rank"], said["unit"], self.framework[top].name]
        headers += [cell for code in ranked for cell in (self.framework[code].name, said["rank"])]
        drawing = charts.bar_chart([self.names[row] for row in shown], [float(index[row]) for row in shown])
        blocks: list[Block] = [Chart(drawing, said["ranking_chart"].format(index=self.framework[top].name))]
        if len(order) > SHOWN:
            blocks.append(Note(said["first_shown"].format(n=SHOWN // 2, all=len(order))))
        return [*blocks, DataTable(headers, rows), *self._lower_parts(shown)]

    def _lower_parts(self, shown: list[int]) -> list[Block]:
        """Scores below the parts of the index, one table for each part, so that none is wider than a page."""
        framework, tables = self.framework, list[Block]()
        for part in framework.at_level(framework.height - 1):
            codes = [code for code in framework.children(part) if framework[code].level > 1]
            rows = [[self.names[row], *(float(self.table.column(code)[row]) for code in codes)] for row in shown]
            if codes:
                headers = [self.words["unit"], *(framework[code].name for code in codes)]
                tables.append(DataTable(headers, rows, caption=framework[part].name, decimals=1))
        return tables

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
        if not any(row[-1] for row in rows):
            headers, rows = headers[:-1], [row[:-1] for row in rows]
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


def _whole(place: float) -> int | None:
    return None if math.isnan(place) else int(place)
