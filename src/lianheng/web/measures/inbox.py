"""待办 of the numbers: samples that were drawn and wait for what is found on the spot."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count
from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.measures import year
from lianheng.web.measures.queries import waiting_rechecks
from lianheng.web.shell.asked import Asked


def recheck_items(user: User, period: str) -> list[Asked]:
    """Ask for what one may enter of each sample of a year that is open; the count is that of the page's buttons."""
    waiting = waiting_rechecks(user).filter(period=period)
    rows = waiting.values("draw", "draw__part", "period").annotate(count=Count("pk"))
    return [_row(row) for row in rows.order_by("draw")]


def _row(row: Mapping[str, Any]) -> Asked:
    part = dict(year.lists(row["period"])).get(row["draw__part"], row["draw__part"])
    why = f"{part}{row['period']}年抽中的样本，到现场核对后登记核到的数"
    url = reverse("measures:draw", args=[row["draw"]])
    return Asked(f"复核 {row['count']} 个填报数", why, url, "去复核")
