"""What a unit brings to be scored: values of measures, judged points, confirmed events, quarterly scores.

A value that is None, absent or blank is *missing*. Not applicable is something else: a ratio whose two halves are 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lianheng.engine.scoring.rules import GRADE_SHARES
from lianheng.engine.scoring.sheet import decimal_of

FOUND = ("outside", "self", "concealed")
_YES_NO = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False, "是": True, "否": False}


class BadValueError(ValueError):
    """A value that cannot be read as its kind; the text is Chinese, for the person who mends it."""


@dataclass(frozen=True, slots=True)
class Event:
    """A confirmed event of a unit.

    `kind` is a D, B, V or N code, or the code of an item with a D part. Events of an item are counted in that item's
    measure already, so here they only keep the same event from costing points a second time. `found` and `mended` say
    how it came to light (D1), `item` which item holds the false data (D4), `days_overdue` how late a finding is (D2).
    """

    code: str
    kind: str
    found: str = "outside"
    mended: bool = False
    item: str | None = None
    days_overdue: int | None = None


@dataclass(frozen=True, slots=True)
class UnitInput:
    """One unit's inputs for one scheme and period.

    Parameters
    ----------
    code : the unit's code.
    values : measure code → number, grade letter or yes/no; None, absent or blank means missing.
    judged : item code → points given by the assessors after moderation; they replace the computed points.
    events : confirmed events only.
    quarters : scores of the quarterly snapshots that exist, 0 to 100.
    list_score : in an evaluation, the unit's score on its own standard list (V2); None where it has none.
    """

    code: str
    values: Mapping[str, Any]
    judged: Mapping[str, Decimal] = field(default_factory=dict)
    events: Sequence[Event] = ()
    quarters: Sequence[Decimal] = ()
    list_score: Decimal | None = None


def is_missing(value: Any) -> bool:
    """Whether there is no value at all."""
    return value is None or (isinstance(value, str) and not value.strip())


def number(value: Any) -> Fraction:
    """A number, 0 or more, exact.

    Example
    -------
    >>> number("12.50"), number(0.1)
    (Fraction(25, 2), Fraction(1, 10))
    """
    read = decimal_of(value)
    if read is None:
        raise BadValueError("不是数")
    if read < 0:
        raise BadValueError("是负数")
    return Fraction(read)


def whole(value: Any) -> int | None:
    """A plain whole number, also as text, without the careful reading; None for anything that needs it.

    Example
    -------
    >>> whole(16), whole("16"), whole(-1), whole("1.0"), whole(True)
    (16, 16, None, None, None)
    """
    if type(value) is int:
        return value if value >= 0 else None
    if type(value) is str and len(value) < 19 and value.isascii() and value.isdigit():
        return int(value)
    return None


def count(value: Any) -> int:
    """A number of events: whole, 0 or more."""
    read = number(value)
    if read.denominator != 1:
        raise BadValueError("不是整数次")
    return read.numerator


def grade(value: Any) -> str:
    """A grade letter A to D."""
    text = value.strip() if isinstance(value, str) else value
    if not isinstance(text, str) or text not in GRADE_SHARES:
        raise BadValueError("不是 A、B、C、D 之一")
    return text


def yes_no(value: Any) -> bool:
    """Yes or no: a truth value, 1 or 0, or the words for them."""
    if isinstance(value, bool):
        return value
    word = _YES_NO.get(value.strip().lower()) if isinstance(value, str) else None
    if word is not None:
        return word
    read = decimal_of(value)
    if read is None or read not in (0, 1):
        raise BadValueError("不是“是”或“否”")
    return read == 1


def index(value: Any) -> Fraction:
    """A survey index from 0 to 100."""
    read = number(value)
    if read > 100:
        raise BadValueError("超过 100")
    return read


READERS = {"number": number, "count": count, "grade": grade, "yes_no": yes_no, "index": index}
