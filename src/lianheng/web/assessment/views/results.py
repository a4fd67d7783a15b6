"""Results: the ranking of a group, the map, one result explained to its last input, its sheet."""

import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_safe

from lianheng.engine.letters import to_docx, to_pdf
from lianheng.engine.scoring.explain import Explanation, InputLine, Node, explain
from lianheng.engine.scoring.ranking import Placing
from lianheng.engine.scoring.result import Score, rounded
from lianheng.engine.scoring.score import score_unit
from lianheng.engine.scoring.year import input_from
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import grant_for
from lianheng.web.assessment import queries
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.documents import ROUNDING, item_nodes, result_document
from lianheng.web.assessment.forms.rounds import ObjectionForm
from lianheng.web.assessment.groups import group_name
from lianheng.web.assessment.judging import Judged, in_words, judged_items
from lianheng.web.assessment.models import ConfirmedEvent, Objection, Result, ResultRun, Round
from lianheng.web.assessment.services.notices import DOCX
from lianheng.web.assessment.standing import standing
from lianheng.web.assessment.tables import ResultTable, change, groups_of, light_of, offered_runs, run_choices
from lianheng.web.assessment.uncounted import UNDECIDED
from lianheng.web.assessment.views.rounds import download
from lianheng.web.measures.models import MeasureValue
from lianheng.web.shell.addresses import address
from lianheng.web.shell.clock import local_day, today
from lianheng.web.shell.prepared import ask
from lianheng.web.shell.templatetags.shell import day
from lianheng.web.shell.unknown_conditions import choose, unknown_conditions, unknown_words
from lianheng.web.units.county_map import county_map

NUMBER = re.compile(r"[0-9]{1,18}")


@login_required
@require_safe
def result_list(request: UserRequest) -> HttpResponse:
    """Rank one group of one year; what a person may not see is neither listed nor counted."""
    rows = queries.results_for(request.user)
    offered, groups = offered_runs(request.user), groups_of(request.user)
    runs = run_choices(offered)
    asked = request.GET.get("run", "")
    # An address may hold anything: what can be no number of a run is taken as not asked.
    run = asked if NUMBER.fullmatch(asked) else (runs[0][0] if runs else "")
    group = request.GET.get("group") or (groups[0][0] if groups else "")
    context = {
        "group": group,
        # Only a group that is offered is named: an address may hold anything.
        "group_name": dict(groups).get(group, ""),
        "has_map": group == "E-area-3",
        "run": run,
    }
    table = ResultTable(run, group, runs, groups)
    if run.isdigit():
        chosen = context["chosen"] = next((row for row in offered if str(row.pk) == run), None)
        context["counts"] = chosen and next((r for r in offered if r.round_id == chosen.round_id and r.in_force), None)
        # One row in scope is enough: whoever sees a result of the run may know that its lists wait.
        rounds = rows.filter(run_id=int(run)).order_by().values("run__round")[:1]
        context["frozen"] = Objection.objects.filter(result__run__round__in=rounds, upheld=None).exists()
    return table.respond(request, rows, "assessment/result_list.html", context)


@login_required
@require_safe
def result_map(request: UserRequest) -> HttpResponse:
    """Show the counties' results on the map, with the same figures in a table beside it."""
    rows = queries.results_for(request.user).filter(group="E-area-3").select_related("run__round").defer("run__inputs")
    years = sorted({row.year for row in rows}, reverse=True)
    asked, no_such = choose(request, "year", "年度", {str(year) for year in years})
    unknown = unknown_conditions(request, ["year"])
    year = int(asked) if asked else (years[0] if years else None)
    of_year = [row for row in rows if row.year == year]
    in_force = [row for row in of_year if row.run.in_force]
    shown = sorted(in_force or of_year, key=lambda row: (row.position, row.name))
    values = {
        row.county: (_shade(row.score), "缺数据" if row.score is None else f"{row.score:.2f}", _url(row))
        for row in shown
    }
    context = {
        "rows": shown,
        "not_used": [notice for notice in (no_such, unknown and unknown_words(unknown)) if notice],
        "years": years,
        "year": year,
        "map": county_map(values, legend=SHADES, order=[row.county for row in shown]),
    }
    return render(request, "assessment/result_map.html", context)


def _url(row: Result) -> str:
    return address("assessment:result", row.pk)


# What the depths of the map mean; `_shade` says which is whose.
SHADES = (
    ("t1", "90 分及以上"),
    ("t2", "80 至 90 分"),
    ("t3", "70 至 80 分"),
    ("t4", "70 分以下"),
    ("t0", "缺数据，没有得分"),
)


def _shade(score: Decimal | None) -> str:
    """Return one of five depths of one hue; never a light."""
    if score is None:
        return "t0"
    return "t1" if score >= 90 else "t2" if score >= 80 else "t3" if score >= 70 else "t4"


def explained(result: Result) -> Explanation:
    """Explain a result from what its run gave the engine, by the same rule functions, down to the grade it has."""
    scheme, given = engine_scheme(result.sheet.scheme), input_from(result.inputs)
    return explain(scheme, given, _placing(result, score_unit(scheme, given)))


def _placing(result: Result, score: Score) -> Placing | None:
    """Return where the run placed this one; the quota is the class's and cannot be told from the unit alone."""
    if score.final is None:
        return None
    # Under a veto there is no place and no quota: then only the cap lies between threshold and grade.
    by_quota = score.threshold_grade if result.place is None else result.grade
    return Placing(score, result.place, score.threshold_grade, by_quota, result.grade)


@login_required
@require_safe
def result_page(request: UserRequest, result_id: int) -> HttpResponse:
    """Show one result: the number, the receipt, each item down to its inputs, objection, other runs, timeline."""
    result = queries.get_result_for(request.user, result_id)
    return render(request, "assessment/result_page.html", result_context(request, result))


def result_context(request: UserRequest, result: Result, form: ObjectionForm | None = None) -> dict[str, Any]:
    # Who assessed is told to the offices only; the others read what was given and why.
    knows = grant_for(request.user, queries.OFFICE, result.sheet) is not None
    judged = judged_items(result, engine_scheme(result.sheet.scheme), names=knows)
    explanation = in_words(explained(result), judged)
    round_ = result.run.round
    others = queries.other_results(request.user, result)
    in_notice = round_.state == Round.NOTICE and result.current
    objects = grant_for(request.user, [Role.UNIT_ADMIN, Role.UNIT_LEADER], result) is not None
    may_object = in_notice and objects and (round_.objection_due is None or today() <= round_.objection_due)
    source = InputSources(result)
    return {
        "result": result,
        "round": round_,
        "group_name": group_name(result.group),
        "explanation": explanation,
        "groups": [_group(category, source, judged) for category in explanation.categories],
        "rounding": ROUNDING,
        "light": light_of(result),
        "change": change(result),
        "items": item_nodes(explanation.categories),
        "form": form or (ObjectionForm() if may_object else None),
        "may_object": may_object,
        "late": source.late(result.run) if result.current and round_.state in UNDECIDED else 0,
        "in_notice": in_notice,
        "objections": [row for row in queries.objections_on(result) if row.result == result.pk and row.seen],
        "moderates": grant_for(request.user, [Role.SPECIAL_OFFICE], queries.place_of(round_)) is not None,
        "other_runs": others,
        "standing": standing(result),
        # What counts while this newer one is not published yet, and what took the place of this older one.
        "counts": next((other for other in others if other.run.in_force), None),
        "newer": next((other for other in others if other.run.in_force or other.current), None),
        "timeline": queries.result_timeline(request.user, result),
    }


@dataclass(frozen=True)
class Line:
    """One input of an item: its value, the page that it leads to, where it comes from and of which day it is."""

    name: str
    value: str
    url: str = ""
    source: str = ""
    as_of: dt.date | None = None

    @property
    def cells(self) -> tuple[object, ...]:
        """What stands in the columns of the table of inputs."""
        value = format_html('<a href="{}">{}</a>', self.url, self.value) if self.url else self.value
        return self.name, value, self.source, day(self.as_of)


# A page has a hundred of these lines: written in one piece, not by a template.
_INPUT = '<tr><td>{}</td><td class="num">{}</td><td>{}</td><td>{}</td></tr>'


def _values_of(institution: int, period: str) -> QuerySet[MeasureValue, Any]:
    rows = MeasureValue.objects.filter(institution=institution, period=period)
    return rows.values_list("measure_id", "pk", "source", "as_of", "entered_at")


class InputSources:
    """Where the inputs of one result come from: a value on file, the events, other results, or the scheme itself."""

    def __init__(self, result: Result) -> None:
        rows = ask(_values_of, result.institution_id, str(result.year))
        self.on_file = {row[0]: row[1:4] for row in rows}
        self.changed_at = [row[4] for row in rows]
        own = f"?unit={result.institution_id}&year={result.year}&state={ConfirmedEvent.CONFIRMED}&kind="
        self.events = f"{address('assessment:events')}{own}"
        self.results = f"{address('assessment:results')}?run={result.run_id}"

    def late(self, run: ResultRun) -> int:
        """Count the numbers that were entered or changed after the run, which it does not count."""
        return sum(moment > run.computed_at for moment in self.changed_at)

    def cells(self, inputs: Iterable[InputLine], item: str) -> Iterator[tuple[object, ...]]:
        return (self.line(given, item).cells for given in inputs)

    def line(self, given: InputLine, item: str) -> Line:
        value, measure = given.value or "缺", given.measure or ""
        if measure in self.on_file:
            pk, source, as_of = self.on_file[measure]
            return Line(given.name, value, address("measures:value", pk), source, as_of)
        if measure.startswith("events."):
            return Line(given.name, value, f"{self.events}{item}", "认定事件登记")
        if measure.startswith("assessment."):
            return Line(given.name, value, self.results, "系统计数")
        return Line(given.name, value, source="系统计数" if measure else "方案规定")


def _group(category: Node, source: InputSources, judged: dict[str, Judged]) -> dict[str, Any]:
    earned = category.earned
    return {
        "code": category.code,
        "name": category.name,
        "points": category.points,
        "earned": None if earned is None else rounded(earned),
        "share": None if earned is None else f"{float(100 * earned / Fraction(category.points)):.1f}",
        "rows": [_row(node, source, judged) for node in item_nodes([category])],
    }


_TAGS = {"not_applicable": "不适用", "zeroed": "造假记 0", "missing": "缺数据"}


def _row(node: Node, source: InputSources, judged: dict[str, Judged]) -> dict[str, Any]:
    """Return what the page says of an item, in one dictionary: a template reads that quickest."""
    why = judged.get(node.code) if node.basis == "judged" else None
    return {
        "code": node.code,
        "name": node.name,
        "points": node.points,
        "sentence": node.sentence,
        "judged": node.basis == "judged",
        "tag": ("异议采纳" if why and why.objection else "考评人员打分")
        if node.basis == "judged"
        else _TAGS.get(node.basis or ""),
        "earned": None if node.earned is None else rounded(node.earned),
        "lost": None if node.earned is None else rounded(Fraction(node.points) - node.earned),
        "why": why,
        "computed": None if node.computed is None else rounded(node.computed),
        "several": len(node.children) > 1,
        "parts": [
            (part.rule_text, part.sentence, format_html_join("", _INPUT, source.cells(part.inputs, node.code)))
            for part in node.children
        ],
    }


@login_required
@require_safe
def result_sheet(request: UserRequest, result_id: int, form: str) -> FileResponse:
    """Send one unit's result sheet as .docx or PDF, made on demand from the frozen run."""
    result = queries.get_result_for(request.user, result_id)
    judged = judged_items(result, engine_scheme(result.sheet.scheme), names=False)
    explanation = in_words(explained(result), judged, ending="，见异议")
    document = result_document(result=result, explanation=explanation, date=local_day(result.run.computed_at))
    name = f"{result.name}{result.year}年度考评结果单.{form}"
    if form == "docx":
        return download(_stream(to_docx(document)), name, DOCX)
    if form == "pdf":
        return download(_stream(to_pdf(document)), name, "application/pdf", inline=True)
    raise Http404


def _stream(content: bytes) -> io.BytesIO:
    return io.BytesIO(content)
