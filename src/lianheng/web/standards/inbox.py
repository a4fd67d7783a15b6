"""待办 of the standards: drafts that wait for publication by another hand than made them."""

import datetime as dt

from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.accounts.scope import is_one_hand
from lianheng.web.shell.asked import Asked
from lianheng.web.standards.models import Catalogue
from lianheng.web.standards.permission import is_office, may_be_office


def publication_items(user: User, today: dt.date) -> list[Asked]:
    """Ask the city's office, but not who made the draft; one against an older version has to be made anew first."""
    if not may_be_office(user):
        return []
    rows = list(
        Catalogue.objects.exclude(state=Catalogue.SUPERSEDED)
        .only("code", "version", "name", "state", "based_on", "drafted_by", "drafted_on")
        .order_by("pk")
    )
    # The city is asked for only where something waits.
    if all(row.state != Catalogue.DRAFT for row in rows) or not is_office(user):
        return []
    live = {row.code: row.pk for row in rows if row.state == Catalogue.PUBLISHED}
    return [
        Asked(f"发布标准目录：{row}", "由没有装载、导入它的人核对后发布", _page(row), "去核对")
        for row in rows
        if row.state == Catalogue.DRAFT and row.based_on_id == live.get(row.code) and not _own(user, row, today)
    ]


def _page(row: Catalogue) -> str:
    return reverse("standards:version", args=[row.pk])


def _own(user: User, row: Catalogue, today: dt.date) -> bool:
    return row.drafted_by_id is not None and is_one_hand(user.pk, row.drafted_by_id, row.drafted_on or today, today)
