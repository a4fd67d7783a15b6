"""Samples settled as a whole: systematic, in proportion to size, by stated probabilities. All in exact fractions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from .plan import Candidate, Plan
from .tickets import Ticket, ticket_maker, value_of

# A label that no id can be, because ids hold no control characters.
START_LABEL = "start\x1f"


def select_whole(plan: Plan, stratum: str, candidates: Sequence[Candidate], seed: str) -> list[Ticket]:
    """The drawn of one stratum, in the order of the roster (poisson: of the tickets).

    References
    ----------
    Madow (1949), On the theory of systematic sampling II; Särndal, Swensson, Wretman (1992), 3.4, 3.5, 3.6.
    """
    make = ticket_maker(seed, plan.method)
    out = {skip.id for skip in plan.avoid if skip.side == "object"}
    members = [c for c in candidates if c.id not in out]
    numbers = {c.id: make(c.id) for c in members}
    if plan.design == "poisson":
        drawn = [Ticket(numbers[c.id], c.id) for c in members if value_of(numbers[c.id]) < Fraction(c.size)]
        return sorted(drawn)
    if plan.order == "ticket":
        members.sort(key=lambda c: (numbers[c.id], c.id))
    start = value_of(make(START_LABEL + stratum))
    chosen = systematic([size_of(c) for c in members], plan.sizes[stratum], start)
    return [Ticket(numbers[members[place].id], members[place].id) for place in chosen]


def systematic(sizes: Sequence[Fraction], take: int, start: Fraction) -> list[int]:
    """Places drawn by systematic sampling in proportion to size, without replacement.

    Parameters
    ----------
    sizes : sequence of Fraction
        Measures of size, above 0; all equal: plain systematic sampling.
    take : int
        How many, at most as many as there are sizes.
    start : Fraction
        Random start, from 0 to below 1.

    Returns
    -------
    list of int
        Places in increasing order. Whoever is large enough for the step is taken for certain first, and the step is
        reckoned anew from the rest.

    Examples
    --------
    >>> systematic([Fraction(1)] * 6, 3, Fraction(1, 2))
    [1, 3, 5]
    >>> systematic([Fraction(9), Fraction(1), Fraction(1), Fraction(1)], 2, Fraction(0))
    [0, 1]
    """
    certain = certainties(sizes, take)
    rest = [place for place in range(len(sizes)) if place not in certain]
    wanted = take - len(certain)
    chosen = set(certain)
    if wanted:
        step = sum((sizes[place] for place in rest), Fraction(0)) / wanted
        reached, mark = Fraction(0), start * step
        for place in rest:
            reached += sizes[place]
            if mark < reached:
                chosen.add(place)
                mark += step
    return sorted(chosen)


def certainties(sizes: Sequence[Fraction], take: int) -> set[int]:
    """Places that n × size ÷ total would draw with probability 1 or more, found again until none is left."""
    certain: set[int] = set()
    while len(certain) < take:
        total = sum((size for place, size in enumerate(sizes) if place not in certain), Fraction(0))
        more = {p for p, size in enumerate(sizes) if p not in certain and size * (take - len(certain)) >= total}
        if not more:
            break
        certain |= more
    return certain


def probabilities(plan: Plan, sizes: dict[str, int], drawn: Mapping[str, Iterable[str]]) -> dict[str, Fraction]:
    """Stated inclusion probability of the drawn ids of each stratum.

    Exact for simple, systematic, pps_systematic and poisson, before anybody turns out absent. With replacement it is
    the probability at each single draw. For pps_sequential it is the target n × size ÷ total (at most 1), which the
    design meets closely but not exactly.
    """
    out = {skip.id for skip in plan.avoid if skip.side == "object"}
    stated: dict[str, Fraction] = {}
    for stratum, ids in drawn.items():
        members = [c for c in plan.by_stratum[stratum] if c.id not in out] if out else plan.by_stratum[stratum]
        stated |= _stated(plan, members, sizes.get(stratum, 0), set(ids))
    return stated


def size_of(candidate: Candidate) -> Fraction:
    """The measure of size of a candidate, 1 where the design uses none."""
    return Fraction(candidate.size) if candidate.size else Fraction(1)


def _stated(plan: Plan, members: Sequence[Candidate], take: int, drawn: set[str]) -> dict[str, Fraction]:
    if plan.design == "with_replacement":
        return dict.fromkeys(drawn, Fraction(1, max(len(members), 1)))
    if plan.design in ("simple", "systematic"):
        return dict.fromkeys(drawn, Fraction(take, max(len(members), 1)))
    sizes = [Fraction(c.size) for c in members]
    if plan.design == "poisson":
        return {c.id: size for c, size in zip(members, sizes, strict=True) if c.id in drawn}
    certain = certainties(sizes, take)
    total = sum((size for place, size in enumerate(sizes) if place not in certain), Fraction(0))
    return {
        c.id: Fraction(1) if place in certain else sizes[place] * (take - len(certain)) / total
        for place, c in enumerate(members)
        if c.id in drawn
    }
