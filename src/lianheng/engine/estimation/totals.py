"""Known totals of a population, checked against the sample that is to reproduce them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .adjustment import Auxiliary
from .arrays import Codes, Numbers, codes, numbers
from .design import Design
from .errors import EstimationError

Totals = Mapping[Any, float]


def margins_of(
    design: Design, margins: Mapping[str, ArrayLike], totals: Mapping[str, Totals]
) -> tuple[Auxiliary, list[Numbers]]:
    """Code margins and put their totals in order; refuse what does not fit together."""
    for name in set(margins) ^ set(totals):
        where = "labels but no totals" if name in margins else "totals but no labels"
        raise EstimationError(f"the margin {name!r} has {where}; give both")
    found = [margin_of(name, margins[name], totals[name], design) for name in margins]
    sizes = [float(wanted.sum()) for _, wanted in found]
    for name, size in zip(margins, sizes, strict=True):
        if abs(size - sizes[0]) > 1e-9 * abs(sizes[0]):
            raise EstimationError(
                f"the margin {name!r} adds up to {size:g}, the first margin to {sizes[0]:g}; correct the totals"
            )
    levels = tuple(len(wanted) for _, wanted in found)
    auxiliary = Auxiliary(tuple(code for code, _ in found), levels, np.zeros((design.n, 0)))
    return auxiliary, [wanted for _, wanted in found]


def margin_of(name: str, labels: ArrayLike, totals: Totals, design: Design) -> tuple[Codes, Numbers]:
    """Codes of a margin, and the totals in the order of the codes."""
    code, found = codes(labels, name, design.n)
    plain = found.tolist()
    for label in plain:
        if label not in totals:
            raise EstimationError(f"{name}: there is no total for {label!r}; the totals have {list(totals)}")
    for label in totals:
        if label not in plain:
            raise EstimationError(f"{name}: nobody in the sample is {label!r}; merge it with another level")
    wanted = numbers([totals[label] for label in plain], f"totals of {name}")
    sums = np.bincount(code, design.weights, len(plain))
    for label, want, have in zip(plain, wanted, sums, strict=True):
        if want < 0 or (want > 0 and have <= 0):
            raise EstimationError(f"{name}: the total {want:g} of {label!r} cannot be reached from weights of {have:g}")
    return code, wanted


def number_columns(
    design: Design, columns: Mapping[str, ArrayLike], totals: Mapping[str, float]
) -> tuple[Numbers, Numbers]:
    """Columns of numbers as a table, and their totals in the same order."""
    if set(columns) != set(totals):
        raise EstimationError(f"columns {sorted(columns)} and their totals {sorted(totals)} do not have the same names")
    found = [numbers(columns[name], name, design.n) for name in columns]
    matrix = np.stack(found, axis=1) if found else np.zeros((design.n, 0))
    return matrix, numbers([totals[name] for name in columns], "column_totals")
