"""The assessor's desk: my seats, and one sheet to score."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from lianheng.web.accounts.models import User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.assessment import queries
from lianheng.web.assessment.forms.rounds import RevisionForm
from lianheng.web.assessment.forms.seat import SeatPage, read
from lianheng.web.assessment.measure_year import list_name
from lianheng.web.assessment.models import Round, Seat
from lianheng.web.assessment.open_seats import open_now
from lianheng.web.assessment.services import scoring
from lianheng.web.shell.errors import InvalidInput, StaleForm
from lianheng.web.shell.tables import Column, Filter, Sort, Table

RUNNING = (Round.LAUNCHED, Round.ASSESSING, Round.MODERATING)
OPEN = [("open", "要打分"), ("done", "已打完"), ("waiting", "还没开始")]


def to_score(user: User) -> QuerySet[Seat]:
    """Return the seats that this person has to score now, the third ones first."""
    return Seat.objects.filter(open_now(), assessor=user, done_at=None)


def _narrow(rows: QuerySet[Seat], value: str) -> QuerySet[Seat]:
    if value == "done":
        return rows.exclude(done_at=None)
    if value == "waiting":
        return rows.filter(done_at=None, sheet__round__state__in=RUNNING).exclude(open_now())
    return rows.filter(open_now(), done_at=None)


def _state(row: Seat) -> str:
    if row.done_at is not None:
        return "已打完"
    return "打了一部分" if row.revision else "没开始"


class SeatTable(Table):
    """考评席位: one assessor's own seats; some hundred at most."""

    name = "assessment.seats"
    noun = "考评表"
    model = Seat
    small = True
    columns = (
        Column(
            "name", "单位", value=lambda row: row.sheet.name, link=True, sort="name",
            sub=lambda row: f"{row.sheet.round.year}年度 · {list_name(row.sheet.list_code)}",
        ),
        Column("number", "席位", value=lambda row: "第三人复核" if row.number == 3 else f"考评人员 {row.number}"),
        Column("state", "状态", value=_state),
        Column("due", "打分截止", value=lambda row: row.sheet.round.assess_due.isoformat(), css="nowrap"),
    )  # fmt: skip
    filters = (Filter("state", "状态", choices=OPEN, apply=_narrow, default="open", chips=True),)
    sorts = (Sort("name", ("sheet__sort_key",)),)
    empty_text = "工作专班安排席位、单位交了自评以后，要打分的考评表会出现在这里。"

    def __init__(self, total: int = 0, done: int = 0) -> None:
        if total and done == total:
            self.empty_title = "都打完了"
            self.empty_text = "以后再安排给您的考评表和第三人复核，会出现在这里。"
        elif total:
            self.empty_title = "现在没有能打分的考评表"

    def row_url(self, row: Any) -> str:
        return reverse("assessment:seat", args=[row.pk])


@login_required
@require_safe
def seats(request: UserRequest) -> HttpResponse:
    """My desk: how far I am, and the sheet to do next."""
    own = queries.seats_for(request.user)
    current = own.filter(sheet__round__state__in=RUNNING)
    total, open_ = current.count(), to_score(request.user)
    done = current.exclude(done_at=None).count()
    context = {"total": total, "done": done, "next": _next(open_)}
    return SeatTable(total, done).respond(request, own, "assessment/seat_list.html", context)


def _next(rows: QuerySet[Seat]) -> Seat | None:
    """Return a begun sheet before a fresh one."""
    fresh = Case(When(revision=0, then=Value(1)), default=Value(0))
    return rows.select_related("sheet").order_by(fresh, "sheet__sort_key", "pk").first()


def _page(request: UserRequest, seat: Seat, page: SeatPage, status: int = 200, **more: Any) -> HttpResponse:
    closed = page.closed
    context = {"seat": seat, "sheet": seat.sheet, "page": page, "closed": closed, "scoring": not closed, **more}
    return render(request, "assessment/seat_page.html", context, status=status)


@login_required
@require_safe
def seat(request: UserRequest, seat_id: int) -> HttpResponse:
    """One sheet to score; of nobody but the seat's owner."""
    row = queries.get_seat_for(request.user, seat_id)
    return _page(request, row, SeatPage(row, request.user))


@login_required
@require_POST
def save_scores(request: UserRequest, seat_id: int) -> HttpResponse:
    """Keep a draft or finish; with errors the page comes back with everything that was typed."""
    row = queries.get_seat_for(request.user, seat_id)
    points, reasons = read(row, request.POST)
    finish = request.POST.get("finish") == "yes"
    form = RevisionForm(request.POST)
    try:
        if not form.is_valid():
            raise StaleForm
        scoring.save_scores(
            actor=request.user,
            seat_id=row.pk,
            revision=form.cleaned_data["revision"],
            points=points,
            reasons=reasons,
            finish=finish,
        )
    except InvalidInput as error:
        page = SeatPage(row, request.user)
        page.lay_over(points, reasons, getattr(error, "errors", {}))
        return _page(request, row, page, 422)
    except StaleForm:
        row = queries.get_seat_for(request.user, seat_id)
        page = SeatPage(row, request.user)
        page.lay_over(points, reasons, {})
        return _page(request, row, page, 409, stale="这份表您在别处存过。刚才填的还在下面，核对后再存一次。")
    if not finish:
        messages.success(request, f"已存草稿：{row.sheet.name}")
        return redirect("assessment:seat", row.pk)
    messages.success(request, f"已打完：{row.sheet.name}")
    following = _next(to_score(request.user))
    return redirect("assessment:seat", following.pk) if following else redirect("assessment:seats")
