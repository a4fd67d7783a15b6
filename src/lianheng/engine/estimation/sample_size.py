"""How many to ask, and how to share them out over strata."""

from __future__ import annotations

import math
from collections.abc import Mapping

from scipy import stats

from .errors import EstimationError

ALLOCATIONS = ("proportional", "equal", "neyman", "cost", "power")


def sample_size_proportion(
    margin: float,
    *,
    p: float = 0.5,
    level: float = 0.95,
    population: float = math.inf,
    deff: float = 1.0,
    response: float = 1.0,
) -> int:
    """How many to ask so that a share is known to ± margin.

    Parameters
    ----------
    margin : float
        Half width of the interval, as a share: 0.05 for 5 points; below 1.
    p : float
        Expected share; 0.5 is the worst case.
    level : float
        Of the interval.
    population : float
        Size of the population; infinite by default.
    deff : float
        Design effect expected, against a sample drawn without replacement.
    response : float
        Share of those asked who answer.

    Returns
    -------
    int
        Rounded up.

    References
    ----------
    Cochran (1977), Sampling Techniques, 4.4.

    Examples
    --------
    >>> sample_size_proportion(0.05), sample_size_proportion(0.03), sample_size_proportion(0.05, population=2000)
    (385, 1068, 323)
    """
    _between(p, "p")
    if margin >= 1:
        points = f"; for {margin:g} points write {margin / 100:g}" if margin <= 100 else ""
        raise EstimationError(f"the margin of a share lies below 1, not at {margin:g}{points}")
    return _asked(p * (1 - p), margin, level, population, deff, response)


def sample_size_mean(
    margin: float,
    sd: float,
    *,
    level: float = 0.95,
    population: float = math.inf,
    deff: float = 1.0,
    response: float = 1.0,
) -> int:
    """How many to ask so that a mean is known to ± margin, given the standard deviation of answers.

    Examples
    --------
    >>> sample_size_mean(2, sd=15)
    217
    """
    if not sd > 0:
        raise EstimationError(f"the standard deviation is above 0, not {sd}")
    return _asked(sd * sd, margin, level, population, deff, response)


def margin_of_error(
    n: float, *, p: float = 0.5, level: float = 0.95, population: float = math.inf, deff: float = 1.0
) -> float:
    """The ± of a share from n answers, by the normal distribution.

    Examples
    --------
    >>> round(100 * margin_of_error(400, p=0.78), 1)
    4.1
    """
    _between(p, "p")
    _between(level, "level")
    if not 0 < n <= population or not deff > 0:
        raise EstimationError("n is above 0 and at most the population, and deff above 0")
    left = 1 - n / population if math.isfinite(population) else 1.0
    return _z(level) * math.sqrt(deff * p * (1 - p) * left / n)


def allocate(
    total: int,
    sizes: Mapping[str, float],
    *,
    method: str = "proportional",
    sds: Mapping[str, float] | None = None,
    costs: Mapping[str, float] | None = None,
    power: float = 0.5,
    minimum: int = 2,
) -> dict[str, int]:
    """Share a sample out over strata.

    Parameters
    ----------
    total : int
        How many in all.
    sizes : mapping of str to float
        Stratum → population.
    method : {"proportional", "equal", "neyman", "cost", "power"}
        In proportion to N; evenly; to N·S; to N·S÷√cost; to N^power.
    sds, costs : mapping, optional
        Standard deviation S and cost of an answer, for ``neyman`` and ``cost``.
    power : float
        Between 0 (even) and 1 (proportional).
    minimum : int
        At least so many from each stratum (2, so that it has a variance).

    Returns
    -------
    dict of str to int
        Adds up to ``total``, at most the population of each stratum. Whole numbers by largest remainders; of equal
        remainders the first stratum of the mapping comes first.

    References
    ----------
    Cochran (1977), 5.5–5.9; Bankier (1988), The American Statistician 42 (power allocation).

    Examples
    --------
    >>> allocate(100, {"city": 600, "county": 300, "islands": 9})
    {'city': 65, 'county': 33, 'islands': 2}
    >>> allocate(100, {"city": 600, "county": 300}, method="neyman", sds={"city": 1, "county": 4})
    {'city': 33, 'county': 67}
    """
    if not isinstance(sizes, Mapping):
        raise EstimationError("sizes is a mapping of stratum to population, like {'city': 600, 'county': 300}")
    shares = _shares(sizes, method, sds, costs, power)
    low = {name: min(minimum, math.floor(sizes[name])) for name in sizes}
    high = {name: math.floor(size) for name, size in sizes.items()}
    if not sum(low.values()) <= total <= sum(high.values()):
        raise EstimationError(
            f"{total} cannot be shared out: {sum(low.values())} are needed at least, and {sum(high.values())} are there"
        )
    wanted = _within(total, shares, low, high)
    return _whole(total, wanted, high)


def _shares(
    sizes: Mapping[str, float],
    method: str,
    sds: Mapping[str, float] | None,
    costs: Mapping[str, float] | None,
    power: float,
) -> dict[str, float]:
    if method not in ALLOCATIONS:
        raise EstimationError(f"method={method!r} is not known; choose one of {', '.join(ALLOCATIONS)}")
    if not sizes or any(not size > 0 or not math.isfinite(size) for size in sizes.values()):
        raise EstimationError("every stratum needs a population above 0")
    if method == "equal":
        return dict.fromkeys(sizes, 1.0)
    if method == "power":
        return {name: size**power for name, size in sizes.items()}
    shares = {name: float(size) for name, size in sizes.items()}
    for what, values, use in (("sds", sds, method in ("neyman", "cost")), ("costs", costs, method == "cost")):
        if not use:
            continue
        if values is None or set(values) != set(sizes) or any(not v > 0 for v in values.values()):
            raise EstimationError(f"method {method!r} needs {what} above 0 for every stratum")
        for name in shares:
            shares[name] *= values[name] if what == "sds" else values[name] ** -0.5
    return shares


def _within(
    total: int, shares: Mapping[str, float], low: Mapping[str, int], high: Mapping[str, int]
) -> dict[str, float]:
    """Multiples of the shares, cut to the bounds, that add up to the total: the multiple by bisection."""
    below, above = 0.0, 2 * max(high[name] / shares[name] for name in shares) + 1
    for _ in range(200):
        middle = (below + above) / 2
        reached = sum(min(max(middle * shares[name], low[name]), high[name]) for name in shares)
        below, above = (middle, above) if reached < total else (below, middle)
    return {name: min(max(above * shares[name], low[name]), high[name]) for name in shares}


def _whole(total: int, wanted: Mapping[str, float], high: Mapping[str, int]) -> dict[str, int]:
    result = {name: math.floor(value + 1e-9) for name, value in wanted.items()}
    order = sorted(wanted, key=lambda name: round(result[name] - wanted[name], 9))
    for name in order * 2:
        if sum(result.values()) < total and result[name] < high[name]:
            result[name] += 1
    return result


def _asked(variance: float, margin: float, level: float, population: float, deff: float, response: float) -> int:
    _between(level, "level")
    if not margin > 0 or not deff > 0 or not 0 < response <= 1 or not population > 0:
        raise EstimationError("margin, deff and population are above 0, the response rate above 0 and at most 1")
    n = _z(level) ** 2 * variance * deff / margin**2
    if math.isfinite(population):
        n = min(n / (1 + n / population), population)
    # A hair is taken off before rounding up, so that 385.0000000001 stays 385.
    return math.ceil(round(n / response, 9))


def _z(level: float) -> float:
    return float(stats.norm.ppf((1 + level) / 2))


def _between(value: float, name: str) -> None:
    if not 0 < value < 1:
        raise EstimationError(f"{name} lies above 0 and below 1, not {value}")
