"""The list of people."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.shell.clock import local_day, today
from lianheng.web.shell.tables import Column, Filter, Sort, Table


def by_words(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(
        Q(name__contains=text) | Q(username__contains=text.lower()) | Q(institution__name__contains=text)
    )


def _by_role(rows: QuerySet[Any], role: str) -> QuerySet[Any]:
    day = today()
    lasting = Q(assignments__valid_to=None) | Q(assignments__valid_to__gte=day)
    held = Q(assignments__role=role, assignments__valid_from__lte=day, assignments__ended=None)
    return rows.filter(lasting, held).distinct()


class PeopleTable(Table):
    """Names for everybody who may read them; account columns and links for administrators alone."""

    name, noun, model = "accounts.people", "人员", User
    columns: Sequence[Column] = (
        Column("name", "姓名", link=True, sub=lambda user: user.username),
        Column("position", "职务"),
        Column("institution", "单位", value=lambda user: user.institution.name if user.institution else ""),
    )
    account_columns = (
        Column("state", "账号", value=lambda user: "在用" if user.is_active else "已停用"),
        Column(
            "last_login", "最近登录", value=lambda user: local_day(user.last_login) if user.last_login else "从未登录"
        ),
    )
    filters: Sequence[Filter] = (Filter("q", "姓名、用户名或单位", apply=by_words, placeholder="任意一段文字"),)
    account_filters = (
        Filter("role", "角色", choices=Role.choices, apply=_by_role),
        Filter(
            "active", "账号", choices=(("1", "在用"), ("0", "已停用")), apply=lambda r, v: r.filter(is_active=v == "1")
        ),
    )
    sorts = (Sort("username", ("username",), "用户名", unique=True),)
    empty_text = "您管的单位里还没有账号。"

    def __init__(self, opens: bool) -> None:
        self.opens = opens
        if opens:
            # The class declares what colleagues see; an administrator's list has more.
            self.columns = (*self.columns, *self.account_columns)
            self.filters = (*self.filters, *self.account_filters)

    def row_url(self, row: User) -> str:
        return reverse("people:person", args=[row.pk]) if self.opens else ""
