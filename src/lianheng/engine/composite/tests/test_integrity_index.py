"""清廉指数: three dimensions, nine aspects, 27 indicators; goalposts, contributions to the peers, a missing aspect."""

import numpy as np
import pytest

from lianheng.engine.composite.aggregate import levels_of
from lianheng.engine.composite.contributions import explain_difference, peer_mean, stack_rows
from lianheng.engine.composite.framework import Framework
from lianheng.engine.composite.incremental import FrozenIndex
from lianheng.engine.composite.normalise import NormaliseSpec, normalise
from lianheng.engine.composite.profiles import unit_summary
from lianheng.engine.composite.tables import Table

ASPECTS = {"不敢为": ("执纪问责", "权力监督", "预防状况"), "不能为": ("制度治党", "制度管权", "制度治吏")}
ASPECTS |= {"不想为": ("制度倡廉", "清廉教育", "公众参与")}
WEIGHTS = {"不敢为": 0.30, "不能为": 0.35, "不想为": 0.35}
LOWER_IS_BETTER = ("I1.3", "I5.3")


def _framework() -> Framework:
    rows: list[dict[str, object]] = []
    aspects = [aspect for group in ASPECTS.values() for aspect in group]
    for number, aspect in enumerate(aspects, start=1):
        for each in (1, 2, 3):
            code = f"I{number}.{each}"
            direction = -1 if code in LOWER_IS_BETTER else 1
            rows.append(_row(1, code, aspect, "Indicator", 1.0, direction))
    rows += [_row(2, aspect, dimension, "Aggregate", 1.0) for dimension, group in ASPECTS.items() for aspect in group]
    rows += [_row(3, dimension, "清廉指数", "Aggregate", weight) for dimension, weight in WEIGHTS.items()]
    return Framework.from_rows([*rows, _row(4, "清廉指数", "", "Aggregate", 1.0)])


def _row(level: int, code: str, parent: str, kind: str, weight: float, direction: int = 1) -> dict[str, object]:
    return {
        "Level": level,
        "iCode": code,
        "Parent": parent,
        "Type": kind,
        "Weight": weight,
        "Direction": direction,
    }


@pytest.fixture
def index() -> tuple[FrozenIndex, Table]:
    framework = _framework()
    rng = np.random.default_rng(20261122)
    shares = rng.uniform(0.3, 1.0, size=(20, 27))
    # One institution has no data at all on 公众参与.
    shares[4, 24:] = np.nan
    raw = Table(tuple(f"S{row:02d}" for row in range(20)), framework.indicators, shares)
    rules = normalise(raw, framework, NormaliseSpec(method="goalposts", lo=0.2, hi=0.95, a=100)).rules
    levels = levels_of(framework, "arithmetic", None, 0.0)
    return FrozenIndex(framework, rules, levels, framework.weights()), raw


def test_nine_aspects_and_no_data_is_not_zero(index: tuple[FrozenIndex, Table]) -> None:
    frozen, raw = index
    scores = frozen.scores(raw)
    lines = {line.code: line for line in unit_summary(scores, frozen.framework, "S04")}
    assert len([code for code in lines if code in frozen.framework.at_level(2)]) == 9
    assert np.isnan(lines["公众参与"].score)
    assert np.isnan(lines["公众参与"].rank)
    assert lines["不想为"].score == pytest.approx((lines["制度倡廉"].score + lines["清廉教育"].score) / 2)


def test_contributions_add_to_the_difference_from_the_peer_mean(index: tuple[FrozenIndex, Table]) -> None:
    frozen, raw = index
    scores = frozen.scores(raw)
    peers = peer_mean(scores, frozen.framework, frozen.levels, frozen.weights)
    stacked = stack_rows(scores, peers)
    for unit in range(20):
        found = explain_difference(stacked, frozen.framework, frozen.levels, frozen.weights, unit, 20)
        total = sum(part.amount for part in found.contributions)
        assert abs(total - found.difference) < 1e-9
    gap = explain_difference(stacked, frozen.framework, frozen.levels, frozen.weights, 4, 20)
    assert {part.code for part in gap.contributions if part.availability} >= {"公众参与"}


def test_a_share_above_the_ceiling_scores_100_and_a_rate_of_repeats_is_turned(index: tuple[FrozenIndex, Table]) -> None:
    frozen, _ = index
    codes = frozen.framework.indicators
    one = Table(("x",), codes, np.full((1, 27), 0.97))
    scores = frozen.scores(one)
    assert scores.column("I1.1")[0] == 100
    assert scores.column("I1.3")[0] == 0
    assert scores.column("不敢为")[0] == pytest.approx((200 / 3 + 100 + 100) / 3)
