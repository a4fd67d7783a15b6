"""A finished index looked at: does each group measure one thing, what does each indicator add, what stands out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .chain import Run
from .correlations import correlation, correlation_matrix
from .errors import CompositeError
from .framework import Framework
from .pca import PrincipalComponents, principal_components
from .reliability import cronbach_alpha, item_rest, omega_total, variance_inflation
from .tables import Table


@dataclass(frozen=True)
class GroupCheck:
    """One group of elements: reliability, the share of its first component, how it goes with the index.

    NaN is undefined: alpha and mean correlation of one element, omega of fewer than three or where one factor does not
    fit, the component where too few units have all values.
    """

    code: str
    name: str
    n_elements: int
    alpha: float
    omega: float
    mean_correlation: float
    first_share: float
    with_index: float


@dataclass(frozen=True)
class ItemCheck:
    """One element of a group: correlation with the others' mean, alpha without it, VIF, loading, link to the parent."""

    group: str
    code: str
    name: str
    item_rest: float
    alpha_without: float
    variance_inflation: float
    loading: float
    with_parent: float
    p_value: float


@dataclass(frozen=True)
class Examination:
    """Groups and elements of every level, in the order of the framework."""

    groups: tuple[GroupCheck, ...]
    items: tuple[ItemCheck, ...]


def examine(table: Table, framework: Framework, *, kind: str = "pearson") -> Examination:
    """Check every group of an aggregated table.

    Parameters
    ----------
    table : Table
        Normalised indicators and all aggregates, of one time.
    framework : Framework
    kind : {"pearson", "spearman", "kendall"}
        Of the correlations with parent and index, and between elements.

    Returns
    -------
    Examination
        Alpha, omega, item–rest, VIF and components are those of `reliability` and `pca`; what is undefined is NaN.

    References
    ----------
    OECD/JRC (2008), Handbook on Constructing Composite Indicators, step 4 (multivariate analysis).

    Examples
    --------
    >>> framework = Framework.of_groups({"A": ["x", "y"]})
    >>> table = Table.of(list("abcd"), {"x": [1, 2, 3, 4], "y": [2, 1, 4, 3], "A": [3, 3, 7, 7], "Index": [3, 3, 7, 7]})
    >>> found = examine(table, framework)
    >>> [(group.code, round(group.alpha, 2), round(group.first_share, 2)) for group in found.groups][:1]
    [('A', 0.75, 0.8)]
    >>> [(item.code, round(item.item_rest, 2)) for item in found.items][:2]
    [('x', 0.6), ('y', 0.6)]
    """
    groups: list[GroupCheck] = []
    items: list[ItemCheck] = []
    for level in range(2, framework.height + 1):
        for parent in framework.at_level(level):
            children = framework.children(parent)
            part = table.select_codes(children)
            components = components_of(part)
            groups.append(_group(table, part, framework, parent, components, kind))
            items += _items(table, part, framework, parent, components, kind)
    return Examination(tuple(groups), tuple(items))


def data_before_scaling(run: Run) -> Table:
    """The indicators that treatment or normalisation read: denominated and imputed, not yet turned; the latest time."""
    table = run.before("treat") or run.before("normalise") or run.state.inputs.table
    return latest(table)


def latest(table: Table) -> Table:
    """The rows of the last time of a panel, as a table without times; else the table itself."""
    if table.times is None:
        return table
    last = table.at(float(table.times.max()))
    return Table(last.units, last.codes, last.values, None, last.rows)


def _group(
    table: Table, part: Table, framework: Framework, parent: str, components: PrincipalComponents | None, kind: str
) -> GroupCheck:
    k = len(part.codes)
    matrix = correlation_matrix(part, kind=kind)
    off = matrix[np.triu_indices(k, 1)]
    return GroupCheck(
        parent,
        framework[parent].name,
        k,
        cronbach_alpha(part),
        _omega(part),
        float(np.nanmean(off)) if np.isfinite(off).any() else math.nan,
        math.nan if components is None else float(components.share[0]),
        correlation(table.column(parent), table.column(framework.top), kind=kind)[0],
    )


def _items(
    table: Table, part: Table, framework: Framework, parent: str, components: PrincipalComponents | None, kind: str
) -> list[ItemCheck]:
    inflation = variance_inflation(part)
    found = []
    for place, line in enumerate(item_rest(part)):
        r, p, _ = correlation(table.column(line.code), table.column(parent), kind=kind)
        loading = math.nan if components is None else float(components.loadings[place, 0])
        name = framework[line.code].name
        found.append(
            ItemCheck(
                parent, line.code, name, line.correlation, line.alpha_without, inflation[line.code], loading, r, p
            )
        )
    return found


def components_of(part: Table) -> PrincipalComponents | None:
    """Principal components, or None where there are none: one column, a constant one, too few complete rows."""
    try:
        return principal_components(part) if len(part.codes) > 1 else None
    except CompositeError:
        return None


def _omega(part: Table) -> float:
    try:
        found = omega_total(part)
    except CompositeError:  # fewer than three elements, a constant one, two that never meet
        return math.nan
    # A Heywood case: one factor explains an element wholly or more, so its omega means nothing.
    fits = found.converged and bool((np.abs(found.loadings) < 1).all())
    return found.omega if fits else math.nan


def in_words(examination: Examination, said: dict[str, str], flagged: Sequence[tuple[str, str, float]]) -> list[str]:
    """Say in sentences what a reader must not overlook.

    ``flagged`` are pairs of names with their correlation; ``said`` holds the sentences (see `report_words`).
    """
    found = [
        said["note_alpha"].format(name=group.name, alpha=f"{group.alpha:.2f}".replace("-", "−"))
        for group in examination.groups
        if group.alpha < 0.5
    ]
    found += [
        said["note_index"].format(name=group.name, r=f"{group.with_index:.2f}".replace("-", "−"))
        for group in examination.groups
        if group.with_index < 0.2
    ]
    found += [
        said["note_parent"].format(name=item.name, r=f"{item.with_parent:.2f}".replace("-", "−"))
        for item in examination.items
        if item.with_parent < 0
    ]
    apart = [pair for pair in flagged if pair[2] < 0]
    close = [pair for pair in flagged if pair[2] > 0]
    found += [said["note_apart"].format(n=len(apart))] if apart else []
    found += [said["note_close"].format(n=len(close))] if close else []
    return found
