"""Weights by every method against published examples, scipy and brute force."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lianheng.engine.composite.aggregate import levels_of
from lianheng.engine.composite.ahp import ahp_weights, budget_weights, combine_judgements
from lianheng.engine.composite.chain import State, Step, run_steps
from lianheng.engine.composite.errors import CompositeError
from lianheng.engine.composite.framework import Framework
from lianheng.engine.composite.optimise import optimise_weights
from lianheng.engine.composite.pca import principal_components
from lianheng.engine.composite.reading import Inputs
from lianheng.engine.composite.tables import Table
from lianheng.engine.composite.weighting import critic_weights, effective_weights, entropy_weights

from .asem import CHAIN, inputs, random_table

# Saaty (2008), Int. J. Services Sciences 1(1), table 2: which drink is consumed more in the USA.
DRINKS = [
    ["1", "9", "5", "2", "1", "1", "1/2"],
    ["1/9", "1", "1/3", "1/9", "1/9", "1/9", "1/9"],
    ["1/5", "3", "1", "1/3", "1/4", "1/3", "1/9"],
    ["1/2", "9", "3", "1", "1/2", "1", "1/3"],
    ["1", "9", "4", "2", "1", "2", "1/2"],
    ["1", "9", "3", "1", "1/2", "1", "1/3"],
    ["2", "9", "9", "3", "2", "3", "1"],
]


def test_ahp_gives_the_scale_of_saatys_example() -> None:
    found = ahp_weights(DRINKS)
    assert found.weights == pytest.approx([0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327], abs=6e-4)
    assert found.consistency_ratio == pytest.approx(0.022, abs=1e-3)
    assert found.acceptable


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=8))
def test_a_consistent_matrix_gives_its_weights_back(weights: list[float]) -> None:
    w = np.array(weights)
    found = ahp_weights(w[:, None] / w[None, :])
    assert found.weights == pytest.approx(w / w.sum())
    assert found.consistency_ratio == pytest.approx(0, abs=1e-9)


def test_inconsistent_and_broken_comparisons() -> None:
    circular = ahp_weights([[1, 9, "1/9"], ["1/9", 1, 9], [9, "1/9", 1]])
    assert not circular.acceptable
    for matrix, message in (
        ([[1, 2], [2, 1]], "not each other's inverse"),
        ([[1, 2, 3]], "square"),
        ([[1, -2], [-0.5, 1]], "positive"),
        ([[1, "two"], [1, 1]], "square table of numbers"),
    ):
        with pytest.raises(CompositeError, match=message):
            ahp_weights(matrix)
    both = combine_judgements([[[1, 4], [0.25, 1]], [[1, 1], [1, 1]]])
    assert both[0, 1] == pytest.approx(2)


def test_budget_allocation() -> None:
    found = budget_weights([[60, 40], [20, 80], [40, 60]])
    assert found.weights == pytest.approx([0.4, 0.6])
    assert found.deviation == pytest.approx([0.2, 0.2])
    with pytest.raises(CompositeError, match="expert 2 gives 90 points"):
        budget_weights([[60, 40], [50, 40]])
    with pytest.raises(CompositeError, match="expert 1 gives negative"):
        budget_weights([[-10, 110]])


def test_entropy_agrees_with_scipy() -> None:
    table = random_table(5, gaps=0.1)
    spread = []
    for column in table.values.T:
        values = column[~np.isnan(column)]
        spread.append(1 - stats.entropy(values, base=len(values)))
    assert entropy_weights(table) == pytest.approx(np.array(spread) / sum(spread))
    constant = Table.of(["a", "b"], {"x": [1, 1], "y": [2, 2]})
    assert entropy_weights(constant).tolist() == [0.5, 0.5]
    with pytest.raises(CompositeError, match="negative"):
        entropy_weights(Table.of(["a", "b"], {"x": [-1, 1]}))


def test_critic_agrees_with_numpy() -> None:
    table = random_table(6, n=40)
    x = table.values
    scaled = (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0))
    information = scaled.std(axis=0, ddof=1) * (1 - np.corrcoef(scaled.T)).sum(axis=1)
    assert critic_weights(table) == pytest.approx(information / information.sum())


def test_components_agree_with_the_singular_values_and_have_a_settled_sign() -> None:
    table = random_table(7, n=50)
    found = principal_components(table)
    z = stats.zscore(table.values, ddof=1)
    _, singular, vectors = np.linalg.svd(z, full_matrices=False)
    assert found.sdev == pytest.approx(singular / np.sqrt(49))
    assert np.abs(found.loadings) == pytest.approx(np.abs(vectors.T))
    assert (found.loadings.sum(axis=0) > -1e-9).all()
    assert found.share.sum() == pytest.approx(1)
    assert found.weights == pytest.approx(vectors[0] ** 2)
    mirrored = principal_components(table.with_values(-table.values))
    assert mirrored.loadings == pytest.approx(found.loadings)
    with pytest.raises(CompositeError, match="constant"):
        principal_components(Table.of(list("abc"), {"x": [1, 1, 1], "y": [1, 2, 3]}))


def test_effective_weights_sum_to_1_on_every_level() -> None:
    framework = inputs().framework.with_weights({"LPI": 3.0, "Conn": 2.0})
    found = effective_weights(framework)
    for level in range(1, 5):
        assert sum(found[code] for code in framework.at_level(level)) == pytest.approx(1)
    assert found["LPI"] == pytest.approx(3 / 10 * 1 / 5 * 2 / 3)


def _state(seed: int = 3) -> tuple[State, Framework]:
    framework = Framework.of_groups({"A": ["x"], "B": ["y"], "C": ["z"]})
    rng = np.random.default_rng(seed)
    common = rng.normal(size=60)
    table = Table(
        tuple(f"u{i}" for i in range(60)),
        ("x", "y", "z"),
        np.column_stack([common + 0.4 * rng.normal(size=60), common + rng.normal(size=60), rng.normal(size=60)]),
    )
    given = inputs()
    return State(type(given)(table, framework, table.units, {}, {}), framework, table), framework


@pytest.mark.parametrize("objective", ["balance", "infomax"])
def test_the_optimiser_finds_what_a_grid_over_all_weights_finds(objective: str) -> None:
    state, framework = _state()
    levels = levels_of(framework, "arithmetic", None, 0.0)
    found = optimise_weights(state, levels, 2, objective=objective)
    best = min(
        _objective(state.table.values, np.array([a, b, 100 - a - b]) / 100, objective)
        for a, b in itertools.product(range(0, 101, 2), repeat=2)
        if a + b <= 100
    )
    assert found.objective <= best + 1e-6
    assert found.converged
    assert found.weights.sum() == pytest.approx(1)
    assert (found.weights >= 0).all()
    assert _objective(state.table.values, found.weights, objective) == pytest.approx(found.objective, abs=1e-9)


def _objective(values: np.ndarray, weights: np.ndarray, objective: str) -> float:
    index = values @ weights
    c = np.array([np.corrcoef(column, index)[0, 1] for column in values.T])
    return float(-c.sum()) if objective == "infomax" else float(((1 / 3 - c / c.sum()) ** 2).sum())


def test_targets_are_matched_by_code_and_reached_on_the_public_data() -> None:
    state = run_steps(inputs(), CHAIN[:-1]).state
    levels = levels_of(inputs().framework, "arithmetic", None, 0.0)
    found = optimise_weights(state, levels, 3, targets={"Sust": 1.0, "Conn": 1.2})
    assert found.codes == ("Conn", "Sust")
    assert found.shares == pytest.approx([1.2 / 2.2, 1 / 2.2], abs=1e-4)
    pillars = optimise_weights(state, levels, 2)
    assert (pillars.weights >= 0).all()
    # COINr's unconstrained result at its default tolerance has shares from 0.004 to 0.197.
    assert np.abs(pillars.shares - 1 / 8).max() < 0.12
    with pytest.raises(CompositeError, match="targets name"):
        optimise_weights(state, levels, 3, targets={"Conn": 1.0})
    with pytest.raises(CompositeError, match="bounds"):
        optimise_weights(state, levels, 3, lower=0.6)


@pytest.mark.parametrize(
    "parameters",
    [
        {"method": "equal"},
        {"method": "pca"},
        {"method": "entropy"},
        {"method": "critic"},
        {"method": "critic", "level": 2},
        {"method": "given", "weights": {"LPI": 2.0}},
        {"method": "ahp", "comparisons": {"Index": [["1", "2"], ["1/2", "1"]]}},
        {"method": "budget", "allocations": {"Index": [[70, 30]]}},
        {"method": "optimise", "level": 3},
    ],
)
def test_every_method_runs_as_a_step(parameters: dict[str, object]) -> None:
    steps = (*CHAIN[:-1], Step("weight", parameters), Step("aggregate"))
    state = run_steps(inputs(), steps).state
    assert state.weights is not None
    assert set(state.weights) == set(inputs().framework.codes) - {"Index"}
    assert not np.isnan(state.table.column("Index")).any()
    if parameters["method"] == "ahp":
        assert state.weights["Conn"] == pytest.approx(2 / 3)


def test_a_step_refuses_what_its_method_does_not_know() -> None:
    for parameters, message in (
        ({"method": "equal", "level": 1}, "takes no level"),
        ({"method": "guess"}, "not a method"),
        ({"method": "ahp"}, "needs comparisons"),
        ({"method": "ahp", "comparisons": {"Index": [[1]]}}, "its children are Conn, Sust"),
        ({"method": "given", "weights": {"nothing": 1.0}}, "names nothing"),
    ):
        with pytest.raises(CompositeError, match=message):
            run_steps(inputs(), (Step("weight", parameters), Step("aggregate")))


def test_equal_weights_that_are_the_optimum_are_found_converged() -> None:
    framework = Framework.of_groups({"A": ["x", "y"]})
    table = Table.of(list("abcd"), {"x": [1, 2, 3, 4], "y": [2, 1, 4, 3]})
    state = State.of(Inputs(table, framework, table.units, {}, {}))
    found = optimise_weights(state, levels_of(framework, "arithmetic", None, 0.0), 1)
    assert found.weights == pytest.approx([0.5, 0.5]) and found.converged and not found.warnings
