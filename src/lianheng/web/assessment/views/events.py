"""认定事件: the register, entering one, and another person's decision."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianheng.web.accounts.models import User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.scope import grant_for, require_role, roles_of, visible
from lianheng.web.assessment import queries
from lianheng.web.assessment.forms.event import DecideForm, EventForm, RejectForm, kind_name
from lianheng.web.assessment.models import ConfirmedEvent, Round
from lianheng.web.assessment.services import events as services
from lianheng.web.evidence.tables import by_institution
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import InvalidInput, why_refused
from lianheng.web.shell.refused_forms import show_refusal
from lianheng.web.shell.tables import Column, Filter, Sort, Table
from lianheng.web.trail.queries import timeline
from lianheng.web.units.models import Institution
from lianheng.web.units.queries import get_institution_for, search_institutions


def to_confirm(user: User) -> QuerySet[ConfirmedEvent]:
    """Return the events that this person may decide on: in scope, entered by somebody else, the year not final."""
    closed = Round.objects.filter(state__in=[Round.PUBLISHED, Round.LOCKED]).values("year")
    rows = ConfirmedEvent.objects.filter(visible(user, roles=services.MAY_CONFIRM), state=ConfirmedEvent.ENTERED)
    return rows.exclude(entered_by=user).exclude(date__year__in=closed)


def _mine(request: HttpRequest) -> list[tuple[str, str]]:
    return [("mine", "等我认定")]


def _years(request: HttpRequest) -> list[tuple[str, str]]:
    rounds = queries.rounds_for(request.user)  # type: ignore[arg-type]
    return [(str(year), f"{year}年度") for year in rounds.values_list("year", flat=True)]


class EventTable(Table):
    """认定事件: some dozens a year in a city; the newest first."""

    name = "assessment.events"
    noun = "认定事件"
    model = ConfirmedEvent
    small = True
    columns = (
        Column("facts", "事实", link=True, sub=lambda row: row.institution.name),
        Column("kind", "代码", css="nowrap"),
        Column("found", "发现方式", value=lambda row: row.get_found_display()),
        Column("date", "日期", value=lambda row: row.date.isoformat(), sort="date", css="nowrap"),
        Column("state", "状态", value=lambda row: row.get_state_display()),
        Column("document", "认定文书", shown=False),
    )
    sorts = (Sort("date", ("date",)),)
    default_sort = "-date"
    empty_text = "监督部门登记、另一人认定以后才计入得分。"

    def __init__(self, user: User, unit: Institution | None) -> None:
        # Coming from a sheet, the list is narrowed to its institution; else there is nothing to choose here.
        own = (
            Filter("unit", "单位", choices=[(str(unit.pk), unit.name)], field="institution", chips=True)
            if unit
            else None
        )
        self.filters = (
            *([own] if own else []),
            Filter("q", "单位", apply=by_institution, placeholder="名称任意两个字"),
            Filter("year", "年度", choices=_years, field="date__year"),
            Filter("kind", "代码", field="kind"),
            Filter("state", "状态", choices=ConfirmedEvent.STATES, field="state"),
            Filter(
                "who", "谁办", choices=_mine, chips=True,
                apply=lambda rows, value: rows.filter(pk__in=to_confirm(user).values("pk")),
            ),
        )  # fmt: skip

    def row_url(self, row: Any) -> str:
        return reverse("assessment:event", args=[row.pk])


@login_required
@require_safe
def events(request: UserRequest) -> HttpResponse:
    """The events in this person's scope; units see their own once confirmed."""
    may_enter = bool(roles_of(request.user) & set(queries.EVENT_ROLES))
    rows = queries.events_for(request.user)
    asked = request.GET.get("unit", "")
    named = asked.isdecimal() and len(asked) < 18
    unit = Institution.objects.visible_to(request.user).filter(pk=int(asked)).first() if named else None
    return EventTable(request.user, unit).respond(request, rows, "assessment/event_list.html", {"may_enter": may_enter})


@login_required
@require_safe
def choose_unit(request: UserRequest) -> HttpResponse:
    """Find the institution to which an event belongs."""
    require_role(request.user, queries.EVENT_ROLES, act="登记认定事件")
    text = request.GET.get("q", "").strip()[:40]
    found = [r for r in search_institutions(request.user, text) if grant_for(request.user, queries.EVENT_ROLES, r)]
    return render(request, "assessment/event_choose.html", {"q": text, "found": found, "too_short": len(text) == 1})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def enter_event(request: UserRequest, institution_id: int) -> HttpResponse:
    """Register one event; it counts only when another person has confirmed it."""
    institution: Institution = get_institution_for(request.user, institution_id)
    require_role(request.user, queries.EVENT_ROLES, institution, "登记认定事件")
    year, problem = _year(institution, request.POST.get("date", ""))
    form = EventForm(institution, year, problem, request.POST or None, initial=_fresh())
    if request.method == "POST" and form.is_valid():
        try:
            event = services.enter_event(actor=request.user, institution_id=institution.pk, **form.act())
        except InvalidInput as error:
            show_refusal(form, error)
        else:
            messages.success(request, "已登记，要由另一个人认定后才计入得分")
            return redirect("assessment:event", event.pk)
    context = {"institution": institution, "form": form}
    return render(request, "assessment/event_enter.html", context, status=422 if request.method == "POST" else 200)


def _fresh() -> dict[str, Any]:
    """Return what a new form holds; its key names it, so that pressing twice registers once."""
    return {"date": today(), "found": "outside", "form_key": uuid.uuid4().hex}


def _year(institution: Institution, typed: str) -> tuple[int, str]:
    """Return the year whose kinds are offered, and what is wrong with the date typed, if its year has none.

    A mistyped year must not take the form away: it is shown with the kinds of this year, and what was typed.
    """
    this_year = today().year
    try:
        year = dt.date.fromisoformat(typed).year
    except ValueError:
        return this_year, ""
    if year == this_year or services.kinds_for(institution, year):
        return year, ""
    return this_year, f"{year} 年没有已发布的考评方案，请核对日期的年份"


def _why_not_decided(user: User, row: ConfirmedEvent) -> str:
    return why_refused(services.require_decider, user, row) or why_refused(services.require_year_open, row)


def _event(
    request: UserRequest, row: ConfirmedEvent, confirm: DecideForm | None, reject: RejectForm | None, status: int = 200
) -> HttpResponse:
    initial = {"revision": row.revision}
    waiting = row.state == ConfirmedEvent.ENTERED
    may = waiting and grant_for(request.user, services.MAY_CONFIRM, row) is not None
    own = waiting and row.entered_by_id == request.user.pk
    off = _why_not_decided(request.user, row) if may and not own else ""
    context = {
        "event": row,
        "kind_name": kind_name(row),
        "confirm": confirm or DecideForm(initial=initial, auto_id="confirm-%s"),
        "reject": reject or RejectForm(initial=initial, auto_id="reject-%s"),
        "may_decide": may and not own and not off,
        "decide_off": off,
        "own": own,
        "entries": timeline(row),
    }
    return render(request, "assessment/event_page.html", context, status=status)


@login_required
@require_safe
def event(request: UserRequest, event_id: int) -> HttpResponse:
    """One event with its decision and timeline."""
    return _event(request, queries.get_event_for(request.user, event_id), None, None)


@login_required
@require_POST
def confirm_event(request: UserRequest, event_id: int) -> HttpResponse:
    """Confirm an event on the strength of a document."""
    row = queries.get_event_for(request.user, event_id)
    form = DecideForm(request.POST, auto_id="confirm-%s")
    if not form.is_valid():
        return _event(request, row, form, None, 422)
    services.confirm_event(actor=request.user, event_id=row.pk, **form.cleaned_data)
    messages.success(request, "已认定，从下一次计算起计入得分")
    return redirect("assessment:event", row.pk)


@login_required
@require_POST
def reject_event(request: UserRequest, event_id: int) -> HttpResponse:
    """Turn an event down."""
    row = queries.get_event_for(request.user, event_id)
    form = RejectForm(request.POST, auto_id="reject-%s")
    if not form.is_valid():
        return _event(request, row, None, form, 422)
    services.reject_event(actor=request.user, event_id=row.pk, **form.cleaned_data)
    messages.success(request, "不予认定，记录保留，不计分")
    return redirect("assessment:event", row.pk)
