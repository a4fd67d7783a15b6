"""What each step of a round asks, and of which rounds: `steps` names one duty for every step, the inbox shows them.

The argument is a round with what `inbox.rounds` counted of it, in the same query: no duty asks the database.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from django.urls import reverse

from lianheng.web.assessment.closing import first_day
from lianheng.web.assessment.models import Round
from lianheng.web.assessment.uncounted import late_in_words


class Duty(NamedTuple):
    """What somebody is asked to do now; without an address the page of the round is opened."""

    title: str
    why: str
    act: str
    due: dt.date | None = None
    url: str = ""


Ask = Callable[[Any, dt.date], Duty | None]


def no_duty(round_: Any, today: dt.date) -> Duty | None:
    """A step that may be taken and need not be: sheets that are overdue have a row of their own."""
    return None


def launch(round_: Any, today: dt.date) -> Duty | None:
    return Duty(f"启动{round_.name}", "方案已选好，核对后发考评表", "启动")


def seat(round_: Any, today: dt.date) -> Duty | None:
    if not round_.unseated:
        return None
    url = f"{reverse('assessment:seating', args=[round_.pk])}?seats=lacking"
    why = "每份表要两名考评人员，自动安排一次排好；停用的账号和调到本县的人的席位另换人"
    return Duty(f"给 {round_.unseated} 份考评表安排考评人员", why, "去安排", round_.assess_due, url)


def close_self(round_: Any, today: dt.date) -> Duty | None:
    """Wait while anybody may still hand in, and while sheets lack their assessors: that row comes first."""
    first = first_day(round_.latest_due, round_.late_days)
    if round_.undecided or round_.unseated or (first is not None and today < first):
        return None
    why = "自评和补报都已截止" if first else "各单位都已提交"
    return Duty(f"结束{round_.name}自评", f"{why}，冻结数据后开始打分", "办理", first or round_.self_score_due)


def moderate(round_: Any, today: dt.date) -> Duty | None:
    if not round_.unscored:
        return Duty(f"开始{round_.name}分差复核", "考评人员都打完了分", "办理", round_.assess_due)
    if today <= round_.assess_due:
        return None
    url = f"{reverse('assessment:seating', args=[round_.pk])}?seats=waiting"
    return Duty(
        f"{round_.unscored} 份考评表逾期没有打完分", "看是谁的席位，催一催或者换人", "去看", round_.assess_due, url
    )


def compute(round_: Any, today: dt.date) -> Duty | None:
    if round_.uncounted:
        return Duty(f"重新计算{round_.name}结果", "采纳的异议还没有计入结果", "计算")
    late = late_in_words(round_)
    if late and round_.state != Round.MODERATING:
        return Duty(f"重新计算{round_.name}结果", late, "计算")
    if round_.state == Round.COMPUTED and round_.blocked:
        url = reverse("assessment:missing", args=[round_.pk])
        return Duty(f"补齐 {round_.blocked} 份考评表缺的数", "缺数的不能审核通过，补齐后重新计算", "去看", None, url)
    if round_.state != Round.MODERATING or round_.in_dispute:
        return None
    why = "年度已重开，更正后重新计算、审核、公示" if round_.runs_before else "分差都已复核，冻结数据后算分、定等、排名"
    return Duty(f"计算{round_.name}结果", why, "计算")


def review(round_: Any, today: dt.date) -> Duty | None:
    if round_.blocked or round_.uncounted or late_in_words(round_):
        return None
    return Duty(f"审核{round_.name}结果", "由没有参与计算的人审核", "审核")


def notice(round_: Any, today: dt.date) -> Duty | None:
    if round_.uncounted or late_in_words(round_):
        return None
    return Duty(f"公示{round_.name}结果", "审核已通过", "公示")


def publish(round_: Any, today: dt.date) -> Duty | None:
    if round_.unanswered or round_.uncounted or late_in_words(round_):
        return None
    if not round_.objection_due or today <= round_.objection_due:
        return None
    return Duty(f"公布{round_.name}结果", "异议期已满，异议都已答复", "公布")


def lock(round_: Any, today: dt.date) -> Duty | None:
    why = "结果已公布，通报已印发" if round_.announced else "结果已公布；通报还没有印发，建议先印发"
    return Duty(f"把{round_.name}归档", why, "归档")


def announce(round_: Any, today: dt.date) -> Duty | None:
    """The one act on a published round that is no step: it changes nothing of its state."""
    if round_.state != Round.PUBLISHED or round_.announced:
        return None
    return Duty(f"印发{round_.name}结果通报", "结果已公布，取下一个文号", "印发")
