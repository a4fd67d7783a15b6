"""The report of a trace run: alerts first, then each case with breaks as a drawing with its reasons. Offline HTML."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from lianheng.engine.redflags.trace.drawing import draw_trace
from lianheng.engine.redflags.trace.events import SourceAlert
from lianheng.engine.redflags.trace.finding import BREAK, KINDS
from lianheng.engine.redflags.trace.judge import Trace
from lianheng.engine.redflags.trace.limits import UNIT_NAMES
from lianheng.engine.redflags.trace.process import Process
from lianheng.engine.reports.blocks import Block, Chart, DataTable, Facts, Note, Paragraph, Section
from lianheng.engine.reports.page import render_page

DRAWN = 100
RESULTS = {BREAK: "有断点", "cannot_tell": "不能判断", "clear": "无断点"}
FOUND = {BREAK: "断点", "cannot_tell": "不能判断"}
ORIGINS = {"public": "公开规定", "draft": "草案", "office": "本单位规定"}
WARNING = "断点只说明记录之间不相符或缺失，是疑点，不是对任何人的结论；须经人工核查。"


def render_trace_report(
    process: Process, traces: Sequence[Trace], counts: dict[str, int], alerts: Sequence[SourceAlert], today: dt.date
) -> str:
    """The report as HTML.

    Parameters
    ----------
    process : the process.
    traces : cases with findings, the most pressing first; the first hundred are drawn.
    counts : cases by result, over all cases.
    alerts : of sources.
    today : the day of the run.

    Returns
    -------
    One file that opens without a network; equal input gives equal bytes.
    """
    sections = [Section("总览", _overview(process, traces, counts))]
    if alerts:
        note = Note("没有数据不等于没有问题：下列来源缺失、为空或没有记录。")
        sections.append(Section("来源告警", [note, DataTable(["情况"], [[alert.text] for alert in alerts])]))
    for trace in traces[:DRAWN]:
        sections.append(Section(f"{trace.case} {RESULTS[trace.result]}", _case(process, trace)))
    if len(traces) > DRAWN:
        more = f"另有{len(traces) - DRAWN}案有断点或不能判断，见 breaks.xlsx；单案用 lianheng trace show 查看。"
        sections.append(Section("其余个案", [Paragraph(more)]))
    sections.append(Section("时限与核对规则", [_rules(process)]))
    heading = f"流程溯源：{process.title}"
    return render_page(heading, sections, subtitle=f"运行日期 {today}", footer=WARNING, contents_heading="目录")


def _overview(process: Process, traces: Sequence[Trace], counts: dict[str, int]) -> list[Block]:
    facts = [("个案", str(sum(counts.values())))]
    facts += [(name, str(counts.get(result, 0))) for result, name in RESULTS.items()]
    kinds = Counter((finding.kind, finding.result) for trace in traces for finding in trace.findings)
    rows = [[name, kinds[kind, BREAK], kinds[kind, "cannot_tell"]] for kind, name in KINDS.items()]
    return [Paragraph(process.meaning), Note(WARNING), Facts(facts), DataTable(["断点种类", "断点", "不能判断"], rows)]


def _case(process: Process, trace: Trace) -> list[Block]:
    found = [
        [KINDS[f.kind], FOUND[f.result], f.text, f.basis, ORIGINS.get(f.origin, "")] for f in trace.findings
    ]  # fmt: skip
    blocks: list[Block] = [
        Chart(draw_trace(process, trace), "横轴为日期；圆点是事项，红色是断点，褐色是不能判断。"),
        DataTable(["种类", "结果", "说明", "依据", "依据性质"], found),
        DataTable(["日期", "环节", "金额（元）", "文件", "经办岗位", "来源"], event_rows(process, trace)),
    ]
    return blocks


def event_rows(process: Process, trace: Trace) -> list[list[Any]]:
    """The events of a case as rows of a table."""
    return [
        [str(e.date) if e.date else None, process.steps[e.step].title,
         f"{e.amount:.2f}" if e.amount is not None else None, e.document or None, e.actor or None, e.origin]
        for e in trace.events
    ]  # fmt: skip


def _rules(process: Process) -> DataTable:
    rows = []
    for limit in process.limits:
        unit = UNIT_NAMES[limit.unit]
        bounds = (("不超过", limit.at_most), ("不少于", limit.at_least))
        said = "；".join(f"{word}{value}{unit}" for word, value in bounds if value is not None)
        names = f"{process.steps[limit.start].title}到{process.steps[limit.end].title}"
        rows.append([names, said, limit.basis + limit.article, ORIGINS[limit.origin], _valid(limit)])
    for rule in process.amounts:
        said = f"{rule.percent.normalize():f}%"
        rows.append([rule.title, said, rule.basis + rule.article, ORIGINS[rule.origin], _valid(rule)])
    for need in process.needs:
        steps = "、".join(process.steps[step].title for step in need.amount_of)
        said = f"{steps}的金额不低于{need.at_least:.0f}元时须有“{process.steps[need.step].title}”"
        said += "；低于时不能判断" if need.below == "cannot_tell" else ""
        rows.append([need.title, said, need.basis + need.article, ORIGINS[need.origin], _valid(need)])
    return DataTable(["规则", "标准", "依据", "依据性质", "有效期"], rows)


def _valid(rule: Any) -> str:
    return f"{rule.valid_from or ''}至{rule.valid_to or '今'}" if rule.valid_from or rule.valid_to else "不限"


def process_page(process: Process) -> str:
    """A process as Markdown: its steps, limits and sums, for the reference page."""
    lines = [
        f"### {process.title} `{process.id}`",
        "",
        process.meaning,
        "",
        "| step | 环节 | | from |",
        "|---|---|---|---|",
    ]
    for step in process.steps.values():
        needed = any(need.step == step.id for need in process.needs)
        words = (("required", step.required), ("needed by amount", needed), ("repeats", step.repeats))
        marks = [word for word, set_ in words if set_]
        sources = ", ".join(f"`{s.register}.{s.date}`" for s in step.sources) or "`process_event`"
        lines.append(f"| `{step.id}` | {step.title} | {', '.join(marks)} | {sources} |")
    lines += ["", "| 规则 | 标准 | 依据 | 依据性质 | 有效期 |", "|---|---|---|---|---|"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in _rules(process).rows]
    return "\n".join(lines) + "\n"
