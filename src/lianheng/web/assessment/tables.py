"""Lists of the assessment year."""

from collections import Counter
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from lianheng.web.accounts.models import User
from lianheng.web.assessment.groups import group_name
from lianheng.web.assessment.models import Result, ResultRun
from lianheng.web.assessment.queries import results_for
from lianheng.web.shell.tables import Choices, Column, Filter, Sort, Table
from lianheng.web.shell.templatetags.shell import light, points


def light_of(result: Result) -> tuple[str, str]:
    """Return colour and reason of a result: what a reader must look at first."""
    if result.vetoes:
        return "red", f"触发 {result.vetoes}"
    if result.score is None:
        return "yellow", f"缺 {result.missing} 个数据"
    if result.interviewed:
        return "yellow", "列入约谈"
    if result.last_year is not None and result.score <= result.last_year - 5:
        return "yellow", f"比上年降 {result.last_year - result.score:.1f}"
    return "green", "正常"


def change(result: Result) -> Decimal | None:
    """Return the difference from last year's final score, None when there was none."""
    if result.score is None or result.last_year is None:
        return None
    return result.score - result.last_year


def change_text(result: Result) -> str:
    value = change(result)
    if value is None:
        return "—"
    return ("+" if value > 0 else "") + points(value)


def _use(result: Result) -> str:
    """Say praise or interview with the size of the group: first of one is no distinction."""
    word = "表扬" if result.praised else "约谈" if result.interviewed else ""
    return f"{word}（全组 {result.group_size} 个）" if word else ""


def _light(result: Result) -> SafeString:
    return light(*light_of(result))


def groups_of(user: User) -> list[tuple[str, str]]:
    """Offer only the groups that the person has results in."""
    codes = results_for(user).order_by("group").values_list("group", flat=True).distinct()
    return [(code, group_name(code)) for code in sorted(codes, key=lambda code: (code[0] != "E", code))]


def offered_runs(user: User) -> list[ResultRun]:
    """Offer only the years that the person has results in; of a reopened year both results, the one in force first."""
    shown = results_for(user).values("run")
    runs = ResultRun.objects.filter(pk__in=shown).order_by("-round__year", "-in_force", "-number")
    return list(runs.select_related("round").defer("inputs"))


def run_choices(rows: list[ResultRun]) -> list[tuple[str, str]]:
    """Name runs by their year; where a year has two, also by which of them counts."""
    twice = {year for year, count in Counter(run.round.year for run in rows).items() if count > 1}
    return [(str(run.pk), f"{run.round.year}年度" + (_which(run) if run.round.year in twice else "")) for run in rows]


def _which(run: ResultRun) -> str:
    state = "现行有效" if run.in_force else f"更正，{run.round.get_state_display()}"
    return f"（第 {run.number} 次计算，{state}）"


class ResultTable(Table):
    """Results of one group and year in order of their places; ties share a place."""

    name, noun, model = "assessment.results", "考评结果", Result
    ancestors = (("city", "run", "group"), ("county", "run", "group"), ("town", "run", "group"))
    columns = (
        Column("place", "名次", value=lambda r: r.place or "—", sort="place", css="num"),
        Column("name", "单位", link=True),
        Column("score", "得分", value=lambda r: points(r.score), export=lambda r: r.score, css="num"),
        Column("grade", "等级", value=lambda r: r.grade or "—"),
        Column("light", "灯", value=_light, export=lambda r: light_of(r)[1]),
        Column("change", "比上年", value=change_text, export=change, css="num"),
        Column("last_year", "上年得分", value=lambda r: points(r.last_year), css="num", shown=False),
        Column("use", "结果运用", value=_use),
    )
    sorts = (Sort("place", ("position",)),)
    empty_text = "结果计算并公示后，会按可比组列在这里。"

    def __init__(self, run: str, group: str, runs: Choices, groups: Choices) -> None:
        self.filters = (
            Filter("run", "年度", choices=runs, default=run, all_label=""),
            Filter("group", "可比组", choices=groups, default=group, all_label=""),
            Filter("text", "单位名称", apply=lambda rows, text: rows.filter(name__contains=text)),
        )

    def row_url(self, row: Any) -> str:
        return reverse("assessment:result", args=[row.pk])
