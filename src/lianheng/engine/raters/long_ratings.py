"""Ratings in long form: one row a rating, with its rater and its unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import RatersError
from .rating_table import refuse_huge

Floats = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]
Labels = NDArray[Any]


@dataclass(frozen=True, slots=True)
class LongRatings:
    """Values with the numbers of their rater and unit, and what these numbers are called (sorted)."""

    values: Floats
    rater: Ints
    unit: Ints
    rater_labels: Labels
    unit_labels: Labels


def read_long(ratings: ArrayLike, raters: ArrayLike, units: ArrayLike) -> LongRatings:
    """Check ratings in long form; every length must agree, and every rating be a number."""
    values = np.asarray(ratings, dtype=np.float64)
    names = (np.asarray(raters), np.asarray(units))
    if values.ndim != 1 or not len(values):
        raise RatersError(f"ratings must be one row of at least one number; they have the shape {values.shape}")
    for name, labels in zip(("raters", "units"), names, strict=True):
        if labels.shape != values.shape:
            raise RatersError(f"there are {len(values)} ratings, but {name} have the shape {labels.shape}")
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise RatersError(f"rating {bad[0]} (counted from 0) is missing or not a finite number; leave its row out")
    refuse_huge(values)
    (rater_labels, rater), (unit_labels, unit) = (np.unique(labels, return_inverse=True) for labels in names)
    return LongRatings(values, rater, unit, rater_labels, unit_labels)


def components(ratings: LongRatings) -> tuple[Ints, Ints]:
    """Connected components of the graph of raters and units: who can be compared through common ratings.

    Returns the component of each rater and of each unit, numbered from 0 in the order of their first unit.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_raters, n_units = len(ratings.rater_labels), len(ratings.unit_labels)
    ends = (ratings.unit, ratings.rater + n_units)
    graph = coo_array((np.ones(len(ratings.values), dtype=np.int8), ends), shape=(n_units + n_raters,) * 2)
    _, found = connected_components(graph.tocsr(), directed=False)
    _, first = np.unique(found[:n_units], return_index=True)
    order = np.argsort(np.argsort(first))
    return order[found[n_units:]], order[found[:n_units]]
