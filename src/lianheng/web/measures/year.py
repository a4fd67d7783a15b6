"""What the assessment year, which lies above, tells this room: which values others supply, whether a year is open.

assessment registers one `Year` at start-up. Without it nothing is offered for entry, and no year counts as closed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db.models import QuerySet

from lianheng.web.shell.errors import WrongState
from lianheng.web.units.models import Institution


@dataclass(frozen=True)
class YearState:
    """Where the year of a period stands; `closed` when its results are final."""

    code: str = ""
    label: str = ""
    closed: bool = False


class Year(Protocol):
    """What an assessment year knows and this room does not."""

    def state(self, period: str) -> YearState:
        """Return where the year of a period stands."""
        ...

    def lists(self, period: str) -> Sequence[tuple[str, str]]:
        """Return (code, name) of the lists of that year."""
        ...

    def entered_lists(self, period: str) -> Sequence[tuple[str, str]]:
        """Return those of the lists on which others supply something."""
        ...

    def supplied(self, institution: Institution, period: str) -> Sequence[str]:
        """Return the codes of the measures that others supply for an institution."""
        ...

    def supplied_on(self, list_code: str, period: str) -> tuple[Sequence[str], Sequence[int]]:
        """Return the codes that others supply on a list, and the institutions (ids) on it."""
        ...

    def lacking(self, period: str) -> QuerySet[Institution]:
        """Return the institutions for which others still have to supply something."""
        ...


_year: Year | None = None


def register(year: Year) -> None:
    global _year
    _year = year


def state(period: str) -> YearState:
    return _year.state(period) if _year else YearState()


def lists(period: str) -> Sequence[tuple[str, str]]:
    return _year.lists(period) if _year else ()


def entered_lists(period: str) -> Sequence[tuple[str, str]]:
    return _year.entered_lists(period) if _year else ()


def supplied(institution: Institution, period: str) -> Sequence[str]:
    return _year.supplied(institution, period) if _year else ()


def supplied_on(list_code: str, period: str) -> tuple[Sequence[str], Sequence[int]]:
    return _year.supplied_on(list_code, period) if _year else ((), ())


def lacking(period: str) -> QuerySet[Institution]:
    return _year.lacking(period) if _year else Institution.objects.none()


def require_open(period: str) -> None:
    """Refuse to change values of a year whose results are final."""
    now = state(period)
    if now.closed:
        raise WrongState(f"{period[:4]} 年度考评“{now.label}”，数据不能再改；确需更正，请领导小组先重开考评")
