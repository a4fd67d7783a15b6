"""Means, totals, proportions and ratios, with linearised or replicated errors and design effects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .arrays import Numbers, numbers
from .design import Design, survey_design  # noqa: F401  (survey_design: for the examples)
from .domains import Counts, Domains, columns_of, count_answers, domains_of, is_missing
from .errors import EstimationError
from .estimates import Estimates
from .replicates import Replicates, replicated_covariance
from .variance import Influence, covariance

REFERENCES = ("without_replacement", "with_replacement")


def estimate_mean(
    design: Design,
    y: ArrayLike,
    *,
    by: ArrayLike | None = None,
    deff: str | None = None,
    replicates: Replicates | None = None,
) -> Estimates:
    """Weighted means, of everybody or of each domain.

    Parameters
    ----------
    design : Design
    y : array of shape (n,) or (n, k)
        NaN: the answer is missing; the row is left out as a domain is, and counted in ``n_missing``.
    by : array of shape (n,), optional
        Labels of domains. Domains are no strata: rows outside still count in the errors, as they should.
    deff : {"without_replacement", "with_replacement"}, optional
        Design effect against a simple random sample of the same size drawn without or with replacement.
    replicates : Replicates, optional
        Take the errors from replicates instead of linearisation.

    Returns
    -------
    Estimates
        Variables first, then domains in the order of their labels. A domain without answers has NaN.

    References
    ----------
    Särndal, Swensson, Wretman (1992), 5.6–5.8; Kish (1965), Survey Sampling (design effect).

    Examples
    --------
    >>> design = survey_design(weights=[10, 10, 20, 20])
    >>> mean = estimate_mean(design, [1, 2, 3, 4])
    >>> mean.value.round(4).tolist(), mean.se.round(4).tolist()
    ([2.8333], [0.5966])
    """
    columns, names = columns_of(y, design.n)
    return _means(design, columns, names, domains_of(by, design.n), deff, replicates, "mean")


def estimate_total(
    design: Design,
    y: ArrayLike,
    *,
    by: ArrayLike | None = None,
    deff: str | None = None,
    replicates: Replicates | None = None,
) -> Estimates:
    """Weighted totals; parameters as in ``estimate_mean``. A missing answer counts as no amount, and is counted.

    Examples
    --------
    >>> estimate_total(survey_design(strata=[1, 1, 2, 2], fpc=[10, 10, 6, 6]), [1, 2, 3, 5]).value.tolist()
    [39.0]
    """
    columns, names = columns_of(y, design.n)
    _check_reference(deff)
    domains = domains_of(by, design.n)
    influences, parts, value = [], [], []
    for column in columns:
        there = ~np.isnan(column)
        amounts = np.where(there, column, 0.0)
        value.append(domains.sums(design.weights * amounts))
        influences.append(Influence(amounts, domains.group, domains.count))
        parts.append(count_answers(design, domains, there, amounts))
    totals = np.concatenate(value)
    matrix = _errors(design, influences, replicates, influences, lambda sums: sums, totals)
    effects = None if deff is None else np.concatenate([part.srs(deff, total=True) for part in parts])
    return _result("total", names, domains, totals, matrix, parts, deff, effects, replicates)


def estimate_proportion(
    design: Design,
    y: ArrayLike,
    *,
    levels: Sequence[Any] | None = None,
    by: ArrayLike | None = None,
    deff: str | None = None,
    replicates: Replicates | None = None,
) -> Estimates:
    """Shares of categories; parameters as in ``estimate_mean``.

    Parameters
    ----------
    y : array of shape (n,)
        Categories: texts or numbers. None, NaN and the empty text: the answer is missing.
    levels : sequence, optional
        The categories to estimate; left out: all that occur, sorted.

    Returns
    -------
    Estimates
        Categories first, then domains; labels are (category, domain).

    Examples
    --------
    >>> design = survey_design(weights=[10, 10, 20, 20])
    >>> share = estimate_proportion(design, ["yes", "no", "yes", "yes"], levels=["yes"])
    >>> share.value.round(4).tolist(), share.interval(method="wilson").round(3).tolist()
    ([0.8333], [[0.198, 0.99]])
    """
    answers = np.asarray(y)
    if answers.shape != (design.n,):
        raise EstimationError(f"y: expected a column of {design.n} answers, found shape {answers.shape}")
    missing = is_missing(answers)
    found = sorted(set(answers[~missing].tolist()), key=lambda answer: (str(type(answer)), answer))
    names = tuple(found) if levels is None else tuple(levels)
    columns = [np.where(missing, np.nan, (answers == level).astype(np.float64)) for level in names]
    if not columns:
        raise EstimationError("there is no answer at all; nothing can be estimated")
    return _means(design, columns, names, domains_of(by, design.n), deff, replicates, "proportion")


def estimate_ratio(
    design: Design,
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    by: ArrayLike | None = None,
    deff: str | None = None,
    replicates: Replicates | None = None,
) -> Estimates:
    """Ratio of two totals; parameters as in ``estimate_mean``. A row that lacks either is left out.

    Examples
    --------
    >>> ratio = estimate_ratio(survey_design(n=3), [1, 2, 4], [2, 3, 5])
    >>> ratio.value.tolist(), ratio.se.round(4).tolist()
    ([0.7], [0.0794])
    """
    above, below = (
        numbers(column, name, design.n, missing=True)
        for column, name in ((numerator, "numerator"), (denominator, "denominator"))
    )
    domains = domains_of(by, design.n)
    there = ~(np.isnan(above) | np.isnan(below))
    above, below = np.where(there, above, 0.0), np.where(there, below, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        totals = domains.sums(design.weights * below)
        value = domains.sums(design.weights * above) / totals
        slope = np.where(there, (above - domains.spread(value) * below) / domains.spread(totals), 0.0)
    _check_reference(deff)
    part = count_answers(design, domains, there, np.nan_to_num(slope))
    effects = None if deff is None else part.srs(deff, total=True)
    influence, *pair = (Influence(v, domains.group, domains.count) for v in (np.nan_to_num(slope), above, below))
    matrix = _errors(design, [influence], replicates, pair, lambda sums: _divide(sums, domains.count), value)
    return _result("ratio", ("",), domains, value, matrix, [part], deff, effects, replicates)


def _means(
    design: Design,
    columns: list[Numbers],
    names: tuple[Any, ...],
    domains: Domains,
    deff: str | None,
    replicates: Replicates | None,
    statistic: str,
) -> Estimates:
    _check_reference(deff)
    influences, parts, value, pairs = [], [], [], []
    for column in columns:
        there = ~np.isnan(column)
        answers = column if there.all() else np.where(there, column, 0.0)
        weights = design.weights if there.all() else design.weights * there
        size = domains.sums(weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = domains.sums(weights * answers) / size
            slope = (answers - domains.spread(mean)) / domains.spread(size)
        if not there.all():
            slope[~there] = 0.0
        if not (size > 0).all():
            slope = np.nan_to_num(slope, nan=0.0, posinf=0.0, neginf=0.0)
        value.append(mean)
        influences.append(Influence(slope, domains.group, domains.count))
        parts.append(count_answers(design, domains, there, answers))
        if replicates is not None:
            pairs += [Influence(v, domains.group, domains.count) for v in (answers, there.astype(np.float64))]
    means = np.concatenate(value)
    matrix = _errors(design, influences, replicates, pairs, lambda sums: _divide(sums, domains.count), means)
    effects = None if deff is None else np.concatenate([part.srs(deff) for part in parts])
    return _result(statistic, names, domains, means, matrix, parts, deff, effects, replicates)


def _check_reference(deff: str | None) -> None:
    if deff is not None and deff not in REFERENCES:
        raise EstimationError(f"deff={deff!r} is not known; choose one of {', '.join(REFERENCES)}")


def _errors(
    design: Design,
    influences: list[Influence],
    replicates: Replicates | None,
    sums: list[Influence],
    statistic: Callable[[Numbers], Numbers],
    value: Numbers,
) -> Numbers:
    """Covariance: linearised by the influences, or of what ``statistic`` makes of the replicates' sums."""
    if replicates is None:
        return covariance(design, influences)
    return replicated_covariance(replicates, design, sums, statistic, value)


def _divide(totals: Numbers, count: int) -> Numbers:
    """Columns come in pairs of blocks: numerators by domain, denominators by domain."""
    blocks = totals.reshape(len(totals), -1, 2, count)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = blocks[:, :, 0, :] / blocks[:, :, 1, :]
    return shares.reshape(len(totals), -1)


def _check_size(value: Numbers, matrix: Numbers, size: Numbers, statistic: str) -> None:
    """Refuse what has outgrown a float: no number where somebody counts. A ratio to a total of 0 may have none."""
    lost = ~np.isfinite(value) & (size > 0) & (statistic != "ratio")
    if lost.any() or np.isinf(matrix).any():
        raise EstimationError("y: answers or weights are too large to reckon with; look for values like 1e300")


def _result(
    statistic: str,
    names: tuple[Any, ...],
    domains: Domains,
    value: Numbers,
    matrix: Numbers,
    parts: list[Counts],
    reference: str | None,
    srs: Numbers | None,
    replicates: Replicates | None,
) -> Estimates:
    # A domain without answers has no estimate; its zero variance would look like certainty.
    empty = np.isnan(value)
    population = np.concatenate([part.size for part in parts])
    _check_size(value, matrix, population, statistic)
    matrix = matrix.copy()
    matrix[empty, :] = np.nan
    matrix[:, empty] = np.nan
    both = len(names) > 1 and domains.group is not None
    one = [
        (name, label) if both else (label if domains.group is not None else name)
        for name in names
        for label in domains.labels
    ]
    with np.errstate(invalid="ignore", divide="ignore"):
        deff = None if srs is None else np.diag(matrix) / srs
    return Estimates(
        statistic=statistic,
        labels=tuple(one),
        value=value,
        covariance=matrix,
        n=np.concatenate([part.n for part in parts]),
        n_missing=np.concatenate([part.n_missing for part in parts]),
        df=np.concatenate([part.df for part in parts]),
        population=population,
        deff=deff,
        deff_reference=reference,
        error_method="linearised" if replicates is None else replicates.kind,
    )
