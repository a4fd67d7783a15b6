"""Screening answers by stated rules: whoever is excluded stays visible, with all reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from .arrays import Numbers
from .errors import EstimationError
from .response_quality import answer_table, duplicate_groups, even_odd, irv, longstring, mahalanobis, relative_speed


@dataclass(frozen=True, slots=True)
class QualityRules:
    """Where lines are drawn. None: the check is not made. Every line is a choice to be stated beside the results."""

    longstring_at_least: int | None = None
    irv_below: float | None = None
    even_odd_above: float | None = None
    mahalanobis_p_below: float | None = None
    speed_above: float | None = 2.0
    missing_above: float | None = None
    duplicates: bool = True
    flags_to_exclude: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Screening:
    """Everybody's indices and reasons. Nobody is dropped: ``kept`` says who counts, ``reasons`` why not."""

    kept: np.typing.NDArray[np.bool_]
    reasons: tuple[tuple[str, ...], ...]
    indices: dict[str, Numbers] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """How many each reason was found for, kept or not."""
        found: dict[str, int] = {}
        for reasons in self.reasons:
            for reason in reasons:
                found[reason.split(":")[0]] = found.get(reason.split(":")[0], 0) + 1
        return found


def screen_responses(
    answers: ArrayLike,
    rules: QualityRules | None = None,
    *,
    scales: Sequence[int] | None = None,
    seconds: ArrayLike | None = None,
) -> Screening:
    """Apply the rules to everybody's answers.

    Parameters
    ----------
    answers : array of shape (n, items)
    rules : QualityRules, optional
        Left out: too fast, and copies.
    scales : sequence of int, optional
        For even–odd consistency.
    seconds : array of shape (n,) or (n, pages), optional
        For speed.

    Returns
    -------
    Screening
        Whoever has ``flags_to_exclude`` reasons or more is not kept. Of copies the first is kept.

    References
    ----------
    Meade and Craig (2012), Psychological Methods 17; Ward and Meade (2023), Annual Review of Psychology 74.

    Examples
    --------
    >>> found = screen_responses([[3, 3, 3, 3], [1, 4, 2, 5], [1, 4, 2, 5]], QualityRules(longstring_at_least=4))
    >>> found.kept.tolist(), found.reasons[2]
    ([False, True, False], ('copy: same answers as row 1',))
    """
    rules = rules or QualityRules()
    table = answer_table(answers)
    indices = _indices(table, rules, scales, seconds)
    reasons: list[list[str]] = [[] for _ in table]
    for name, words, line, high in _lines(rules):
        if line is not None and name in indices:
            values = indices[name]
            for row in np.flatnonzero(
                values >= line if name == "longstring" else values > line if high else values < line
            ):
                reasons[row].append(f"{words}: {name} {values[row]:.4g}, line {line:g}")
    if rules.duplicates:
        indices["duplicate_group"] = duplicate_groups(table).astype(np.float64)
        first: dict[int, int] = {}
        for row in np.flatnonzero(indices["duplicate_group"]):
            origin = first.setdefault(int(indices["duplicate_group"][row]), int(row))
            if origin != row:
                reasons[row].append(f"copy: same answers as row {origin}")
    kept = np.array([len(found) < rules.flags_to_exclude for found in reasons], dtype=bool)
    return Screening(kept, tuple(map(tuple, reasons)), indices)


def _lines(rules: QualityRules) -> list[tuple[str, str, float | None, bool]]:
    return [
        ("longstring", "straight line", rules.longstring_at_least, True),
        ("irv", "hardly any variation", rules.irv_below, False),
        ("even_odd", "contradicts himself", rules.even_odd_above, True),
        ("mahalanobis_p", "far from everybody", rules.mahalanobis_p_below, False),
        ("speed", "too fast", rules.speed_above, True),
        ("missing", "left too much out", rules.missing_above, True),
    ]


def _indices(
    table: Numbers, rules: QualityRules, scales: Sequence[int] | None, seconds: ArrayLike | None
) -> dict[str, Numbers]:
    indices = {"longstring": longstring(table), "irv": irv(table), "missing": np.isnan(table).mean(axis=1)}
    if scales is not None:
        indices["even_odd"] = even_odd(table, scales)
    elif rules.even_odd_above is not None:
        raise EstimationError("even-odd consistency needs the sizes of the scales; give scales")
    if rules.mahalanobis_p_below is not None:
        indices["mahalanobis"], indices["mahalanobis_p"] = mahalanobis(table)
    if seconds is not None:
        indices["speed"] = relative_speed(seconds)
        if len(indices["speed"]) != len(table):
            raise EstimationError(f"there are {len(table)} rows of answers, but {len(indices['speed'])} times")
    return indices
