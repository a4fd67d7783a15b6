"""What all series say together: tables, files and an offline page with the lines of what changed."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.result_folders import safe_cell, seal_folder, whole_folder
from lianheng.engine.redflags.series.detect import Judged, Settings, false_discovery
from lianheng.engine.redflags.series.monthly import Monthly, month_name
from lianheng.engine.redflags.series.reading import Read
from lianheng.engine.redflags.series.words import KINDS, RESULTS, SEASONS, WARNING, sentences, summary
from lianheng.engine.redflags.trace.freeze import write_parquet
from lianheng.engine.reports.blocks import Block, Chart, DataTable, Facts, Note, Paragraph, Section
from lianheng.engine.reports.charts import line_chart
from lianheng.engine.reports.page import render_page

DRAWN = 30
_TEXT, _NUMBER = "VARCHAR", "DOUBLE"
COLUMNS = {
    "unit": _TEXT, "result": _TEXT, "kind": _TEXT, "month": _TEXT, "before": _NUMBER, "after": _NUMBER,
    "difference": _NUMBER, "ratio": _NUMBER, "p": _NUMBER, "q": _NUMBER, "season": _TEXT, "reason": _TEXT,
    "first": _TEXT, "last": _TEXT, "months": "INTEGER", "total": "BIGINT", "mean": _NUMBER,
}  # fmt: skip


def rows_of(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """One row a change or silence; a unit without either has one row of its own. q is over all units."""
    rows = []
    for one, q in zip(judged, false_discovery(list(judged)), strict=True):
        base = {name: getattr(one, name) for name in ("unit", "result", "season", "reason", "first", "last", "months",
                                                      "total", "mean")}  # fmt: skip
        found: list[dict[str, Any]] = [
            {"kind": c.kind, "month": c.month, "before": c.before, "after": c.after, "difference": c.difference,
             "ratio": c.ratio, "p": c.p, "q": q} for c in one.changes
        ]  # fmt: skip
        found += [
            {"kind": "silence", "month": s.month, "before": s.expected, "after": 0.0, "difference": -s.expected,
             "ratio": 0.0, "p": s.p, "reason": f"连续{s.months}个月为0{'，至今' if s.ongoing else ''}"}
            for s in one.silences
        ]  # fmt: skip
        rows += [{**dict.fromkeys(COLUMNS), **base, **more} for more in (found or [{}])]
    return rows


def freeze_series(
    read: Read, judged: Sequence[Judged], settings: Settings, today: dt.date, out: Path
) -> dict[str, Any]:
    """Write changes.csv, changes.parquet, report.html and run.json into a new folder, whole or not at all."""
    rows = rows_of(judged)
    with whole_folder(out) as work:
        with (work / "changes.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows({name: safe_cell(cell) for name, cell in row.items()} for row in rows)
        write_parquet(work / "changes.parquet", COLUMNS, [list(row.values()) for row in rows])
        (work / "report.html").write_text(render_series_report(read, judged, today), encoding="utf-8")
        about = {
            "source": read.source, "sha256": read.sha256, "today": today.isoformat(), "alpha": settings.alpha,
            "least": settings.least, "rounds": settings.rounds, "seed": settings.seed, "alerts": list(read.alerts),
            "units": dict(Counter(one.result for one in judged)),
        }  # fmt: skip
        return seal_folder(work, about)


def render_series_report(read: Read, judged: Sequence[Judged], today: dt.date) -> str:
    """The report as HTML: overview, alerts, each changed or silent unit with its line, and who cannot be told."""
    order = sorted((one for one in judged if one.result in ("change", "silence")), key=lambda one: (one.p, one.unit))
    counts = Counter(one.result for one in judged)
    facts = [("来源", read.source), *((name, str(counts[key])) for key, name in RESULTS.items())]
    sections = [Section("总览", [Note(WARNING), Paragraph(summary(judged)), Facts(facts), _table(judged)])]
    if read.alerts:
        note = Note("没有数据不等于没有问题。")
        sections.append(Section("来源告警", [note, *(Paragraph(text) for text in read.alerts)]))
    by_unit = {one.unit: one for one in read.series}
    sections += [Section(one.unit, _unit(by_unit[one.unit], one)) for one in order[:DRAWN]]
    untold = [[one.unit, one.reason] for one in judged if one.result == "cannot_tell"]
    if untold:
        sections.append(Section("不能判断", [DataTable(["单位", "原因"], untold)]))
    return render_page(
        "月度件数变化", sections, subtitle=f"运行日期 {today}", footer=WARNING, contents_heading="目录"
    )  # fmt: skip


def _table(judged: Sequence[Judged]) -> DataTable:
    heads = [
        "单位",
        "种类",
        "自",
        "之前（月均）",
        "之后（月均）",
        "之后÷之前",
        "偶然的可能性 p",
        "误报比例 q",
        "季节",
        "说明",
    ]
    rows = [
        [row["unit"], KINDS[row["kind"]], row["month"], row["before"], row["after"], row["ratio"], f"{row['p']:.2g}",
         f"{row['q']:.2g}" if row["q"] is not None else None, SEASONS[row["season"]], row["reason"] or ""]
        for row in rows_of(judged) if row["kind"]
    ]  # fmt: skip
    return DataTable(heads, rows)


def _unit(series: Monthly, one: Judged) -> list[Block]:
    months = [month_name(series.first + n) for n in range(len(series.counts))]
    counts = [float("nan") if count is None else float(count) for count in series.counts]
    lines = {"件数": counts}
    if one.changes:
        lines["水平"] = _levels(series, one)
    said = [Paragraph(text) for text in sentences(one)]
    caption = "蓝线为每月件数" + ("，红线为变化前后的月均水平。" if one.changes else "。")
    return [*said, Chart(line_chart(months, lines, axis="件数"), caption)]


def _levels(series: Monthly, one: Judged) -> list[float]:
    starts = {change.month: change.after for change in one.changes}
    level, levels = one.changes[0].before, []
    for number in range(len(series.counts)):
        level = starts.get(month_name(series.first + number), level)
        levels.append(level)
    return levels
