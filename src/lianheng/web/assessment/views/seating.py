"""The office's side of the seats: who scores what, who stands in, and the third person where two differ."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Case, Prefetch, QuerySet, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianheng.web.accounts.models import User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role, visible
from lianheng.web.assessment import queries
from lianheng.web.assessment.disputes import Disputed, disputed_items
from lianheng.web.assessment.forms.rounds import RevisionForm
from lianheng.web.assessment.forms.seat import AssessorForm, ThirdForm
from lianheng.web.assessment.measure_year import list_name
from lianheng.web.assessment.models import Round, Seat, Sheet
from lianheng.web.assessment.open_seats import THIRD_STATES, filled, lacks_assessors, lacks_third, vacant
from lianheng.web.assessment.services import seats as services
from lianheng.web.assessment.services import thirds
from lianheng.web.assessment.services.rounds import city_of, refuse_seated
from lianheng.web.assessment.services.thirds import may_be_third
from lianheng.web.evidence.tables import by_institution
from lianheng.web.shell.errors import InvalidInput, StaleForm, why_refused
from lianheng.web.shell.tables import Column, Filter, Sort, Table
from lianheng.web.units.list_names import LIST_NAMES

OFFICE = (Role.SPECIAL_OFFICE,)
BEFORE_SCORED = (Round.DRAFT, Round.LAUNCHED, Round.ASSESSING)


def _round(request: UserRequest, round_id: int, act: str) -> Round:
    round_ = queries.get_round_for(request.user, round_id)
    require_role(request.user, OFFICE, city_of(round_), act)
    return round_


def _with_people() -> Prefetch[str]:
    """Read the seats with who has them, and whether that person scores no more."""
    left = Case(When(vacant(), then=Value(1)), default=Value(0))
    return Prefetch("seats", Seat.objects.select_related("assessor").annotate(left=left))


def _word(seat: Any) -> str:
    if seat.left:
        return "账号已停用、不再是考评人员、调到了本单位或本县，或者当了本单位管理员，要换人"
    return "已打完" if seat.done_at else "未打完"


def _people(sheet: Sheet, *, replaces: bool) -> SafeString:
    rows = sorted(sheet.seats.all(), key=lambda seat: seat.number)
    links = (_replace_link(row, sheet) if replaces else "" for row in rows)
    lines = ((row.assessor.name, _word(row), link) for row, link in zip(rows, links, strict=True))
    people = format_html_join(SafeString("<br>"), "{} <span class='meta'>{}</span>{}", lines)
    # One element: on a phone the cell is a grid of its label and its content.
    return format_html("<div>{}</div>", people or "还没有安排")


def _replace_link(seat: Seat, sheet: Sheet) -> SafeString | str:
    if seat.done_at is not None or seat.number > 2 or sheet.round.state not in BEFORE_SCORED:
        return ""
    return format_html(' <a class="ref" href="{}">换人</a>', reverse("assessment:replace_assessor", args=[seat.pk]))


def _lacking(rows: QuerySet[Sheet], value: str) -> QuerySet[Sheet]:
    if value == "lacking":
        return rows.filter(lacks_assessors())
    waiting = Seat.objects.filter(number__lte=2, done_at=None).values("sheet")
    return rows.filter(pk__in=waiting)


class SeatingTable(Table):
    """席位安排: the sheets of a round with who scores them."""

    name = "assessment.seating"
    noun = "考评表"
    model = Sheet
    ancestors = (("city",), ("county",), ("city", "business_line"))
    filters = (
        Filter("q", "单位", apply=by_institution, placeholder="名称任意两个字"),
        Filter("list", "清单", choices=[("E", list_name("E")), *LIST_NAMES.items()], field="list_code"),
        Filter(
            "seats", "席位", choices=[("lacking", "没有安排满"), ("waiting", "没有打完")], apply=_lacking, chips=True
        ),
    )
    sorts = (Sort("name", ("sort_key", "id"), unique=True),)

    def __init__(self, replaces: bool) -> None:
        self.columns = (
            Column("name", "单位", link=True, sort="name", sub=lambda row: list_name(row.list_code)),
            Column("people", "考评人员", value=partial(_people, replaces=replaces)),
        )

    def row_url(self, row: Any) -> str:
        return reverse("assessment:sheet", args=[row.pk])


@login_required
@require_safe
def seating(request: UserRequest, round_id: int) -> HttpResponse:
    """Who scores which sheet of a round, and how far they are."""
    round_ = _round(request, round_id, "安排考评人员")
    # The office of the whole city reads this page (`_round`), and every sheet of a round lies there.
    rows = round_.sheets.select_related("round").prefetch_related(_with_people())
    first_two = Seat.objects.filter(sheet__round=round_, number__lte=2)
    off = why_refused(refuse_seated, request.user, round_, "安排考评人员")
    context = {
        "round": round_,
        "sheets": round_.sheets.count(),
        "people": len(services.assessors_of(round_)),
        "filled": filled(1, 2).filter(sheet__round=round_).count(),
        "done": first_two.exclude(done_at=None).count(),
        "may_seat": round_.state in services.SEATED_IN and services.lacks_seats(round_),
        "off": off,
    }
    return SeatingTable(not off).respond(request, rows, "assessment/seat_overview.html", context)


@login_required
@require_POST
def seat_assessors(request: UserRequest, round_id: int) -> HttpResponse:
    """Fill every empty seat, evenly and away from home."""
    round_ = _round(request, round_id, "安排考评人员")
    form = RevisionForm(request.POST)
    if not form.is_valid():
        raise StaleForm
    count = services.seat_assessors(actor=request.user, round_id=round_.pk, revision=form.cleaned_data["revision"])
    messages.success(request, f"安排了 {count} 个席位" if count else "席位已经都安排好了")
    return redirect("assessment:seating", round_.pk)


def eligible(sheet: Sheet) -> list[User]:
    """Return the assessors whom the rules of avoidance allow and who have no seat at the sheet."""
    seated = set(sheet.seats.values_list("assessor_id", flat=True))
    people = [person for person in services.assessors_of(sheet.round) if person.pk not in seated]
    return [person for person in people if services.why_not(person, sheet) is None]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def replace_assessor(request: UserRequest, seat_id: int) -> HttpResponse:
    """Put another person on a seat."""
    scope = visible(request.user, prefix="sheet__", institution="institution", roles=OFFICE)
    rows = Seat.objects.filter(scope).select_related("sheet__round", "sheet__scheme", "assessor__institution")
    seat = get_object_or_404(rows, pk=seat_id)
    refuse_seated(request.user, _round(request, seat.sheet.round_id, "调整考评人员"), "调整考评人员")
    services.require_unscored(seat)
    form = AssessorForm(eligible(seat.sheet), request.POST or None, initial={"revision": seat.revision})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            services.replace_assessor(
                actor=request.user, seat_id=seat.pk, revision=values["revision"], assessor_id=values["assessor"]
            )
        except InvalidInput as error:
            form.add_error("assessor", error.message)
        else:
            messages.success(request, f"{seat.sheet.name}：已换人")
            return redirect("assessment:seating", seat.sheet.round_id)
    context = {"seat": seat, "sheet": seat.sheet, "form": form}
    return render(request, "assessment/seat_replace.html", context, status=422 if request.method == "POST" else 200)


class DisputeTable(Table):
    """分差复核: the sheets of a round with an item that a third person decides."""

    name = "assessment.disputes"
    noun = "有分差的考评表"
    model = Sheet
    ancestors = (("city",), ("county",), ("city", "business_line"))
    sorts = (Sort("name", ("sort_key", "id"), unique=True),)

    def __init__(self, request: UserRequest, round_: Round, disputed: Disputed, off: str) -> None:
        self.request, self.disputed = request, disputed
        self.open = round_.state in THIRD_STATES and not off
        self.people = services.assessors_of(round_) if self.open else []
        self.columns = (
            Column("name", "单位", link=True, sort="name", sub=lambda row: list_name(row.list_code)),
            Column("items", "条目", value=self._items, export=self._plain),
            Column("third", "第三人", value=self._third, export=_third_name),
        )
        self.filters = (
            Filter("q", "单位", apply=by_institution, placeholder="名称任意两个字"),
            Filter("third", "第三人", choices=THIRDS, apply=_by_third, chips=True),
        )

    def row_url(self, row: Any) -> str:
        return reverse("assessment:sheet", args=[row.pk])

    def _lines(self, sheet: Sheet) -> list[str]:
        return [
            f"{code} {name}：" + ("等第三人" if out.needs_third else f"第三人定为 {out.points:.2f} 分")
            for code, (name, out) in self.disputed[sheet.pk].items()
        ]

    def _items(self, sheet: Sheet) -> SafeString:
        lines = ((line,) for line in self._lines(sheet))
        return format_html("<div>{}</div>", format_html_join(SafeString("<br>"), "{}", lines))

    def _plain(self, sheet: Sheet) -> str:
        return "；".join(self._lines(sheet))

    def _third(self, sheet: Sheet) -> SafeString | str:
        seats = list(sheet.seats.all())
        third: Any = next((seat for seat in seats if seat.number == 3), None)
        if third is not None and not (third.left and self.open):
            return format_html("<div>{}<span class='sub'>{}</span></div>", third.assessor.name, _word(third))
        if not self.open:
            return "没有指定"
        seated = {seat.assessor_id for seat in seats}
        free = [person for person in self.people if may_be_third(person, sheet, seated)]
        context = {"sheet": sheet, "form": ThirdForm(free, auto_id=f"third-{sheet.pk}-%s")}
        return SafeString(render_to_string("assessment/third_form.html", context, self.request))


THIRDS = [("none", "还没有指定"), ("open", "等打分"), ("done", "已打完")]


def _by_third(rows: QuerySet[Sheet], value: str) -> QuerySet[Sheet]:
    if value == "none":
        return rows.filter(lacks_third())
    seats = filled(3)
    return rows.filter(pk__in=seats.filter(done_at__isnull=value == "open").values("sheet"))


def _third_name(sheet: Sheet) -> str:
    return next((seat.assessor.name for seat in sheet.seats.all() if seat.number == 3), "")


@login_required
@require_safe
def moderation(request: UserRequest, round_id: int) -> HttpResponse:
    """The items in dispute, and who decides them."""
    return _moderation(request, _round(request, round_id, "分差复核"))


def _moderation(request: UserRequest, round_: Round, refused: str = "", status: int = 200) -> HttpResponse:
    disputed = disputed_items(round_)
    off = why_refused(refuse_seated, request.user, round_, "指定第三人") if round_.state in THIRD_STATES else ""
    # The office of the whole city reads this page (`_round`), and every sheet of a round lies there.
    rows = round_.sheets.filter(pk__in=disputed).select_related("round").prefetch_related(_with_people())
    context = {
        "round": round_,
        "refused": refused,
        "off": off,
        "disputed": len(disputed),
        "waiting": sum(out.needs_third for items in disputed.values() for _, out in items.values()),
        "unseated": _by_third(rows, "none").count() if round_.state in THIRD_STATES and not off else 0,
    }
    table = DisputeTable(request, round_, disputed, off)
    return table.respond(request, rows, "assessment/third_list.html", context, status)


@login_required
@require_POST
def seat_thirds(request: UserRequest, round_id: int) -> HttpResponse:
    """Name a third person for every sheet that waits for one."""
    round_ = _round(request, round_id, "指定第三人")
    count, nobody = thirds.seat_thirds(actor=request.user, round_id=round_.pk)
    messages.success(request, f"为 {count} 份考评表指定了第三人")
    if nobody:
        names = "、".join(nobody[:10]) + ("等" if len(nobody) > 10 else "")
        messages.warning(request, f"{len(nobody)} 份找不到可以回避的人，请增加考评人员后再办：{names}")
    return redirect("assessment:moderation", round_.pk)


@login_required
@require_POST
def seat_third(request: UserRequest, sheet_id: int) -> HttpResponse:
    """Name the third person for a sheet in dispute."""
    rows = Sheet.objects.filter(visible(request.user, roles=OFFICE)).select_related("round", "scheme")
    sheet = get_object_or_404(rows, pk=sheet_id)
    _round(request, sheet.round_id, "指定第三人")
    seated = set(sheet.seats.values_list("assessor_id", flat=True))
    free = [person for person in services.assessors_of(sheet.round) if may_be_third(person, sheet, seated)]
    form = ThirdForm(free, request.POST)
    if not form.is_valid():
        return _moderation(request, sheet.round, f"{sheet.name}：请从列出的考评人员里选一个人", 422)
    try:
        thirds.seat_third(actor=request.user, sheet_id=sheet.pk, assessor_id=form.cleaned_data["assessor"])
    except InvalidInput as error:
        return _moderation(request, sheet.round, f"{sheet.name}：{error.message}", 422)
    messages.success(request, f"{sheet.name}：已指定第三人")
    return redirect("assessment:moderation", sheet.round_id)
