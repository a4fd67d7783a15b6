"""A class of units (one list, one tier): places, the quota of 优秀, the praise list and the interview list.

No quota cuts a tie. Only units of one scheme belong in a class.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from lianheng.engine.scoring import rules
from lianheng.engine.scoring.result import Score
from lianheng.engine.scoring.scheme import Scheme


@dataclass(frozen=True, slots=True)
class Placing:
    """One unit in its class. A unit under a veto or without a score has no place.

    Grades in the order in which they come about: by thresholds, after the quota of 优秀, after the vetoes.
    """

    score: Score
    place: int | None
    threshold_grade: str | None
    quota_grade: str | None
    grade: str | None
    praised: bool = False
    interviewed: bool = False

    @property
    def unit(self) -> str:
        """The unit's code."""
        return self.score.unit

    @property
    def final(self) -> Decimal | None:
        """The rounded score; it stays visible beside a capped grade."""
        return self.score.final


def rank(scheme: Scheme, scores: Iterable[Score]) -> list[Placing]:
    """Place the units of one class by their rounded scores.

    Parameters
    ----------
    scheme : holds the grades, `excellent_share` and `praise_share`; a share that is None sets no quota, no praise list.
    scores : the scores of the class in any order.

    Returns
    -------
    Placings: first by place (ties share one: 1, 2, 2, 4), then units under a veto by score, then units without a
    score; equal ones by unit code. A quota is max(1, ⌊share × n⌋), n being the units that have a score. Units that
    tie across the line of 优秀 or of the praise list stay out together; the interview list names all that are last.
    A unit under a veto takes no place, uses up no quota and is never praised; its score can still be the lowest, and
    then it is interviewed. A praised unit is not interviewed (a class of one). An empty class gives an empty list.

    References
    ----------
    docs/explanation/scoring.md, "Class, quota, veto".
    """
    ordered = sorted(scores, key=lambda score: (-(score.cents if score.cents is not None else -1), score.unit))
    scored = [score for score in ordered if score.cents is not None]
    standing = [score for score in scored if not score.vetoes]
    best = scheme.grades[0].name
    top_grade = [score for score in standing if score.threshold_grade == best]
    excellent = _within(top_grade, _quota(scheme.excellent_share, len(scored)))
    praised = _within(standing, _quota(scheme.praise_share, len(scored), otherwise=0))
    last = scored[-1].cents if scored else None
    placings = []
    for score, place in [*_places(standing), *((score, None) for score in scored if score.vetoes)]:
        quota_grade = score.threshold_grade
        if place is not None and quota_grade == best and score.unit not in excellent:
            quota_grade = scheme.grades[1].name
        placings.append(
            Placing(
                score,
                place,
                score.threshold_grade,
                quota_grade,
                _capped(scheme, score, quota_grade),
                praised=score.unit in praised,
                interviewed=score.cents == last and score.unit not in praised,
            )
        )
    return placings + [Placing(score, None, None, None, None) for score in ordered if score.cents is None]


def _places(standing: Sequence[Score]) -> list[tuple[Score, int | None]]:
    """Competition ranking: equal scores share a place, the next one counts all before it."""
    places: list[tuple[Score, int | None]] = []
    place, previous = 0, None
    for position, score in enumerate(standing, 1):
        if score.cents != previous:
            place, previous = position, score.cents
        places.append((score, place))
    return places


def _quota(share: Decimal | None, size: int, *, otherwise: int | None = None) -> int | None:
    """max(1, ⌊share × size⌋), or `otherwise` where no share is declared (None: no limit)."""
    return otherwise if share is None else max(1, int(Fraction(share) * size))


def _within(ordered: Sequence[Score], quota: int | None) -> frozenset[str]:
    """The units within the quota; those that tie with the first one outside stay out."""
    if quota is None or len(ordered) <= quota:
        return frozenset(score.unit for score in ordered)
    line = ordered[quota].cents or 0
    return frozenset(score.unit for score in ordered[:quota] if (score.cents or 0) > line)


def _capped(scheme: Scheme, score: Score, grade: str | None) -> str | None:
    if not score.vetoes or grade is None:
        return grade
    caps = [scheme.grade_rank(veto.cap) for veto in score.vetoes]
    return scheme.grades[rules.v(scheme.grade_rank(grade), caps)].name
