"""The list of sheets with their lights."""

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from lianheng.web.assessment.groups import ALL_GROUPS, group_name
from lianheng.web.assessment.measure_year import list_name
from lianheng.web.assessment.models import Round, Seat, Sheet
from lianheng.web.assessment.queries import rounds_for
from lianheng.web.evidence.tables import by_institution
from lianheng.web.shell.clock import local_day, today
from lianheng.web.shell.tables import Column, Filter, Sort, Table
from lianheng.web.shell.templatetags.shell import light
from lianheng.web.units.list_names import LIST_NAMES

SOON = 7
LISTS = [("E", list_name("E")), *LIST_NAMES.items()]
LIGHTS = [
    ("red", "红灯：逾期未交"),
    ("yellow", "黄灯：退回待改"),
    ("blue", "蓝灯：临期"),
    ("green", "绿灯：按期"),
    ("done", "已提交"),
]


def sheet_light(sheet: Sheet, day: dt.date) -> tuple[str, str]:
    """Return colour and reason: handed in, past its date, sent back, due within a week, in time.

    Once self-scoring is over no days are left, whatever the date was.
    """
    if sheet.state == Sheet.SUBMITTED:
        return "done", "迟交" if sheet.late else "已提交"
    if sheet.round.state != Round.LAUNCHED:
        return "red", "自评结束，没有提交"
    left = (sheet.due - day).days
    if left < 0:
        return "red", f"逾期 {-left} 天"
    rest = f"余 {left} 天" if left else "今天到期"
    if sheet.state == Sheet.RETURNED:
        return "yellow", f"退回待改，{rest}"
    return ("blue" if left <= SOON else "green"), rest


def with_light(rows: QuerySet[Sheet], colour: str) -> QuerySet[Sheet]:
    """Narrow sheets to those that show a colour; the same rules as `sheet_light`, in SQL."""
    day = today()
    soon = day + dt.timedelta(days=SOON)
    open_ = ~Q(state=Sheet.SUBMITTED)
    over = ~Q(round__state=Round.LAUNCHED)
    rules = {
        "done": Q(state=Sheet.SUBMITTED),
        "red": open_ & (over | Q(due__lt=day)),
        "yellow": ~over & Q(state=Sheet.RETURNED, due__gte=day),
        "blue": ~over & Q(state=Sheet.OPEN, due__gte=day, due__lte=soon),
        "green": ~over & Q(state=Sheet.OPEN, due__gt=soon),
    }
    return rows.filter(rules[colour])


def _light(sheet: Sheet) -> SafeString:
    return light(*sheet_light(sheet, today()))


def _rounds(request: HttpRequest) -> list[tuple[str, str]]:
    return [(str(row.pk), f"{row.year}年度") for row in rounds_for(request.user)]  # type: ignore[arg-type]


GROUPS = [(code, group_name(code)) for code in ALL_GROUPS]
SCORED = [("done", "两人都打完"), ("open", "没有打完")]


def both_done() -> Q:
    """Sheets that both assessors have finished."""
    finished = Seat.objects.filter(done_at__isnull=False)
    return Q(pk__in=finished.filter(number=1).values("sheet")) & Q(pk__in=finished.filter(number=2).values("sheet"))


def by_scored(rows: QuerySet[Sheet], value: str) -> QuerySet[Sheet]:
    return rows.filter(both_done() if value == "done" else ~both_done())


def _which(sheet: Sheet) -> str:
    return f"{sheet.round.year}年度 · {list_name(sheet.list_code)}"


class SheetTable(Table):
    """考评表: the sheets in one person's scope."""

    name = "assessment.sheets"
    noun = "考评表"
    model = Sheet
    ancestors = (("city",), ("county",), ("town",), ("city", "business_line"))
    columns = (
        Column("name", "单位", link=True, sort="name", sub=_which),
        Column("light", "灯", value=_light, css="c-light"),
        Column("state", "状态", value=lambda row: row.get_state_display()),
        Column("due", "截止", value=lambda row: row.due.isoformat(), css="nowrap"),
        Column(
            "submitted", "提交", value=lambda row: local_day(row.submitted_at).isoformat() if row.submitted_at else "",
            css="nowrap", shown=False,
        ),
        Column("code", "单位编码", value=lambda row: row.institution.code, shown=False),
    )  # fmt: skip
    filters = (
        Filter("q", "单位", apply=by_institution, placeholder="名称任意两个字"),
        Filter("round", "年度", choices=_rounds, field="round_id"),
        Filter("list", "清单", choices=LISTS, field="list_code"),
        Filter("group", "可比组", choices=GROUPS, field="group"),
        Filter("state", "状态", choices=Sheet.STATES, field="state"),
        Filter("scored", "打分", choices=SCORED, apply=by_scored),
        Filter("light", "灯", choices=LIGHTS, apply=with_light, chips=True),
    )
    sorts = (Sort("name", ("sort_key", "id"), unique=True),)
    empty_text = "年度考评启动后，清单上的每个单位会收到一份。"

    def row_url(self, row: Any) -> str:
        return reverse("assessment:sheet", args=[row.pk])
