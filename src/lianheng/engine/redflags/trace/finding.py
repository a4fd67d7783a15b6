"""断点 finding: one thing that does not fit in a case, or that cannot be told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

BREAK, CANNOT_TELL = "break", "cannot_tell"
KINDS = {
    "missing_step": "缺环节",
    "wrong_order": "先后颠倒",
    "repeated_step": "重复发生",
    "over_limit": "超时限",
    "under_limit": "不足时限",
    "amount": "金额不符",
    "no_date": "没有日期",
    "future_date": "日期在后",
    "refused_row": "有行未读入",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A break or an open question; `measured` and `allowed` are days or money, in `unit`."""

    case: str
    kind: str
    result: str
    step: str
    text: str
    rule: str = ""
    other: str = ""
    day: dt.date | None = None
    measured: Decimal | None = None
    allowed: Decimal | None = None
    unit: str = ""
    basis: str = ""
    origin: str = ""
