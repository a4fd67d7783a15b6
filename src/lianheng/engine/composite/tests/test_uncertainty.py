"""Replicates: shared steps give what a full run gives; failures, resuming, seeds, statistics; Sobol indices."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lianheng.engine.composite import blocks
from lianheng.engine.composite.chain import Step, run_steps
from lianheng.engine.composite.design import (
    Assumption,
    assumption_from,
    choices_of,
    noise_factors,
    sobol_points,
    vary,
    vary_between,
    vary_step,
    vary_weights,
)
from lianheng.engine.composite.errors import CompositeError
from lianheng.engine.composite.leave_one_out import leave_one_out
from lianheng.engine.composite.ranking import ranks
from lianheng.engine.composite.sensitivity import (
    analyse_sensitivity,
    exact_sensitivity,
    sobol_from_outputs,
)
from lianheng.engine.composite.uncertainty import analyse_uncertainty

from .asem import CHAIN, full_run, inputs


def _four() -> list[Assumption]:
    return [
        vary("Winmax", CHAIN, "treat", "winmax", [1, 2, 3, 4, 5]),
        vary_step(
            "Normalisation",
            CHAIN,
            "normalise",
            [{"method": "minmax", "range": [1, 100]}, {"method": "zscore", "m": 10, "s": 2}],
        ),
        vary_weights("Weights", 0.25, [2, 3], 100),
        vary("Aggregation", CHAIN, "aggregate", "method", ["arithmetic", "geometric"]),
    ]


def test_every_replicate_is_what_a_full_run_with_its_parameters_gives() -> None:
    assumptions = _four()
    found = analyse_uncertainty(inputs(), CHAIN, assumptions, replicates=24, seed=5)
    codes, factors = noise_factors(assumptions[2], inputs().framework, 5)
    for number, choice in enumerate(found.choices):
        steps = list(CHAIN)
        steps[3] = steps[3].with_parameters(assumptions[0].parameters(choice[0]))
        steps[4] = Step("normalise", assumptions[1].parameters(choice[1]))
        weights = inputs().framework.weights() | {
            code: 1.0 * factor for code, factor in zip(codes, factors[int(choice[2])], strict=True)
        }
        weights.pop("Index")
        steps[5] = Step("aggregate", {**assumptions[3].parameters(choice[3]), "weights": weights})
        scores = run_steps(inputs(), steps).table.column("Index")
        assert np.array_equal(found.scores[number], scores)
        assert found.ranks[number].tolist() == ranks(scores).tolist()


def test_rank_statistics_agree_with_numpy() -> None:
    found = analyse_uncertainty(inputs(), CHAIN, _four(), replicates=101, seed=1)
    table, stats = found.ranks.astype(float), found.statistics
    assert stats.nominal.tolist() == ranks(full_run().table.column("Index")).tolist()
    assert stats.mean == pytest.approx(table.mean(axis=0))
    assert stats.median == pytest.approx(np.median(table, axis=0))
    assert stats.q5 == pytest.approx(np.quantile(table, 0.05, axis=0))
    assert stats.q95 == pytest.approx(np.quantile(table, 0.95, axis=0))
    assert found.probability_at_most(10) == pytest.approx((table <= 10).mean(axis=0))
    counts = found.rank_counts()
    assert (counts.sum(axis=1) == 101).all()
    assert counts[0, int(table[0, 0]) - 1] >= 1
    assert found.mean_rank_changes == pytest.approx(np.abs(table - stats.nominal).mean(axis=1))


def test_the_ranks_are_about_those_that_coinr_prints() -> None:
    # sensitivity.html: RankStats of 100 replicates of plain Monte Carlo (standard error of a mean rank up to 0.25) with
    # one draw of 100 weight sets (which moves a mean by another 0.2).
    stats = analyse_uncertainty(inputs(), CHAIN, _four(), replicates=1024, seed=2).statistics
    rows = [inputs().table.units.index(unit) for unit in ("AUS", "AUT", "BEL", "BGD", "BGR", "BRN")]
    assert stats.nominal[rows].tolist() == [35, 7, 5, 46, 30, 40]
    assert stats.mean[rows] == pytest.approx([35.28, 7.00, 5.15, 45.46, 27.59, 40.07], abs=0.9)
    assert stats.median[rows] == pytest.approx([35, 7, 5, 46, 28, 40], abs=1)
    assert stats.q5[rows] == pytest.approx([34, 5.95, 3, 41, 24, 37], abs=1.01)
    assert stats.q95[rows] == pytest.approx([38, 9, 9, 48, 30, 45], abs=1.01)


def test_equal_seeds_give_equal_results_and_growing_keeps_the_first_replicates() -> None:
    first = analyse_uncertainty(inputs(), CHAIN, _four(), replicates=20, seed=3)
    again = analyse_uncertainty(inputs(), CHAIN, _four(), replicates=40, seed=3)
    other = analyse_uncertainty(inputs(), CHAIN, _four(), replicates=20, seed=4)
    assert np.array_equal(first.scores, again.scores[:20])
    assert not np.array_equal(first.choices, other.choices)


def test_a_failed_replicate_is_reported_and_not_fatal() -> None:
    # Min-max to 0..100 has a 0, which the geometric mean cannot take.
    ranges = vary("Range", CHAIN, "normalise", "range", [[0, 100], [1, 100]])
    means = vary("Mean", CHAIN, "aggregate", "method", ["arithmetic", "geometric"])
    found = analyse_uncertainty(inputs(), CHAIN, [ranges, means], replicates=32, seed=0)
    bad = [number for number, choice in enumerate(found.choices) if choice.tolist() == [0, 1]]
    assert sorted(found.failures) == bad
    assert len(bad) == 8
    assert "geometric mean needs values above 0" in found.failures[bad[0]]
    assert found.parameters(bad[0]) == {"Range": "[0, 100]", "Mean": "geometric"}
    assert np.isnan(found.scores[bad]).all()
    assert (found.statistics.count == 24).all()
    assert np.isnan(found.mean_rank_changes[bad]).all()


def test_one_failing_weight_set_does_not_take_its_neighbours_along() -> None:
    # z-scores are negative for some units; an arithmetic pillar may be above 0 for one weight set, not for another.
    steps = (
        Step("impute"),
        Step("normalise", {"method": "zscore", "m": 1.05}),
        Step("aggregate", {"method": ["arithmetic", "arithmetic", "geometric"]}),
    )
    found = analyse_uncertainty(inputs(), steps, [vary_weights("W", 1.0, [2], 40)], replicates=64, seed=1)
    assert 0 < len(found.failures) < 64


def test_when_everything_fails_the_first_reason_is_told() -> None:
    means = vary("Mean", CHAIN, "aggregate", "method", ["geometric"])
    with pytest.raises(CompositeError, match=r"every replicate failed.*geometric"):
        analyse_uncertainty(inputs(), CHAIN, [means], replicates=4)


def test_a_run_that_was_cut_off_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = analyse_uncertainty(inputs(), CHAIN, _four(), replicates=1100, seed=7)
    calls = []
    real = blocks.run_variants

    def counted(*arguments: object, **named: object) -> object:
        calls.append(len(arguments[3]))  # type: ignore[arg-type]
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(blocks, "run_variants", counted)
    with pytest.raises(KeyboardInterrupt):
        analyse_uncertainty(inputs(), CHAIN, _four(), replicates=1100, seed=7, store=tmp_path)
    assert len(list(tmp_path.glob("*.npz"))) == 2
    # A block that was being written when the machine stopped is made again.
    next(tmp_path.glob("*.npz")).write_bytes(b"cut")
    resumed = analyse_uncertainty(inputs(), CHAIN, _four(), replicates=1100, seed=7, store=tmp_path)
    assert calls == [512, 512, 76, 512, 76]
    assert np.array_equal(resumed.scores, whole.scores)
    changed = analyse_uncertainty(inputs(), CHAIN[1:], [_four()[2]], replicates=20, seed=7, store=tmp_path)
    assert len(calls) == 6
    assert changed.scores.shape == (20, 51)


def test_alternatives_are_cut_evenly_and_one_is_allowed() -> None:
    points = sobol_points(256, 3, seed=0)
    chosen = choices_of([vary("a", CHAIN, 4, "winmax", [1, 2, 3, 4]), vary("b", CHAIN, "treat", "winmax", [5])], points)
    assert np.bincount(chosen[:, 0].astype(int)).tolist() == [64] * 4
    assert (chosen[:, 1] == 0).all()
    low, high = choices_of([vary_between("c", CHAIN, "screen", "dat_thresh", 0.2, 0.4)], points)[[0, 1], 0]
    assert 0.2 <= low < 0.4
    assert 0.2 <= high < 0.4


def test_noise_keeps_its_bounds() -> None:
    codes, factors = noise_factors(vary_weights("w", 0.25, [2, 3], 50), inputs().framework, 1)
    assert len(codes) == 10
    assert factors.shape == (50, 10)
    assert factors.min() >= 0.75
    assert factors.max() <= 1.25
    with pytest.raises(CompositeError, match="levels 1 to 4"):
        noise_factors(vary_weights("w", 0.25, [5]), inputs().framework, 1)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"name": "x", "step": "treat", "parameter": "winmx", "values": [1]}, "unknown key 'winmx'"),
        ({"name": "x", "step": "trim", "parameter": "winmax", "values": [1]}, "there is no step 'trim'"),
        ({"name": "x", "step": 9, "parameter": "winmax", "values": [1]}, "there is no step 9"),
        ({"name": "x", "noise": 1.5, "levels": [2]}, "share from 0 to 1"),
        ({"name": "x", "noise": 0.1, "levels": []}, "levels is a list"),
        ({"name": "x", "noise": 0.1, "levels": [2], "values": [1]}, "exactly one of"),
        ({"name": "x", "step": "treat", "parameter": "winmax", "values": []}, "at least one value"),
        ({"name": "x", "step": "screen", "parameter": "dat_thresh", "between": [0.5, 0.2]}, "is empty"),
        ({"step": "treat"}, "needs a name"),
        ({"name": "x", "depth": 1}, "unknown key 'depth'"),
    ],
)
def test_a_wrong_assumption_is_refused(raw: dict[str, object], message: str) -> None:
    with pytest.raises(CompositeError, match=message):
        assumption_from(raw, "assumption 1", CHAIN)


def test_screening_thresholds_may_vary_and_units_come_and_go() -> None:
    steps = (Step("screen", {"dat_thresh": 0.8}), Step("normalise"), Step("aggregate"))
    found = analyse_uncertainty(
        inputs(), steps, [vary("Threshold", steps, "screen", "dat_thresh", [0.8, 0.95])], replicates=16, seed=0
    )
    strict = found.choices[:, 0] == 1
    assert (found.ranks[strict] == 0).sum() > 0
    assert (found.statistics.count < 16).any()
    assert not found.failures


def test_exact_indices_of_the_four_assumptions() -> None:
    # All 2,000 combinations with COINr's own weight sets: .030/.050, .091/.284, .112/.187, .548/.729; other sets of 100
    # draws move these by about .002, .011, .014, .017 (first order) and .002, .017, .017, .014 (total).
    found = exact_sensitivity(inputs(), CHAIN, _four(), seed=11).indices
    assert found.first_order == pytest.approx([0.030, 0.091, 0.112, 0.548], abs=0.05)
    assert found.total == pytest.approx([0.050, 0.284, 0.187, 0.729], abs=0.05)
    assert (found.total > found.first_order).all()


def test_sampled_indices_come_near_the_exact_ones_of_the_same_weight_sets() -> None:
    exact = exact_sensitivity(inputs(), CHAIN, _four(), seed=3).indices
    found = analyse_sensitivity(inputs(), CHAIN, _four(), replicates=1024, seed=3, bootstrap=200)
    assert found.runs == 1024 * 6
    assert found.indices.first_order == pytest.approx(exact.first_order, abs=0.04)
    assert found.indices.total == pytest.approx(exact.total, abs=0.04)
    assert (found.indices.total_low <= found.indices.total).all()
    assert (found.indices.total <= found.indices.total_high).all()
    assert found.uncertainty is not None
    assert len(found.uncertainty.choices) == 2048


def _ishigami(x: np.ndarray) -> np.ndarray:
    return np.sin(x[..., 0]) + 7 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0])


def test_indices_of_a_function_with_known_ones() -> None:
    # Ishigami and Homma (1990), a = 7, b = 0.1: S = .3139, .4424, 0; ST = .5576, .4424, .2437.
    points = (sobol_points(4096, 6, seed=0) * 2 - 1) * np.pi
    a, b = points[:, :3], points[:, 3:]
    mixed = np.array([_ishigami(np.where(np.arange(3) == j, b, a)) for j in range(3)])
    found = sobol_from_outputs(_ishigami(a), _ishigami(b), mixed, bootstrap=100, seed=1)
    assert found.first_order == pytest.approx([0.3139, 0.4424, 0.0], abs=0.02)
    assert found.total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.02)
    # scipy's estimator and the one written out (a design that lost a row) are the same formulas.
    shorter = sobol_from_outputs(_ishigami(a)[:-1], _ishigami(b)[:-1], mixed[:, :-1], bootstrap=0)
    assert shorter.total == pytest.approx(found.total, abs=2e-3)
    plain = sobol_from_outputs(_ishigami(a), _ishigami(b), mixed, bootstrap=0, centred=False)
    y_a, y_b = _ishigami(a), _ishigami(b)
    v = np.concatenate([y_a, y_b]).var(ddof=1)
    assert plain.first_order[0] == pytest.approx((y_b * (mixed[0] - y_a)).mean() / v)
    assert plain.total[2] == pytest.approx(((y_a - mixed[2]) ** 2).sum() / (2 * 4096 * v))


def test_failed_runs_drop_their_row_from_all_matrices() -> None:
    ranges = vary("Range", CHAIN, "normalise", "range", [[0, 100], [1, 100], [5, 100], [10, 100]])
    means = vary("Mean", CHAIN, "aggregate", "method", ["arithmetic", "geometric"])
    found = analyse_sensitivity(inputs(), CHAIN, [ranges, means], replicates=64, seed=0, bootstrap=50)
    assert found.dropped
    assert found.y_ab.shape == (2, 64 - len(found.dropped))
    assert np.isfinite(found.indices.total).all()
    with pytest.raises(CompositeError, match="combinations failed"):
        exact_sensitivity(inputs(), CHAIN, [ranges, means])


def test_no_variance_leaves_the_indices_undefined() -> None:
    one = [vary("a", CHAIN, "treat", "winmax", [5]), vary("b", CHAIN, "treat", "skew_thresh", [2.0])]
    found = analyse_sensitivity(inputs(), CHAIN, one, replicates=8)
    assert np.isnan(found.indices.total).all()
    assert found.indices.variance == 0


@pytest.mark.parametrize("steps", [CHAIN, (Step("impute", {"impute_by": "row", "group_level": 2}), *CHAIN[2:])])
def test_leaving_out_an_indicator_equals_a_run_without_it(steps: tuple[Step, ...]) -> None:
    found = leave_one_out(inputs(), steps)
    assert len(found.codes) == 49
    for code in ("LPI", "TBTs", "NEET"):
        smaller = inputs().framework.without([code])
        reduced = replace(inputs(), framework=smaller, table=inputs().table.select_codes(smaller.indicators))
        run = run_steps(reduced, steps)
        expected = ranks(run.table.column("Index"))
        row = found.codes.index(code)
        assert found.ranks[row][run.table.rows].tolist() == expected.tolist()
    changes = found.nominal_ranks - found.ranks
    assert found.mean_change == pytest.approx(np.nanmean(np.abs(changes), axis=1))


def test_leaving_out_a_pillar_and_an_only_child() -> None:
    found = leave_one_out(inputs(), CHAIN, level=2)
    assert found.codes == inputs().framework.at_level(2)
    assert not found.failures
    with pytest.raises(CompositeError, match="levels 1 to 3"):
        leave_one_out(inputs(), CHAIN, level=4)


def test_seeds_are_not_negative_and_a_ranking_must_be_there() -> None:
    with pytest.raises(CompositeError, match="the seed is -1"):
        analyse_uncertainty(inputs(), CHAIN, _four(), replicates=8, seed=-1)
    sparse = inputs().table.values.copy()
    sparse[:, ::2] = np.nan
    gaps = replace(inputs(), table=inputs().table.with_values(sparse))
    steps = (Step("normalise"), Step("aggregate", {"min_available": 1.0}))
    with pytest.raises(CompositeError, match="no unit has an index"):
        analyse_uncertainty(gaps, steps, [vary_weights("W", 0.1, [2])], replicates=8)


def test_resamples_that_do_not_vary_are_left_out_of_the_intervals() -> None:
    y_a, y_b = np.array([1.0, 1.0, 1.0, 2.0]), np.array([1.0, 1.0, 1.0, 1.0])
    found = sobol_from_outputs(y_a, y_b, np.array([y_b, y_a]), bootstrap=50)
    assert np.isfinite(found.total_low).all()
    assert (found.total_low <= found.total_high).all()
