"""What a round asks of offices and units: rows for the inbox, in few queries."""

import datetime as dt
from typing import NamedTuple

from django.db.models import Count
from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import roles_of, visible
from lianheng.web.assessment.models import Objection, Result, Round


class Asked(NamedTuple):
    """One thing to do, in the form of the desk's inbox."""

    title: str
    why: str
    url: str
    act: str
    due: dt.date | None


def office_items(user: User, today: dt.date) -> list[Asked]:
    """Return open objections and the step that waits for this person's role."""
    roles = roles_of(user)
    items: list[Asked] = []
    if Role.SPECIAL_OFFICE in roles:
        waiting = Objection.objects.filter(visible(user, prefix="result__", roles=[Role.SPECIAL_OFFICE]), upheld=None)
        items += [
            Asked(
                f"答复异议：{row.result.name} {row.item or '整个结果'}",
                "由没有打过分的人答复",
                reverse("assessment:objection", args=[row.pk]),
                "答复",
                row.due,
            )
            for row in waiting.select_related("result").order_by("due")[:50]
        ]
    if roles & {Role.SPECIAL_OFFICE, Role.LEADING_GROUP}:
        items += [
            item for round_ in Round.objects.exclude(state=Round.LOCKED) if (item := _step(user, roles, round_, today))
        ]
    return items


def _step(user: User, roles: frozenset[str], round_: Round, today: dt.date) -> Asked | None:
    """Return the round's next step if it waits for this person now."""
    office, leader = Role.SPECIAL_OFFICE in roles, Role.LEADING_GROUP in roles
    url = reverse("assessment:round", args=[round_.pk])
    if round_.state == Round.DRAFT and office:
        return Asked(f"启动{round_.name}", "方案已选好，核对后发考评表", url, "启动", None)
    if round_.state == Round.LAUNCHED and office and today > round_.self_score_due:
        return Asked(f"结束{round_.name}自评", "自评已截止，冻结数据后开始打分", url, "办理", round_.self_score_due)
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
