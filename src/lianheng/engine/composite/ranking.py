"""Ranks (best = 1) in which equal scores stay equal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .errors import CompositeError
from .tables import Floats

TOLERANCE = 1e-9


def ranks(scores: Floats, *, groups: Sequence[str] | None = None, tolerance: float = TOLERANCE) -> Floats:
    """Rank scores: best = 1, ties share the best rank and the next rank is skipped.

    Parameters
    ----------
    scores : array of shape (n_units,)
        Higher is better; NaN has no rank and does not count.
    groups : sequence of str, optional
        Rank inside each group; "" has no group and gets no rank.
    tolerance : float
        Scores within this share of the largest absolute score of the next one are a tie (chain).

    Returns
    -------
    array of shape (n_units,)
        NaN where there is no rank.

    Examples
    --------
    >>> import numpy as np
    >>> ranks(np.array([0.1 + 0.2, 0.3, 1.0, np.nan]))
    array([ 2.,  2.,  1., nan])
    """
    scores = np.asarray(scores, dtype=np.float64)
    if groups is None:
        found = rank_many(scores[None, :], tolerance)[0]
        return np.where(found > 0, found, np.nan)
    if len(groups) != len(scores):
        raise CompositeError(f"groups has {len(groups)} entries for {len(scores)} scores")
    result = np.full(len(scores), np.nan)
    names = np.asarray(groups)
    for name in np.unique(names):
        if name:
            inside = np.flatnonzero(names == name)
            result[inside] = ranks(scores[inside], tolerance=tolerance)
    return result


def rank_many(scores: Floats, tolerance: float = TOLERANCE) -> NDArray[np.int32]:
    """Rank every row of an array of shape (r, n_units); 0 where there is no rank."""
    if not scores.shape[-1]:
        return np.zeros(scores.shape, np.int32)
    order = np.argsort(-scores, axis=-1, kind="stable")
    ordered = np.take_along_axis(scores, order, axis=-1)
    size = np.fmax.reduce(np.abs(scores), axis=-1)
    drop = ordered[..., :-1] - ordered[..., 1:]
    # NaN compares false: a missing score follows as if tied, and is blanked below.
    new = drop > (tolerance * size)[..., None]
    places = np.zeros(scores.shape, np.int32)
    positions = np.arange(2, scores.shape[-1] + 1, dtype=np.int32)
    places[..., 0] = 1
    np.multiply(new, positions, out=places[..., 1:])
    np.maximum.accumulate(places, axis=-1, out=places)
    places[np.isnan(ordered)] = 0
    result = np.empty_like(places)
    np.put_along_axis(result, order, places, axis=-1)
    return result
