"""待办 of the numbers: samples that were drawn and wait for what is found on the spot."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Count
from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.accounts.scope import roles_of
from lianheng.web.measures import year
from lianheng.web.measures.queries import waiting_rechecks
from lianheng.web.measures.services.rechecks import MAY_CHECK
from lianheng.web.shell.asked import Asked


def recheck_items(user: User, today: dt.date) -> list[Asked]:
    """Ask for what one may enter of each sample; the count is that of the buttons on the page that it opens."""
    if not roles_of(user) & set(MAY_CHECK):
        return []
    # A district's share of one draw is one row; no due date is set by the rule.
    waiting = waiting_rechecks(user).values("draw", "draw__part", "period").annotate(count=Count("pk"))
    rows = list(waiting.order_by("period", "draw"))
    closed = {period for period in {row["period"] for row in rows} if year.state(period).closed}
    return [_row(row) for row in rows if row["period"] not in closed]


def _row(row: Mapping[str, Any]) -> Asked:
    part = dict(year.lists(row["period"])).get(row["draw__part"], row["draw__part"])
    why = f"{part}{row['period']}年抽中的样本，到现场核对后登记核到的数"
    url = reverse("measures:draw", args=[row["draw"]])
    return Asked(f"复核 {row['count']} 个填报数", why, url, "去复核")
