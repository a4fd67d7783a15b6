"""Weights that give each element the influence wanted, found within bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .aggregate import Level, resolve_weights
from .chain import State
from .correlations import correlation
from .errors import CompositeError
from .replicates import index_scores
from .tables import Floats

TOLERANCE = 1e-8
ITERATIONS = 500


@dataclass(frozen=True, eq=False)
class OptimisedWeights:
    """The best weights found.

    ``correlations`` and ``shares`` (c and c/Σc) stand in the order of ``codes``; ``converged`` says whether the solver
    met its tolerance at the best point; ``at_bound`` names elements on a bound.
    """

    codes: tuple[str, ...]
    weights: Floats
    correlations: Floats
    shares: Floats
    objective: float
    converged: bool
    starts: int
    at_bound: tuple[str, ...]
    warnings: tuple[str, ...]


def optimise_weights(
    state: State,
    levels: Sequence[Level],
    level: int,
    *,
    objective: str = "balance",
    targets: Mapping[str, float] | None = None,
    correlation_kind: str = "pearson",
    lower: float = 0.0,
    upper: float = 1.0,
    weights: Mapping[str, float] | None = None,
) -> OptimisedWeights:
    """Choose the weights of one level so that the index goes with its elements as wanted.

    Parameters
    ----------
    state : State
        With the normalised table.
    levels : sequence of Level
        How the index is aggregated.
    level : int
        The level whose weights are chosen; the other weights stay.
    objective : {"balance", "infomax"}
        balance: minimise Σ(t − c/Σc)², c_j the correlation of element j with the index. infomax: maximise Σc.
    targets : mapping, optional
        balance: wanted shares by code, not negative, brought to sum 1; default equal.
    correlation_kind : {"pearson", "spearman", "kendall"}
        Pairwise complete.
    lower, upper : float
        Bounds of every weight (weights sum to 1 over the level).
    weights : mapping, optional
        Present weights; default those of the state or structure.

    Returns
    -------
    OptimisedWeights
        The best of several starts (targets, equal, present, one per element). SLSQP stops when the objective changes by
        less than 1e-8, at most 500 iterations each.

    References
    ----------
    COINr `get_opt_weights`, whose unconstrained Nelder–Mead with tolerance 0.1 stops at once and matches values and
    weights in different orders. Becker et al. (2017), Ecological Indicators 80.
    """
    problem = _Problem(state, levels, level, objective, targets, correlation_kind, weights)
    k = len(problem.codes)
    if not 0 <= lower <= 1 / k <= upper <= 1:
        raise CompositeError(f"bounds {lower:g} and {upper:g} leave no weights that sum to 1 over {k} elements")
    best, converged, starts = _search(problem, lower, upper)
    c = problem.correlations(best)
    warnings = []
    if not (c > 0).all():
        warnings.append("some elements go against the index; shares of influence mean nothing then")
    if not converged:
        warnings.append("the solver did not meet its tolerance; the best point found is given")
    touched = tuple(code for code, w in zip(problem.codes, best, strict=True) if w <= lower + 1e-9 or w >= upper - 1e-9)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = c / c.sum()
    return OptimisedWeights(
        problem.codes, best, c, shares, problem.value(best), converged, starts, touched, tuple(warnings)
    )


class _Problem:
    def __init__(
        self,
        state: State,
        levels: Sequence[Level],
        level: int,
        objective: str,
        targets: Mapping[str, float] | None,
        kind: str,
        weights: Mapping[str, float] | None,
    ) -> None:
        if objective not in ("balance", "infomax"):
            raise CompositeError(f"objective is {objective!r}; use balance or infomax")
        framework = state.framework
        if not 1 <= level < framework.height:
            raise CompositeError(
                f"level is {level}; the weights below the index stand on levels 1 to {framework.height - 1}"
            )
        self.state, self.levels, self.objective, self.kind = state, levels, objective, kind
        self.codes = framework.at_level(level)
        self.present = resolve_weights(framework, weights if weights is not None else state.weights)
        self.targets = self._targets(targets)
        scores = _scores(state, levels, self.present)
        self.elements = [scores[code] for code in self.codes]
        # What lies at or below the level does not change with its weights.
        self.known = {code: column for code, column in scores.items() if framework[code].level <= level}

    def _targets(self, targets: Mapping[str, float] | None) -> Floats:
        if targets is None:
            return np.full(len(self.codes), 1.0 / len(self.codes))
        if set(targets) != set(self.codes):
            raise CompositeError(f"targets name {', '.join(targets)}; the level has {', '.join(self.codes)}")
        wanted = np.array([targets[code] for code in self.codes], dtype=np.float64)
        if (wanted < 0).any() or not wanted.sum() > 0:
            raise CompositeError("targets are not negative and not all 0")
        result: Floats = wanted / wanted.sum()
        return result

    def start(self) -> Floats:
        own = np.array([self.present[code] for code in self.codes])
        result: Floats = own / own.sum()
        return result

    def correlations(self, weights: Floats) -> Floats:
        own = dict(self.present) | dict(zip(self.codes, np.maximum(weights, 0.0).tolist(), strict=True))
        index = index_scores(self.state, self.levels, own, self.known)
        return np.array([correlation(element, index, kind=self.kind)[0] for element in self.elements])

    def value(self, weights: Floats) -> float:
        c = np.nan_to_num(self.correlations(weights))
        if self.objective == "infomax":
            return float(-c.sum())
        total = c.sum()
        if abs(total) < 1e-12:
            return 1e6
        return float(((self.targets - c / total) ** 2).sum())


def _scores(state: State, levels: Sequence[Level], weights: Mapping[str, float]) -> dict[str, Floats]:
    from .aggregate import aggregate_levels

    table = aggregate_levels(state.table, state.framework, levels, weights)
    return {code: table.column(code) for code in table.codes}


def _search(problem: _Problem, lower: float, upper: float) -> tuple[Floats, bool, int]:
    from scipy.optimize import minimize

    k = len(problem.codes)
    equal = np.full(k, 1.0 / k)
    starts = [problem.targets, equal, problem.start()]
    # From equal weights towards each element in turn.
    starts += [0.5 * equal + 0.5 * np.eye(k)[place] for place in range(k)] if k <= 12 else []
    distinct = {tuple(np.round(start, 9)): start for start in starts}
    candidates: list[tuple[float, Floats, bool]] = [(problem.value(equal), equal, False)]
    for start in distinct.values():
        found = minimize(
            problem.value,
            np.clip(start, lower, upper),
            method="SLSQP",
            bounds=[(lower, upper)] * k,
            constraints=[{"type": "eq", "fun": lambda w: w.sum() - 1.0}],
            options={"ftol": TOLERANCE, "maxiter": ITERATIONS},
        )
        w = np.clip(found.x, lower, upper)
        if abs(w.sum() - 1.0) < 1e-6:
            w = w / w.sum()
            candidates.append((problem.value(w), w, bool(found.success)))
    lowest, best, _ = min(candidates, key=lambda each: each[0])
    # The best point may be equal weights themselves: it is an optimum if the solver ends nowhere lower.
    converged = any(success and value <= lowest + TOLERANCE for value, _, success in candidates)
    return best, converged, len(distinct)
