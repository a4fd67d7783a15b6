"""Connects the rooms below to the inbox and the search: they know nothing of the desk."""

import datetime as dt
from collections.abc import Callable, Sequence

from django.urls import reverse

from lianheng.web.accounts.directory import has_role
from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.waiting_releases import waiting_for
from lianheng.web.assessment import inbox as assessment
from lianheng.web.desk.inbox import InboxItem, SearchGroup, light_for, register, register_search
from lianheng.web.shell.asked import Asked
from lianheng.web.shell.clock import now
from lianheng.web.standards.inbox import publication_items
from lianheng.web.standards.queries import search_standards
from lianheng.web.units.division_search import found_divisions
from lianheng.web.units.queries import search_institutions


def _provider(source: Callable[[User, dt.date], Sequence[Asked]]) -> Callable[[User, dt.date], list[InboxItem]]:
    def items(user: User, today: dt.date) -> list[InboxItem]:
        return [
            InboxItem(asked.title, asked.why, asked.url, asked.act, asked.due, *light_for(asked.due, today))
            for asked in source(user, today)
        ]

    return items


def connect() -> None:
    """Register every room's things to do and every room's search."""
    rooms = (assessment.office_items, assessment.unit_items, assessment.own_items)
    for source in (*rooms, assessment.scheme_items, publication_items, release_items):
        register(_provider(source))
    register_search(_institutions)
    register_search(_divisions)
    register_search(lambda user, text: SearchGroup("标准条目、负面情形和规则", search_standards(text)))


def release_items(user: User, today: dt.date) -> list[Asked]:
    """Ask a security administrator for the releases that wait; the count is that of the list."""
    if not has_role(user, [Role.SECURITY_ADMIN]):
        return []
    count = waiting_for(user, now()).count()
    why = "密码来自系统管理员发的激活码，向本人核实、放行以后他们才能登录"
    url = reverse("people:releases")
    return [Asked(f"放行 {count} 个账号的密码", why, url, "去放行")] if count else []


def _divisions(user: User, text: str) -> SearchGroup:
    hits = [(row.name, words, reverse("units:division", args=[row.pk])) for row, words in found_divisions(user, text)]
    return SearchGroup("区划", hits)


def _institutions(user: User, text: str) -> SearchGroup:
    found = search_institutions(user, text)
    return SearchGroup("单位", [(row.name, row.code, reverse("units:institution", args=[row.pk])) for row in found])
