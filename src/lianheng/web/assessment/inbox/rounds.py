"""What a round asks of offices and units: rows for the inbox, in few queries."""

import datetime as dt
from typing import Any

from django.db.models import Aggregate, Count, Exists, Max, Min, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast
from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import grant_for, grants_of, roles_of, visible
from lianheng.web.assessment import duties
from lianheng.web.assessment.closing import first_day, undecided_extensions
from lianheng.web.assessment.inbox.numbers import NOT_OPEN, survey_items
from lianheng.web.assessment.models import Objection, OfficialNotice, Result, ResultRun, Round, Seat, Sheet
from lianheng.web.assessment.open_seats import THIRD_STATES, lacks_assessors, lacks_third
from lianheng.web.assessment.queries.rounds import place_of
from lianheng.web.assessment.steps import OFFICE, STEPS
from lianheng.web.assessment.uncounted import late_figures, late_objections
from lianheng.web.measures.inbox import recheck_items
from lianheng.web.measures.queries import waiting_rechecks
from lianheng.web.measures.services import MAY_ENTER
from lianheng.web.shell.asked import Asked

# Who sees to it that the units in scope hand in.
WATCHES = (Role.SPECIAL_OFFICE, Role.LEADING_GROUP, Role.LEAD_DEPARTMENT)
STEP_ROLES = frozenset(role for step in STEPS for role in step.roles)


def office_items(user: User, today: dt.date) -> list[Asked]:
    """Return what waits for an office: objections, extensions, sheets overdue, numbers, the round's next step.

    One query, and two for each year that takes numbers.
    """
    roles = roles_of(user)
    if not roles & set(WATCHES):
        return []
    items: list[Asked] = []
    for round_ in _waiting_rounds(user, today):
        if round_.objections:
            url = f"{reverse('assessment:objections')}?open=1"
            due = round_.first_objection_due
            items.append(Asked(f"答复 {round_.objections} 个异议", "由没有打过分的人答复", url, "答复", due))
        if round_.extensions:
            url, due = reverse("assessment:extensions"), round_.first_extension_due
            items.append(Asked(f"决定 {round_.extensions} 份延期申请", "单位在截止日期前提出", url, "去决定", due))
        if round_.overdue:
            url = f"{reverse('assessment:sheets')}?round={round_.pk}&light=red"
            first = first_day(round_.latest_due, round_.late_days)
            over = first is not None and today >= first
            why = f"{round_.name}，" + ("补报期已过，不能再交，看是哪些单位" if over else "看是哪些单位、催到位")
            items.append(Asked(f"{round_.overdue} 份考评表逾期未交", why, url, "去看", round_.first_overdue))
        if round_.thirds and _office_of(user, round_) and not round_.own_seat:
            url = f"{reverse('assessment:moderation', args=[round_.pk])}?third=none"
            why = "两人分差超过条目分值 20%，由第三人的分为准"
            items.append(Asked(f"给 {round_.thirds} 份考评表指定第三人", why, url, "去指定", round_.assess_due))
        items += _numbers(user, round_)
        items += _duties(user, round_, today)
    return items


def _numbers(user: User, round_: Any) -> list[Asked]:
    """Return the numbers that this person is to enter or to look at again for the round's year."""
    if round_.state in NOT_OPEN:
        return []
    asked = recheck_items(user, str(round_.year)) if round_.rechecks else []
    return [*asked, *(survey_items(user, round_) if roles_of(user) & set(MAY_ENTER) else [])]


def _waiting_rounds(user: User, today: dt.date) -> QuerySet[Any]:
    """Return the rounds that are not closed, each with how much of what lies open in this person's scope."""
    office = [Role.SPECIAL_OFFICE]
    objections = Objection.objects.filter(
        visible(user, prefix="result__", roles=office), upheld=None, result__run__round=OuterRef("pk")
    )
    # Whether self-scoring may be closed depends on the whole round, not on this person's part of it.
    undecided = undecided_extensions().filter(sheet__round=OuterRef("pk"))
    out = Sheet.objects.filter(round=OuterRef("pk")).exclude(state=Sheet.SUBMITTED)
    extensions = undecided.filter(visible(user, prefix="sheet__", roles=office)).exclude(asked_by=user)
    overdue = Sheet.objects.filter(
        visible(user, roles=WATCHES), round=OuterRef("pk"), round__state=Round.LAUNCHED, due__lt=today
    ).exclude(state=Sheet.SUBMITTED)
    # The whole round's: only the office of its city is told of them.
    unseated = Sheet.objects.filter(round=OuterRef("pk"), round__state__in=THIRD_STATES, disputed=True)
    thirds = unseated.filter(lacks_third())
    return Round.objects.exclude(state=Round.LOCKED).annotate(
        **(_standing(user) if _runs_years(user) else {}),
        thirds=_one(thirds, Count("pk")),
        overdue=_one(overdue, Count("pk")),
        first_overdue=_one(overdue, Min("due")),
        objections=_one(objections, Count("pk")),
        first_objection_due=_one(objections, Min("due")),
        extensions=_one(extensions, Count("pk")),
        first_extension_due=_one(extensions, Min("sheet__due")),
        undecided=_one(undecided, Count("pk")),
        latest_due=_one(out, Max("due")),
        rechecks=Exists(waiting_rechecks(user).filter(period=Cast(OuterRef("year"), TextField()))),
    )


def _standing(user: User) -> dict[str, Any]:
    """Return what the duties of a round's steps ask about it: how many sheets wait, and whether something is so."""
    sheets, runs = Sheet.objects.filter(round=OuterRef("pk")), ResultRun.objects.filter(round=OuterRef("pk"))
    objections = Objection.objects.filter(result__run__round=OuterRef("pk"))
    seats = Seat.objects.filter(number__lte=2, done_at=None)
    decided = Seat.objects.filter(number=3, done_at__isnull=False)
    disputed = sheets.filter(round__state=Round.MODERATING, disputed=True)
    blocked = Result.objects.filter(
        run__round=OuterRef("pk"), run__round__state=Round.COMPUTED, current=True, score=None
    )
    computed_at = Subquery(runs.filter(current=True).values("computed_at")[:1])
    scored_now = sheets.filter(round__state=Round.ASSESSING)
    return {
        "own_seat": Exists(Seat.objects.filter(assessor=user, sheet__round=OuterRef("pk"))),
        "unseated": _one(
            sheets.filter(lacks_assessors(), round__state__in=(Round.LAUNCHED, Round.ASSESSING)), Count("pk")
        ),
        "unscored": _one(scored_now.filter(pk__in=seats.values("sheet")), Count("pk")),
        "in_dispute": Exists(disputed.exclude(pk__in=decided.values("sheet"))),
        "runs_before": Exists(runs),
        "blocked": _one(blocked, Count("pk")),
        "computed_at": computed_at,
        "uncounted": Exists(late_objections(OuterRef("pk"), OuterRef("computed_at"))),
        **late_figures(),
        "unanswered": Exists(objections.filter(upheld=None)),
        "announced": Exists(OfficialNotice.objects.filter(round=OuterRef("pk"), run__current=True)),
    }


def _one(rows: QuerySet[Any], figure: Aggregate) -> Subquery:
    """Return a figure over all rows as a subquery."""
    return Subquery(rows.order_by().values(_all=Value(1)).annotate(figure=figure).values("figure"))


def _office_of(user: User, round_: Round) -> bool:
    """Say whether this person is the office of the round's whole city, which alone names third persons."""
    return grant_for(user, OFFICE, place_of(round_)) is not None


def _runs_years(user: User) -> bool:
    """Say whether this person may have a step to take at all: writing the query for those of a county costs more."""
    return any(grant.role in STEP_ROLES and len(grant.division) in (2, 4) for grant in grants_of(user))


def _duties(user: User, round_: Any, today: dt.date) -> list[Asked]:
    """Return what the steps of the round's state ask of this person now; a county's office takes none of the city's."""
    here = place_of(round_)
    if grant_for(user, STEP_ROLES, here) is None:
        return []
    asked = [] if grant_for(user, OFFICE, here) is None else [duties.announce(round_, today)]
    for step in STEPS:
        if round_.state not in step.states or grant_for(user, step.roles, here) is None:
            continue
        duty = None if step.unseated and round_.own_seat else step.duty(round_, today)
        # What depends on who did the step before is asked only where there is something to ask.
        if duty is not None and not (step.other_hand and step.why_off(user, round_)):
            asked.append(duty)
    page = reverse("assessment:round", args=[round_.pk])
    return [Asked(duty.title, duty.why, duty.url or page, duty.act, duty.due) for duty in asked if duty is not None]


def unit_items(user: User, today: dt.date) -> list[Asked]:
    """Return results in their notice period that this person's units may still object to."""
    if not roles_of(user) & {Role.UNIT_ADMIN, Role.UNIT_LEADER}:
        return []
    rows = Result.objects.filter(
        visible(user, roles=[Role.UNIT_ADMIN, Role.UNIT_LEADER]),
        current=True,
        run__round__state=Round.NOTICE,
        run__round__objection_due__gte=today,
    )
    shown = (
        rows.annotate(raised=Count("objections"))
        .filter(raised=0)
        .select_related("run__round")
        .order_by("sort_key")[:20]
    )
    return [
        Asked(
            f"核对{row.year}年度结果：{row.name}",
            "公示期内可以按条目提出异议",
            reverse("assessment:result", args=[row.pk]),
            "核对",
            row.run.round.objection_due,
        )
        for row in shown
    ]
