"""The screens of one tender: numbers of its bids alone, each as published (docs/explanation/bid-screens.md)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

# Below three bids there is no losing spread and no shape: nothing can be told.
FEWEST = 3
# Which end of each screen the literature ties to collusion: −1 low, +1 high.
SCREENS = {"cv": -1, "spd": -1, "skew": -1, "kurt": 1, "diffp": 1, "rd": 1, "rdnor": 1, "rdalt": 1}


@dataclass(frozen=True, slots=True)
class TenderScreens:
    """The screens of one tender; None where undefined, infinite where the losers alone bid the same."""

    tender: str
    bids: int
    cv: float | None = None
    spd: float | None = None
    skew: float | None = None
    kurt: float | None = None
    diffp: float | None = None
    rd: float | None = None
    rdnor: float | None = None
    rdalt: float | None = None

    @property
    def identical(self) -> bool:
        """Whether all bids are the same price."""
        return self.cv == 0


def screen_tender(tender: str, prices: Iterable[Decimal | float | int]) -> TenderScreens:
    """The screens of one tender.

    Parameters
    ----------
    tender : its number.
    prices : its bids, above 0, in any order.

    Returns
    -------
    Every screen; all None with fewer than three bids, kurtosis with fewer than four.

    Raises
    ------
    ValueError for a price that is not above 0 and finite.

    References
    ----------
    Imhof (2017), Simple Statistical Screens to Detect Bid Rigging; Huber and Imhof (2019), International Journal of
    Industrial Organization 65, 277–301; Joanes and Gill (1998), The Statistician 47, 183–189 (G1, G2).

    Example
    -------
    >>> found = screen_tender("T1", [100, 110, 112, 114])
    >>> round(found.cv, 4), round(found.spd, 4), round(found.diffp, 4), round(found.rd, 4), round(found.rdnor, 4)
    (0.057, 0.14, 0.1, 5.0, 2.1429)
    """
    given = [Decimal(price) for price in prices]
    if any(not price.is_finite() or price <= 0 for price in given):
        raise ValueError(f"tender {tender}: a price is not above 0")
    ordered = sorted(given)
    count = len(ordered)
    if count < FEWEST:
        return TenderScreens(tender, count)
    # Differences are taken before floats come in, so that equal steps stay equal.
    gaps = [float(after - before) for before, after in pairwise(ordered)]
    values = [float(price) for price in ordered]
    low, first = values[0], gaps[0]
    losers = gaps[1:]
    return TenderScreens(
        tender,
        count,
        cv=_spread(values) / _mean(values) if any(gaps) else 0.0,
        spd=float(ordered[-1] - ordered[0]) / low,
        skew=_skew(values) if any(gaps) else None,
        kurt=_kurt(values) if any(gaps) and count > FEWEST else None,
        diffp=first / low,
        rd=_over(first, _spread(values[1:]) if any(losers) else 0.0),
        rdnor=_over(first, _mean(gaps)),
        rdalt=_over(first, _mean(losers)),
    )


def _over(distance: float, measure: float) -> float | None:
    if measure > 0:
        return distance / measure
    return math.inf if distance > 0 else None


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _moment(values: Sequence[float], power: int) -> float:
    centre = _mean(values)
    return math.fsum((value - centre) ** power for value in values)


def _spread(values: Sequence[float]) -> float:
    """The sample standard deviation (n − 1)."""
    return math.sqrt(_moment(values, 2) / (len(values) - 1))


def _skew(values: Sequence[float]) -> float:
    n = len(values)
    g1 = (_moment(values, 3) / n) / (_moment(values, 2) / n) ** 1.5
    return float(g1 * math.sqrt(n * (n - 1)) / (n - 2))


def _kurt(values: Sequence[float]) -> float:
    n = len(values)
    g2 = (_moment(values, 4) / n) / (_moment(values, 2) / n) ** 2 - 3
    return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * g2 + 6)
