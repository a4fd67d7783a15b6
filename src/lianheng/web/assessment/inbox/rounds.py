"""What a round asks of offices and units: rows for the inbox, in few queries."""

import datetime as dt
from typing import Any

from django.db.models import Aggregate, Count, Max, Min, OuterRef, QuerySet, Subquery, Value
from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import grants_of, roles_of, visible
from lianheng.web.assessment.closing import first_day, undecided_extensions
from lianheng.web.assessment.models import Objection, Result, Round, Sheet
from lianheng.web.assessment.open_seats import THIRD_STATES, lacks_third
from lianheng.web.shell.asked import Asked

# Who sees to it that the units in scope hand in.
WATCHES = (Role.SPECIAL_OFFICE, Role.LEADING_GROUP, Role.LEAD_DEPARTMENT)


def office_items(user: User, today: dt.date) -> list[Asked]:
    """Return what waits for an office: objections, extensions, sheets overdue, the round's next step. One query."""
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
            why = f"{round_.name}，看是哪些单位、催到位"
            items.append(Asked(f"{round_.overdue} 份考评表逾期未交", why, url, "去看", round_.first_overdue))
        if round_.thirds and _office_of(user, round_):
            url = f"{reverse('assessment:moderation', args=[round_.pk])}?third=none"
            why = "两人分差超过条目分值 20%，由第三人的分为准"
            items.append(Asked(f"给 {round_.thirds} 份考评表指定第三人", why, url, "去指定", round_.assess_due))
        step = _step(user, round_, today)
        if step is not None:
            items.append(step)
    return items


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
        thirds=_one(thirds, Count("pk")),
        overdue=_one(overdue, Count("pk")),
        first_overdue=_one(overdue, Min("due")),
        objections=_one(objections, Count("pk")),
        first_objection_due=_one(objections, Min("due")),
        extensions=_one(extensions, Count("pk")),
        first_extension_due=_one(extensions, Min("sheet__due")),
        undecided=_one(undecided, Count("pk")),
        latest_due=_one(out, Max("due")),
    )


def _one(rows: QuerySet[Any], figure: Aggregate) -> Subquery:
    """Return a figure over all rows as a subquery."""
    return Subquery(rows.order_by().values(_all=Value(1)).annotate(figure=figure).values("figure"))


def _may_close(round_: Any, today: dt.date) -> dt.date | None:
    """Return the date since which self-scoring waits to be closed, or nothing while anybody may still hand in."""
    first = first_day(round_.latest_due, round_.late_days)
    waits = today <= round_.self_score_due or round_.undecided or (first is not None and today < first)
    return None if waits else first or round_.self_score_due


def _office_of(user: User, round_: Round) -> bool:
    """Say whether this person is the office of the round's whole city, which alone names third persons."""
    return any(
        grant.role == Role.SPECIAL_OFFICE
        and grant.capture
        and grant.division
        and round_.division.startswith(grant.division)
        and not (grant.business_line or grant.institution_id)
        for grant in grants_of(user)
    )


def _step(user: User, round_: Any, today: dt.date) -> Asked | None:
    """Return the round's next step if it waits for this person now; a county's office takes no step of the city's."""
    here = {grant.role for grant in grants_of(user) if grant.division and round_.division.startswith(grant.division)}
    office, leader = Role.SPECIAL_OFFICE in here, Role.LEADING_GROUP in here
    url = reverse("assessment:round", args=[round_.pk])
    if round_.state == Round.DRAFT and office:
        return Asked(f"启动{round_.name}", "方案已选好，核对后发考评表", url, "启动", None)
    if round_.state == Round.LAUNCHED and office and (since := _may_close(round_, today)):
        return Asked(f"结束{round_.name}自评", "自评和补报都已截止，冻结数据后开始打分", url, "办理", since)
    if round_.state == Round.COMPUTED and (office or leader) and user.pk != round_.computed_by_id:
        return Asked(f"审核{round_.name}结果", "由没有参与计算的人审核", url, "审核", None)
    if round_.state == Round.REVIEWED and office:
        return Asked(f"公示{round_.name}结果", "审核已通过", url, "公示", None)
    if round_.state == Round.NOTICE and leader and round_.objection_due and today > round_.objection_due:
        return Asked(f"公布{round_.name}结果", "异议期已满", url, "公布", None)
    return None


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
