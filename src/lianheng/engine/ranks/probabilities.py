"""How likely a unit belongs to the best k, or to a grade, if its score errs as stated."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .confidence_sets import DRAWS
from .errors import RanksError
from .independent import normal_blocks
from .inputs import Floats, Scores, check_count, read_scores

BLOCK = 250


@dataclass(frozen=True, slots=True)
class Probabilities:
    """A probability for each unit (row, in the order of the input) and each label (column), with Monte Carlo errors.

    `monte_carlo_error` is √(p(1 − p)/n_draws); 0 where the probability is computed exactly (`n_draws` is 0 then).
    """

    labels: tuple[str, ...]
    values: Floats
    monte_carlo_error: Floats
    n_draws: int


def top_probabilities(
    scores: ArrayLike,
    standard_errors: ArrayLike | None = None,
    draws: ArrayLike | None = None,
    *,
    top: int,
    n_draws: int = DRAWS,
    seed: int = 0,
    centre: str = "mean",
    higher_is_better: bool = True,
) -> Probabilities:
    """Give each unit's probability to be among the best `top`.

    Parameters
    ----------
    top : int
        From 1 to the number of units. Units that tie across the line are all in.
    scores, standard_errors, draws, n_draws, seed, centre, higher_is_better
        As for ``confidence_sets``.

    Returns
    -------
    Probabilities
        One column, labelled ``top K``.

    Missing and empty input
    -----------------------
    As for ``confidence_sets``: refused.

    References
    ----------
    docs/explanation/ranks.md, "Probability of a place". The score is taken as drawn around its estimate; nothing is
    shrunk towards the mean.

    Examples
    --------
    >>> top_probabilities([91.0, 84.0, 70.0], [0.5, 0.5, 0.5], top=2).values[:, 0].tolist()
    [1.0, 1.0, 0.0]
    """
    read = read_scores(scores, standard_errors, draws, centre=centre, higher_is_better=higher_is_better)
    check_count(top, read.size, "top")
    counts, total = np.zeros(read.size), 0
    for values in _drawn(read, n_draws, seed):
        line = np.partition(values, read.size - top, axis=1)[:, read.size - top, None]
        counts += (values >= line).sum(axis=0)
        total += len(values)
    return _shares((f"top {top}",), (counts / total)[read.order.argsort(), None], total)


def grade_probabilities(
    scores: ArrayLike,
    standard_errors: ArrayLike | None = None,
    draws: ArrayLike | None = None,
    *,
    grades: Mapping[str, float],
    centre: str = "mean",
    higher_is_better: bool = True,
) -> Probabilities:
    """Give each unit's probability of each grade, grades being lines on the score.

    Parameters
    ----------
    grades : mapping of name to line
        A unit has the best grade whose line its score reaches (``>=``; ``<=`` if lower is better). What reaches no
        line falls under the label ``""``, which is there only if no line is infinite.
    scores, standard_errors, draws, centre, higher_is_better
        As for ``confidence_sets``.

    Returns
    -------
    Probabilities
        A column for each grade, best first; rows add up to 1. Exact from standard errors (normal), a share of the
        draws with its Monte Carlo error otherwise.

    Missing and empty input
    -----------------------
    As for ``confidence_sets``; no grades, two equal lines and a line that is no number are refused.

    References
    ----------
    docs/explanation/ranks.md, "Probability of a grade".

    Examples
    --------
    >>> import math
    >>> found = grade_probabilities([90.0], [2.0], grades={"优秀": 90, "良好": 80, "合格": -math.inf})
    >>> found.labels, found.values.round(4).tolist()
    (('优秀', '良好', '合格'), [[0.5, 0.5, 0.0]])
    """
    read = read_scores(scores, standard_errors, draws, centre=centre, higher_is_better=higher_is_better)
    sign = 1.0 if higher_is_better else -1.0
    labels, lines = _lines(grades, sign)
    if read.errors is None:
        assert read.standard_errors is not None
        reached, total = _normal_reach(read.values, read.standard_errors, lines), 0
    else:
        drawn = read.values[:, None] + read.errors
        reached, total = np.stack([(drawn >= line).mean(axis=1) for line in lines], axis=1), drawn.shape[1]
    shares = np.diff(reached, axis=1, prepend=0.0)
    return _shares(labels, shares[read.order.argsort()], total)


def _lines(grades: Mapping[str, float], sign: float) -> tuple[tuple[str, ...], list[float]]:
    """Labels and lines, best first, down to a line that everything reaches."""
    ordered = sorted(((sign * float(line), name) for name, line in grades.items()), reverse=True)
    lines = [line for line, _ in ordered]
    if not lines or any(math.isnan(line) for line in lines) or len(set(lines)) < len(lines):
        raise RanksError(f"grades need at least one line, all different numbers; they are {dict(grades)}")
    labels = [name for _, name in ordered]
    if lines[-1] > -math.inf:
        labels, lines = [*labels, ""], [*lines, -math.inf]
    return tuple(labels), lines


def _normal_reach(values: Floats, deviations: Floats, lines: list[float]) -> Floats:
    distance = values[:, None] - np.array(lines)[None, :]
    spread = np.where(deviations > 0, deviations, 1.0)[:, None]
    # A score that is known exactly reaches a line or does not.
    result: Floats = np.where(deviations[:, None] > 0, _normal_share(distance / spread), distance >= 0)
    return result


def _normal_share(values: Floats) -> Floats:
    """The standard normal distribution function, accurate in both tails."""
    erfc = np.vectorize(math.erfc, otypes=[np.float64])
    result: Floats = erfc(-values / math.sqrt(2)) / 2
    return result


def _drawn(read: Scores, n_draws: int, seed: int) -> Iterator[Floats]:
    """Blocks of drawn scores, shape (draws, units)."""
    if read.errors is not None:
        for start in range(0, read.errors.shape[1], BLOCK):
            yield (read.values[:, None] + read.errors[:, start : start + BLOCK]).T
        return
    assert read.standard_errors is not None
    if n_draws < 1:
        raise RanksError(f"n_draws must be at least 1, better 10,000; it is {n_draws}")
    for _, block in normal_blocks(read.standard_errors, n_draws, seed):
        yield read.values + block * read.standard_errors


def _shares(labels: tuple[str, ...], values: Floats, total: int) -> Probabilities:
    error = np.sqrt(values * (1 - values) / total) if total else np.zeros(values.shape)
    return Probabilities(labels, values, error, total)
