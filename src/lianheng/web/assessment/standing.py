"""What a result counts for: in force, shown or not yet, or superseded by another run of its year."""

import datetime as dt
from dataclasses import dataclass

from lianheng.web.assessment.models import Result, Round
from lianheng.web.shell.for_templates import Shown


@dataclass(frozen=True)
class Standing(Shown):
    """Where one result stands, in the words of its page and of its sheet."""

    words: str
    superseded: bool = False
    # Shown to the units, and taken up again before it was published.
    correcting: bool = False


def standing(result: Result) -> Standing:
    """Say whether a result counts. A published one does until another is published, also while a year is reopened."""
    run, round_ = result.run, result.run.round
    if run.in_force:
        return Standing(f"现行有效，{in_full(run.published_on)}公布" if run.published_on else "现行有效")
    if not result.current:
        before = f"{in_full(run.published_on)}公布过" if run.published_on else "公示过" if run.shown else "没有公示过"
        return Standing(f"已被取代（{before}），不再有效", superseded=True)
    if round_.state == Round.NOTICE:
        return Standing("公示中，还没有公布")
    if run.shown:
        return Standing("正在更正，公示过，还没有公布", correcting=True)
    return Standing(f"{round_.get_state_display()}，还没有公布")


def in_full(date: dt.date) -> str:
    """Write a date with its year: a sheet is read in other years than the one it was made in."""
    return f"{date.year}年{date.month}月{date.day}日"
