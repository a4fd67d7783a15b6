"""One case as a drawing: a row per step, a mark per event, breaks in red. Plain SVG: hundreds fit in a page."""

from __future__ import annotations

import datetime as dt
from html import escape

from lianheng.engine.redflags.trace.finding import BREAK, Finding
from lianheng.engine.redflags.trace.judge import Trace
from lianheng.engine.redflags.trace.process import Process

INK, FAINT, RULE, GOOD, BAD, OPEN = "#1d2733", "#5b6b7b", "#d5dce3", "#1f5f8b", "#b3261e", "#8a6d1b"
LEFT, WIDTH, ROW, TOP = 150, 720, 24, 30


def draw_trace(process: Process, trace: Trace) -> str:
    """The timeline of a case.

    Parameters
    ----------
    process : its steps are the rows, those that neither happened nor lack are left out.
    trace : the case.

    Returns
    -------
    SVG text; equal traces give equal bytes. A case without a dated event gives the rows alone.
    """
    shown = {event.step for event in trace.events} | {finding.step for finding in trace.findings}
    rows = {id_: TOP + ROW * n for n, id_ in enumerate(step for step in process.steps if step in shown)}
    days = [event.date for event in trace.events if event.date]
    days += [finding.day for finding in trace.findings if finding.day]
    scale = _Scale(min(days), max(days)) if days else None
    height = TOP + ROW * max(len(rows), 1)
    title = escape(f"{process.title} {trace.case}：{len(trace.events)}个事项，{len(trace.breaks)}处断点")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-size="12">',
        f"<title>{title}</title>",
        *(_axis(scale, height) if scale else ()),
    ]
    for id_, y in rows.items():
        colour = _colour([finding for finding in trace.findings if finding.step == id_])
        parts.append(f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - 20}" y2="{y}" stroke="{RULE}"/>')
        parts.append(f'<text x="0" y="{y + 4}" fill="{colour or INK}">{escape(process.steps[id_].title)}</text>')
    if scale:
        parts += [mark for finding in trace.findings for mark in _break(finding, trace, rows, scale)]
        parts += [mark for event in trace.events if event.date for mark in _event(event.date, rows[event.step], scale)]
    return "".join([*parts, "</svg>"])


class _Scale:
    """Days to places on the line."""

    def __init__(self, first: dt.date, last: dt.date) -> None:
        self.first, self.last = first, last
        self._days = max((last - first).days, 1)

    def x(self, day: dt.date) -> float:
        """The place of a day."""
        return round(LEFT + 10 + (WIDTH - LEFT - 50) * (day - self.first).days / self._days, 1)


def _axis(scale: _Scale, height: int) -> list[str]:
    middle = scale.first + (scale.last - scale.first) / 2
    marks = []
    for day in dict.fromkeys((scale.first, middle, scale.last)):
        x = scale.x(day)
        marks.append(f'<line x1="{x}" y1="{TOP - 10}" x2="{x}" y2="{height}" stroke="{RULE}" stroke-dasharray="2 3"/>')
        marks.append(f'<text x="{x}" y="12" text-anchor="middle" fill="{FAINT}">{day}</text>')
    return marks


def _event(day: dt.date, y: int, scale: _Scale) -> list[str]:
    return [f'<circle cx="{scale.x(day)}" cy="{y}" r="4" fill="{GOOD}"><title>{day}</title></circle>']


def _break(finding: Finding, trace: Trace, rows: dict[str, int], scale: _Scale) -> list[str]:
    """A ring where the step lacks or is wrong; for limits and order also the line from the other step."""
    colour, y = _colour([finding]), rows[finding.step]
    x = scale.x(finding.day or scale.last)
    said = f"<title>{escape(finding.text)}</title>"
    marks = []
    from_days = [event.date for event in trace.events if event.step == finding.other and event.date]
    if finding.rule and finding.unit != "yuan" and from_days and finding.other in rows:
        start = scale.x(min(from_days))
        marks.append(
            f'<path d="M{start} {rows[finding.other]} L{x} {y}" stroke="{colour}" stroke-width="2" fill="none" '
            f'stroke-dasharray="5 3">{said}</path>'
        )
    if finding.kind == "missing_step":
        marks.append(f'<text x="{x}" y="{y + 4}" text-anchor="middle" fill="{colour}">✕{said}</text>')
    else:
        marks.append(f'<circle cx="{x}" cy="{y}" r="8" fill="none" stroke="{colour}" stroke-width="2">{said}</circle>')
    return marks


def _colour(findings: list[Finding]) -> str:
    if any(finding.result == BREAK for finding in findings):
        return BAD
    return OPEN if findings else ""
