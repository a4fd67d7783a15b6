"""Reading a declaration cell by cell, collecting every problem instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Context, Decimal, InvalidOperation
from functools import reduce
from typing import Any

from lianheng.engine.scoring.declared import Problem

# Keys that carry standards text for people; the engine reads past them.
NOTES = frozenset(
    {
        "clause",
        "confirmed_by",
        "data_source",
        "description",
        "draft",
        "effect_text",
        "effective",
        "en",
        "evidence",
        "evidence_asked",
        "extras",
        "grades_mark",
        "id",
        "label",
        "lead",
        "lead_department",
        "leads",
        "mark",
        "mark_note",
        "marks",
        "mnemonic",
        "mnemonic_mark",
        "model",
        "name",
        "note",
        "notes",
        "observation",
        "observation_point",
        "period",
        "problems",
        "reference",
        "references",
        "short",
        "short_form",
        "short_mark",
        "short_name",
        "source",
        "sources",
        "standard",
        "statements",
        "subject",
        "tags",
        "text",
        "title",
        "topic",
        "topics",
        "unit",
        "version",
    }
)

# Sums of declared numbers must not depend on the decimal context of whoever calls.
_EXACT = Context(prec=200)


class Sheet:
    """Collects the problems of one declaration while it is read."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def problem(self, where: str, message: str) -> None:
        """Note one problem."""
        self.problems.append(Problem(where, message))

    def mapping(
        self, where: str, data: Any, required: Collection[str], optional: Collection[str] = ()
    ) -> dict[str, Any]:
        """The entry as a dict with text keys; unknown and absent keys are problems. Not a mapping: an empty dict."""
        if not isinstance(data, Mapping):
            self.problem(where, f"应为键值表，实为 {_shown(data)}")
            return {}
        # YAML 1.1 reads a bare `yes:` as the truth value, so the F part's key arrives as True.
        entry = {("yes" if key is True else str(key)): value for key, value in data.items()}
        for key in entry:
            if key not in required and key not in optional and key not in NOTES:
                self.problem(where, f"不认识的键 {key}")
        for key in required:
            if entry.get(key) is None:
                self.problem(where, f"缺少 {key}")
        return entry

    def rows(self, where: str, data: Any) -> list[Any]:
        """The value as a list; None is an empty one."""
        if data is None:
            return []
        if isinstance(data, list | tuple):
            return list(data)
        self.problem(where, f"应为列表，实为 {_shown(data)}")
        return []

    def number(self, where: str, value: Any, *, above_zero: bool = False) -> Decimal | None:
        """The value as an exact decimal, 0 or more (or above 0); None after noting a problem or when absent."""
        if value is None:
            return None
        number = decimal_of(value)
        if number is None:
            self.problem(where, f"应为数，实为 {_shown(value)}")
        elif number < 0 or (above_zero and number == 0):
            self.problem(where, f"应{'大于' if above_zero else '不小于'} 0，实为 {_shown(value)}")
            return None
        return number

    def share(self, where: str, value: Any) -> Decimal | None:
        """A share between 0 and 1, both allowed."""
        number = self.number(where, value)
        if number is not None and number > 1:
            self.problem(where, f"比例应在 0 到 1 之间，实为 {_shown(value)}")
            return None
        return number


def decimal_of(value: Any) -> Decimal | None:
    """An int, Decimal, numeric text or float as an exact decimal; a float goes through its text, so 0.7 is 7/10."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        text = str(value).strip()
        number = Decimal("NaN" if "_" in text else text)
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 30 else None


def exact_sum(numbers: Iterable[Decimal]) -> Decimal:
    """The exact sum, whatever the caller's decimal context."""
    return reduce(_EXACT.add, numbers, Decimal(0))


def plain(number: Decimal) -> str:
    """A decimal without exponent or needless zeros: 100, 0.7, 12.5.

    Example
    -------
    >>> plain(Decimal("1E+2")), plain(Decimal("0.70")), plain(Decimal("0.00"))
    ('100', '0.7', '0')
    """
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:40] + "…"
