"""The report of a run: one offline HTML file with charts, the most pressing candidates, and what was not said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lianheng.engine.redflags.history import GONE, GONE_NAME, QUIET, STATES, state_in_words
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.results import colour_counts, cut_evidence, gone, listed, state_counts
from lianheng.engine.redflags.run import ModelRun, Run
from lianheng.engine.redflags.sources import WEAKER
from lianheng.engine.redflags.verdicts import Worth
from lianheng.engine.redflags.words import COLOUR_NAMES, OUTCOMES, basis_in_words, named_register, object_in_words
from lianheng.engine.reports.blocks import Block, Chart, DataTable, Facts, Note, Paragraph, Section
from lianheng.engine.reports.charts import stacked_bar_chart
from lianheng.engine.reports.page import render_page

SHOWN = 30
_WHOLE = ("模型", "期间", "运行情况", "原状态", "最近一次", "编号")
WARNING = "以下均为疑点，只说明数据之间不相符，不是对任何人的结论；须经人工核查。"


def render_report(
    run: Run,
    models: Sequence[Model],
    registers: Mapping[str, Register],
    worth: Sequence[Worth],
    title: str = "监督模型运行报告",
) -> str:
    """The report as HTML.

    Parameters
    ----------
    run : with its table `final`.
    models : those of the run.
    registers : give registers their Chinese names; one that is not there stands by its id.
    worth : precision and hit rate so far.
    title : heading of the page.

    Returns
    -------
    One file that opens without a network; equal runs give equal bytes.
    """
    by_id = {model.id: model for model in models}
    sections = [Section("总览", _overview(run, by_id))]
    alerts = [alert for alert in run.alerts if alert.kind not in (GONE, WEAKER)]
    weaker = [alert for alert in run.alerts if alert.kind == WEAKER]
    missing = gone(run)
    if missing:
        sections.append(_gone_section(missing))
    if alerts:
        rows = [[named_register(registers, alert.register), alert.text, "、".join(alert.models)] for alert in alerts]
        note = Note("没有数据不等于没有问题：下列来源缺失、为空或已过期。")
        sections.append(
            Section("来源告警", [note, DataTable(["台账", "情况", "涉及模型"], rows, cards=True, nowrap=["台账"])])
        )
    if weaker:
        rows = [[named_register(registers, alert.register), alert.text, "、".join(alert.models)] for alert in weaker]
        note = Note("下列台账没有某些可选的列，模型照常运行，但有的问题看不出，或者不该提出的也会提出。")
        sections.append(
            Section("缺列的影响", [note, DataTable(["台账", "影响", "涉及模型"], rows, cards=True, nowrap=["台账"])])
        )
    for done in run.models:
        if done.outcome in ("ran", "carried") and (done.flags or done.cannot_tell):
            sections.append(_model_section(run, by_id[done.model], done))
    if worth:
        sections.append(Section("核查结果", [_worth_table(worth)]))
    return render_page(title, sections, subtitle=f"运行日期 {run.today}", footer=WARNING, contents_heading="目录")


def _gone_section(missing: Sequence[dict[str, Any]]) -> Section:
    note = Note("下列疑点以前待核查或已核实，本次不再产生。这不等于问题已经解决，请先核对原因。")
    heads = ["模型", "期间", "原说明", "原状态", "最近一次", "原因", "编号"]
    rows = [
        [row["model"], row["period"], row["explanation"], STATES[row["was"]], str(row["last_seen"]), row["reason"],
         row["candidate"][:12]] for row in missing[:SHOWN]
    ]  # fmt: skip
    blocks: list[Block] = [note, DataTable(heads, rows, cards=True, nowrap=_WHOLE)]
    if len(missing) > SHOWN:
        blocks.append(Paragraph(f"此处列出{SHOWN}条，共{len(missing)}条，其余见 results.xlsx 和 run.json。"))
    return Section(GONE_NAME, blocks)


def _overview(run: Run, models: dict[str, Model]) -> list[Block]:
    counts, colours = state_counts(run), colour_counts(run)
    total = {state: sum(of.get(state, 0) for of in counts.values()) for state in (*STATES, GONE)}
    told = [(name, sum(of.get(colour, 0) for of in colours.values())) for colour, name in COLOUR_NAMES.items()]
    looked = ("要看的疑点", f"{sum(n for _, n in told)}（{'，'.join(f'{name}{n}' for name, n in told)}）")
    facts = Facts([looked, *(({**STATES, GONE: GONE_NAME}[state], str(number)) for state, number in total.items())])
    heads = ["模型", "名称", "运行情况", "疑点", *COLOUR_NAMES.values(), "不能判断", "说明"]
    rows: list[list[Any]] = [
        [d.model, models[d.model].title if d.model in models else "", OUTCOMES[d.outcome], d.flags,
         *(colours.get(d.model, {}).get(colour, 0) for colour in COLOUR_NAMES), d.cannot_tell, d.message]
        for d in run.models
    ]  # fmt: skip
    sums = [sum(row[column] for row in rows) for column in range(3, 4 + len(COLOUR_NAMES) + 1)]
    rows.append(["合计", "", "", *sums, ""])
    blocks: list[Block] = [Note(WARNING), facts, DataTable(heads, rows, cards=True, nowrap=_WHOLE)]
    chart = _chart(counts, models)
    return [*blocks, chart] if chart else blocks


def _chart(counts: dict[str, dict[str, int]], models: dict[str, Model]) -> Chart | None:
    ids = [id_ for id_ in counts if id_ in models]
    states = [state for state in STATES if any(counts[id_].get(state) for id_ in ids)]
    if not ids or not states:
        return None
    labels = [f"{id_} {models[id_].title}" for id_ in ids]
    parts = {STATES[state]: [float(counts[id_].get(state, 0)) for id_ in ids] for state in states}
    return Chart(stacked_bar_chart(labels, parts, axis="疑点数"), "各模型疑点数，按状态分")


def _model_section(run: Run, model: Model, done: ModelRun) -> Section:
    rows = listed(run, model, SHOWN)
    blocks: list[Block] = [
        Paragraph(model.purpose),
        Facts([("依据", basis_in_words(model)), ("常见误报", "、".join(model.false_positives)),
               ("核查方法", "；".join(model.next_steps)),
               ("疑点", str(done.flags)), ("不能判断", str(done.cannot_tell))]),
    ]  # fmt: skip
    if rows:
        blocks.append(_candidates(model, rows))
    states = state_counts(run).get(model.id, {})
    quiet = sum(states.get(state, 0) for state in QUIET)
    if done.flags - quiet > len(rows):
        blocks.append(Paragraph(f"此处列出{len(rows)}条，共{done.flags - quiet}条，其余见 results.xlsx。"))
    if quiet:
        blocks.append(Paragraph(f"另有{quiet}条已排除或已抑制，不再列出，见 candidates.parquet。"))
    cut, unlisted = cut_evidence(run, model)
    if cut:
        blocks.append(
            Paragraph(f"有{cut}条疑点的证据行没有全部列入（起决定作用的先列）：另有{unlisted}行，请到源台账查看。")
        )
    return Section(f"{model.id} {model.title}", blocks)


def _candidates(model: Model, rows: Sequence[dict[str, Any]]) -> DataTable:
    """The sentence first, and room for it: what the candidate is about stands in one column."""
    cells: list[list[Any]] = [
        [row["explanation"], object_in_words(model, row), row["period"], COLOUR_NAMES.get(row["colour"], ""),
         row["score"], state_in_words(row) + ("（数据可解释）" if row["explainable"] else ""), row["candidate"][:12]]
        for row in rows
    ]  # fmt: skip
    heads = ["说明", "对象", "期间", "颜色", "分值", "状态", "编号"]
    return DataTable(heads, cells, cards=True, nowrap=["期间", "颜色", "分值", "编号"])


def _worth_table(worth: Sequence[Worth]) -> DataTable:
    heads = ["模型", "季度", "已核查", "与提示一致", "核实", "准确率%", "命中率%", "需复审"]
    rows = [
        [w.model, w.quarter, w.checked, w.as_indicated, w.confirmed, _share(w.precision), _share(w.hit_rate),
         "是" if w.to_review else ""] for w in worth
    ]  # fmt: skip
    return DataTable(heads, rows, caption="准确率＝与提示一致÷已核查；命中率＝核实÷已核查")


def _share(value: object) -> str:
    return "–" if value is None else str(value)
