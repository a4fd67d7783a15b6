"""The engine against a naive oracle, and the explanation against the batch, on random schemes and units."""

from __future__ import annotations

import json
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianheng.engine.scoring.explain import explain
from lianheng.engine.scoring.recompute import recompute
from lianheng.engine.scoring.scheme import Scheme
from lianheng.engine.scoring.score import UnitInput, score_all, score_unit
from lianheng.engine.scoring.tests.building import one_item_scheme, ratio
from lianheng.engine.scoring.tests.generated import random_declaration, random_unit
from lianheng.engine.scoring.tests.oracle import naive_score

pytestmark = pytest.mark.slow

SEEDS = st.integers(0, 2**32)


@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_scores_are_exact_and_equal_the_oracle(seed: int) -> None:
    chance = random.Random(seed)
    data = random_declaration(chance)
    scheme = Scheme.from_dict(data)
    for unit in [random_unit(chance, scheme, clean=True) for _ in range(3)]:
        score = score_unit(scheme, unit)
        assert score.errors == () and score.missing == ()
        total, final, grade = naive_score(data, unit)
        assert score.list_total == total
        assert (None if score.final is None else str(score.final)) == final
        assert score.grade == grade


@settings(max_examples=300, deadline=None)
@given(SEEDS, st.booleans())
def test_the_explanation_recomputes_the_batch_score(seed: int, clean: bool) -> None:
    chance = random.Random(seed)
    scheme = Scheme.from_dict(random_declaration(chance))
    unit = random_unit(chance, scheme, clean=clean)
    [score] = score_all(scheme, [unit])
    explanation = explain(scheme, unit)
    again = recompute(json.loads(json.dumps(explanation.to_dict())))
    assert explanation.recompute() == again.final == score.final
    assert again.grade == score.grade
    if score.final is None:
        return
    assert again.steps == {step.name: step.exact for step in score.steps}
    points = {entry.item.code: entry.earned for entry in score.items}
    assert again.points == {**points, **{entry.code: entry.earned for entry in score.categories}}


@settings(max_examples=200, deadline=None)
@given(SEEDS)
def test_a_score_is_final_or_says_why_not(seed: int) -> None:
    chance = random.Random(seed)
    scheme = Scheme.from_dict(random_declaration(chance))
    score = score_unit(scheme, random_unit(chance, scheme, clean=False))
    assert (score.final is not None) == (score.state == "scored")
    assert (score.grade is not None) == (score.state == "scored")
    if score.state == "no_score":
        assert all(entry.earned is None for entry in score.items)
    assert json.loads(json.dumps(score.to_dict())) == score.to_dict()


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), min_size=2, max_size=2),
    st.integers(1, 99_999),
)
def test_ties_of_fractions_round_up(pairs: list[tuple[int, int]], thousandths: int) -> None:
    """Two ratios, and a third part sized so that the sum comes to rest on or right beside x.xx5."""
    first = Fraction(thousandths, 1000)
    scheme = one_item_scheme(ratio(str(float(first)), "a", "b"), ratio(f"{100 - float(first):.3f}", "c", "d"))
    (a, b), (c, d) = pairs
    unit = UnitInput("u", {f"form.t1_1.{key}": value for key, value in zip("abcd", (a, b, c, d), strict=True)})
    exact = first * min(1, Fraction(a, b)) + (100 - first) * min(1, Fraction(c, d))
    score = score_unit(scheme, unit)
    assert score.list_total == exact
    assert Fraction(score.final or 0) == Fraction((exact * 100 + Fraction(1, 2)).__floor__(), 100)


@given(SEEDS)
def test_raising_a_numerator_never_lowers_the_score(seed: int) -> None:
    chance = random.Random(seed)
    scheme = Scheme.from_dict(random_declaration(chance))
    unit = random_unit(chance, scheme, clean=True)
    before = score_unit(scheme, unit)
    for use in scheme.measures():
        if use.variable[0] != "x" or Fraction(str(unit.values.get(use.code.replace(".x", ".y"), 1))) == 0:
            continue
        raised = {**unit.values, use.code: Fraction(str(unit.values[use.code])).__ceil__() + 1}
        after = score_unit(scheme, UnitInput("u", raised, unit.judged, unit.events, unit.quarters, unit.list_score))
        assert (after.list_total or 0) >= (before.list_total or 0)
