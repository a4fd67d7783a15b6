"""Beside the inbox: where the year stands, what comes next, and my own unit's last score. Two queries."""

import datetime as dt

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import ADMINISTRATORS
from lianheng.web.accounts.scope import roles_of
from lianheng.web.assessment import queries
from lianheng.web.assessment.groups import group_name
from lianheng.web.assessment.models import Result, Round


def glance(user: User, today: dt.date) -> dict[str, object]:
    """Return what the side of the inbox shows to this person; nothing for administrators."""
    if not roles_of(user) - ADMINISTRATORS:
        return {}
    round_ = queries.rounds_for(user).first()
    return {
        "year": round_,
        "coming": [] if round_ is None else _coming(round_, today),
        "own": _own_results(user),
    }


def _coming(round_: Round, today: dt.date) -> list[tuple[dt.date, str]]:
    """Return the dates of the round that still lie ahead, the nearest first."""
    dates = [
        (round_.self_score_due, "自评截止"),
        (round_.assess_due, "打分截止"),
        (round_.objection_due, "异议截止"),
    ]
    return sorted((day, what) for day, what in dates if day is not None and day >= today)


def _own_results(user: User) -> list[tuple[str, Result]]:
    """Return the newest results of the person's own unit, if they are shown already: one a scheme, with its class."""
    if user.institution_id is None:
        return []
    rows = queries.results_for(user).filter(institution=user.institution_id).select_related("run__round")
    newest = list(rows.order_by("-year", "list_code")[:4])
    return [(group_name(row.group), row) for row in newest if row.year == newest[0].year]
