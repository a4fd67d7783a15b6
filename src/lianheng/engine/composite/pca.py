"""Principal components of a group of columns, with the sign settled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import CompositeError
from .framework import Framework
from .tables import Floats, Table


@dataclass(frozen=True, eq=False)
class PrincipalComponents:
    """Components of the correlation matrix, largest first.

    ``loadings`` (k, k): one unit eigenvector per column. ``sdev``: √eigenvalue. ``share``: of the variance.
    ``n_used``: rows without a gap.
    """

    codes: tuple[str, ...]
    loadings: Floats
    sdev: Floats
    share: Floats
    n_used: int

    @property
    def weights(self) -> Floats:
        """Squared loadings of the first component; they sum to 1."""
        squared = self.loadings[:, 0] ** 2
        weights: Floats = squared / squared.sum()
        return weights

    @property
    def mixed_signs(self) -> bool:
        """Return whether the first component sets some columns against others: then it is no common size."""
        first = self.loadings[:, 0]
        return bool((first > 1e-12).any() and (first < -1e-12).any())


def principal_components(table: Table) -> PrincipalComponents:
    """Decompose the correlation matrix of a table's columns.

    Parameters
    ----------
    table : Table
        Rows with any missing value are left out; columns are centred and scaled (n − 1).

    Returns
    -------
    PrincipalComponents
        Every component's sign makes the sum of its loadings ≥ 0 (an eigenvector has no sign of its own).

    Raises
    ------
    CompositeError
        For a constant column, or fewer than two complete rows.

    References
    ----------
    COINr `get_PCA` (raw loadings of arbitrary sign).

    Examples
    --------
    >>> table = Table.of(list("abcd"), {"x": [1, 2, 3, 4], "y": [2, 1, 4, 3]})
    >>> found = principal_components(table)
    >>> found.share.round(3).tolist(), found.weights.round(3).tolist()
    ([0.8, 0.2], [0.5, 0.5])
    """
    values = table.values[~np.isnan(table.values).any(axis=1)]
    if len(values) < 2:
        raise CompositeError(f"PCA of {', '.join(table.codes)} has {len(values)} complete rows; at least 2 are needed")
    deviation = values.std(axis=0, ddof=1)
    for code, size in zip(table.codes, deviation, strict=True):
        if size == 0:
            raise CompositeError(f"PCA: {code} is constant over the complete rows")
    scaled = (values - values.mean(axis=0)) / deviation
    eigenvalues, vectors = np.linalg.eigh(scaled.T @ scaled / (len(values) - 1))
    eigenvalues, vectors = np.maximum(eigenvalues[::-1], 0.0), vectors[:, ::-1]
    sums = vectors.sum(axis=0)
    # A sum of rounding errors decides nothing: then the largest loading is made positive.
    largest = vectors[np.argmax(np.abs(vectors), axis=0), np.arange(len(sums))]
    signs = np.where(np.abs(sums) > 1e-9, np.sign(sums), np.sign(largest))
    return PrincipalComponents(
        table.codes, vectors * signs, np.sqrt(eigenvalues), eigenvalues / len(table.codes), len(values)
    )


def components_by_parent(table: Table, framework: Framework, level: int = 1) -> dict[str, PrincipalComponents]:
    """Decompose each aggregate's children at a level; groups of one are left out."""
    return {
        parent: principal_components(table.select_codes(framework.children(parent)))
        for parent in framework.at_level(level + 1)
        if len(framework.children(parent)) > 1
    }
