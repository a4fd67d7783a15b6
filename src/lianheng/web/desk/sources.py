"""Connects the rooms below to the inbox and the search: they know nothing of the desk."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Protocol

from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.assessment import inbox as assessment_inbox
from lianheng.web.assessment import inbox_desk as assessment_desk
from lianheng.web.desk.inbox import InboxItem, SearchGroup, light_for, register, register_search
from lianheng.web.standards.queries import search_standards
from lianheng.web.units.division_search import found_divisions
from lianheng.web.units.queries import search_institutions


class Asked(Protocol):
    """What a room's inbox function returns a list of."""

    @property
    def title(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def act(self) -> str: ...
    @property
    def due(self) -> dt.date | None: ...


def _provider(source: Callable[[User, dt.date], Sequence[Asked]]) -> Callable[[User, dt.date], list[InboxItem]]:
    def items(user: User, today: dt.date) -> list[InboxItem]:
        return [
            InboxItem(asked.title, asked.why, asked.url, asked.act, asked.due, *light_for(asked.due, today))
            for asked in source(user, today)
        ]

    return items


def connect() -> None:
    """Register every room's things to do and every room's search."""
    for source in (assessment_inbox.office_items, assessment_inbox.unit_items, assessment_desk.inbox_items):
        register(_provider(source))
    register_search(_institutions)
    register_search(_divisions)
    register_search(lambda user, text: SearchGroup("标准条目、负面情形和规则", search_standards(text)))


def _divisions(user: User, text: str) -> SearchGroup:
    hits = [(row.name, words, reverse("units:division", args=[row.pk])) for row, words in found_divisions(user, text)]
    return SearchGroup("区划", hits)


def _institutions(user: User, text: str) -> SearchGroup:
    found = search_institutions(user, text)
    return SearchGroup("单位", [(row.name, row.code, reverse("units:institution", args=[row.pk])) for row in found])
