"""Connects the rooms below to the inbox and the search: they know nothing of the desk."""

import datetime as dt
from collections.abc import Callable, Sequence

from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.assessment import inbox as assessment_inbox
from lianheng.web.desk.inbox import InboxItem, SearchGroup, light_for, register, register_search
from lianheng.web.standards.queries import search_items
from lianheng.web.units.queries import search_institutions

Asked = tuple[str, str, str, str, dt.date | None]


def _provider(source: Callable[[User, dt.date], Sequence[Asked]]) -> Callable[[User, dt.date], list[InboxItem]]:
    def items(user: User, today: dt.date) -> list[InboxItem]:
        return [
            InboxItem(title, why, url, act, due, *light_for(due, today))
            for title, why, url, act, due in source(user, today)
        ]

    return items


def connect() -> None:
    """Register every room's things to do and every room's search."""
    for source in (assessment_inbox.office_items, assessment_inbox.unit_items):
        register(_provider(source))
    register_search(_institutions)
    register_search(lambda user, text: SearchGroup("标准条目", search_items(text)))


def _institutions(user: User, text: str) -> SearchGroup:
    found = search_institutions(user, text)
    return SearchGroup("单位", [(row.name, row.code, reverse("units:institution", args=[row.pk])) for row in found])
