"""How well a screen ranks: the area under the ROC curve, exactly, from ranks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def auc(scores: Sequence[float], labels: Sequence[bool]) -> Fraction:
    """The chance that a marked item has the higher score than an unmarked one, ties counting half.

    Parameters
    ----------
    scores : sequence of n_items, higher for more suspicious; no NaN.
    labels : sequence of n_items, True for marked.

    Returns
    -------
    The Mann–Whitney statistic over n_marked · n_unmarked, as a fraction.

    Raises
    ------
    ValueError where all or none are marked, or lengths differ: there is nothing to rank.

    References
    ----------
    Hanley and McNeil (1982), Radiology 143, 29–36.

    Example
    -------
    >>> auc([0.9, 0.8, 0.8, 0.1], [True, True, False, False])
    Fraction(7, 8)
    """
    marked = sum(1 for label in labels if label)
    unmarked = len(labels) - marked
    if len(scores) != len(labels) or not marked or not unmarked:
        raise ValueError("an AUC needs a label for each score, and both kinds of labels")
    # Twice the midrank is a whole number, so nothing is rounded.
    twice = sum(rank for rank, label in zip(double_midranks(scores), labels, strict=True) if label)
    return Fraction(twice - marked * (marked + 1), 2 * marked * unmarked)


def double_midranks(scores: Sequence[float]) -> list[int]:
    """Twice the rank (from 1) of each score; equal scores share the mean of their ranks.

    Example
    -------
    >>> double_midranks([5, 1, 5])
    [5, 2, 5]
    """
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks = [0] * len(scores)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and scores[order[end]] == scores[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = start + 1 + end
        start = end
    return ranks
