"""What a number can be at all, declared by what it counts: whole or not, and the most that is still believable.

A measure says what it counts by the end of its name ("…月份数", "…人数"); the first row that fits decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lianheng.web.measures.models import Measure


@dataclass(frozen=True)
class Bounds:
    """The limits of one kind of count."""

    endings: tuple[str, ...]
    top: int
    why: str
    whole: bool = True


PEOPLE, THINGS, AMOUNT = 10_000_000, 10_000_000, 10**12
DECLARED: Sequence[Bounds] = (
    Bounds(("月份数", "月数"), 12, "一年只有 12 个月"),
    Bounds(("天数", "日数"), 366, "一年最多 366 天"),
    Bounds(("次数", "场次", "节数"), 100_000, "一年的次数"),
    Bounds(("人数", "人员数", "成员数", "员工数", "员工总数", "家庭数", "户数"), PEOPLE, "一个单位的人数、户数"),
    Bounds(("采购量", "金额", "数额"), AMOUNT, "数量、金额", whole=False),
    Bounds(("数", "总数"), THINGS, "一个单位一年的数量"),
)
OTHER = Bounds((), AMOUNT, "数量", whole=False)


def bounds_of(measure: Measure) -> Bounds:
    """Return what limits a measure that is a number."""
    return next((row for row in DECLARED if measure.name.endswith(row.endings)), OTHER)


def why_impossible(measure: Measure, value: Decimal) -> str:
    """Return why a number cannot be the value of a measure, or nothing."""
    bounds = bounds_of(measure)
    if bounds.whole and value != value.to_integral_value():
        return f"“{measure.name}”要填整数，不能是 {value:f}"
    if value > bounds.top:
        return f"“{measure.name}”填了 {value:f}，数字太大：{bounds.why}，不能超过 {bounds.top:,}，请核对"
    return ""
