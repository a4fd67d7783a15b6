"""Confirmed events after the list score: deductions with caps, bonus, vetoes, zeroed items, once for each event."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from lianheng.engine.scoring.score import Event, Score
from lianheng.engine.scoring.tests.building import (
    at,
    category,
    index_scheme,
    item,
    loss,
    ratio,
    scheme_of,
    score_values,
)


def with_events(*events: Event, score: Any = 95, **other: Any) -> Score:
    return at(index_scheme(**other), score, events=events)


@pytest.mark.parametrize(
    ("found", "mended", "lost"),
    [
        ("outside", False, 2),
        ("outside", True, 2),
        ("self", True, 0),
        ("self", False, 2),
        ("concealed", False, 4),
        ("concealed", True, 4),
    ],
)
def test_d1_depends_on_who_found_it(found: str, mended: bool, lost: int) -> None:
    assert with_events(Event("e", "D1", found, mended)).final == 95 - lost


def test_d1_stops_at_its_cap() -> None:
    events = [Event(f"e{n}", "D1", "concealed") for n in range(3)]
    assert with_events(*events).final == 85


def test_d2_counts_whole_blocks_of_30_days_of_each_finding() -> None:
    events = [Event(f"e{days}", "D2", days_overdue=days) for days in (29, 30, 59, 60)]
    assert with_events(*events).final == 93
    assert with_events(Event("e", "D2", days_overdue=3000)).final == 90


@pytest.mark.parametrize("days", [None, -1, 3.5])
def test_d2_needs_days(days: Any) -> None:
    assert with_events(Event("e", "D2", days_overdue=days)).state == "error"


def test_d3_takes_five_each_without_cap() -> None:
    assert with_events(*(Event(f"e{n}", "D3") for n in range(4))).final == 75


def test_d4_sets_the_item_to_zero_then_takes_five() -> None:
    scheme = scheme_of(category("T1", 100, item("T1.1", 20, ratio(20)), item("T1.2", 80, ratio(80))))
    values = {"form.t1_1.x": 1, "form.t1_1.y": 1, "form.t1_2.x": 1, "form.t1_2.y": 1}
    score = score_values(scheme, values, events=[Event("e", "D4", item="T1.1")])
    zeroed = score.items[0]
    assert (zeroed.computed, zeroed.earned, zeroed.basis) == (20, 0, "zeroed")
    assert score.final == 75
    twice = [Event("e", "D4", item="T1.1"), Event("f", "D4", item="T1.1")]
    assert score_values(scheme, values, events=twice).final == 70


def test_d4_comes_before_what_assessors_gave_and_counts_an_item_that_did_not_apply() -> None:
    scheme = scheme_of(category("T1", 100, item("T1.1", 20, ratio(20)), item("T1.2", 80, ratio(80))))
    values = {"form.t1_1.x": 0, "form.t1_1.y": 0, "form.t1_2.x": 1, "form.t1_2.y": 1}
    events = [Event("e", "D4", item="T1.1")]
    assert score_values(scheme, values, events=events, judged={"T1.1": 18}).final == 75


@pytest.mark.parametrize("code", [None, "T9.9"])
def test_d4_must_name_its_item(code: str | None) -> None:
    assert with_events(Event("e", "D4", item=code)).state == "error"


def test_a_negative_row_can_deduct() -> None:
    assert with_events(Event("e", "N-T2"), Event("f", "N-T2")).final == 89
    capped = [{"code": "N-T2", "name": "无久拖不决", "effect": "deduction", "points": 3, "cap": 4}]
    assert with_events(Event("e", "N-T2"), Event("f", "N-T2"), negatives=capped).final == 91


def test_a_negative_row_can_be_shown_only() -> None:
    score = with_events(Event("e", "N-T3"))
    assert (score.final, score.grade, score.vetoes) == (95, "优秀", ())
    assert [(row.code, row.events) for row in score.tally.shown] == [("N-T3", ("e",))]


def test_bonus_stops_at_its_cap() -> None:
    assert [with_events(*(Event(f"e{k}", "B1") for k in range(n)), score=50).final for n in range(5)] == [
        50,
        52,
        54,
        55,
        55,
    ]


def test_a_veto_caps_the_grade_and_leaves_the_score_visible() -> None:
    score = with_events(Event("e", "V1"))
    assert (score.final, score.threshold_grade, score.grade) == (95, "优秀", "较差")
    assert [(veto.code, veto.cap, veto.events) for veto in score.vetoes] == [("V1", "较差", ("e",))]


def test_the_lowest_cap_holds_and_a_cap_never_raises_a_grade() -> None:
    assert with_events(Event("e", "N-T1"), Event("f", "V1")).grade == "较差"
    assert with_events(Event("e", "N-T1"), score=65).grade == "较差"


@pytest.mark.parametrize(("score", "vetoed"), [("59.99", True), ("59.995", False), (60, False)])
def test_v2_looks_at_the_rounded_list_score(score: Any, vetoed: bool) -> None:
    assert [veto.code for veto in at(index_scheme(), score).vetoes] == (["V2"] if vetoed else [])


@pytest.mark.parametrize(("list_score", "grade"), [(59, "合格"), (60, "优秀"), (None, "优秀")])
def test_v2_in_an_evaluation_looks_at_the_units_list_score(list_score: Any, grade: str) -> None:
    assert at(index_scheme(kind="evaluation"), 95, list_score=list_score).grade == grade


def test_one_event_costs_points_once_under_the_item_that_names_it() -> None:
    scheme = scheme_of(category("T1", 100, item("T1.1", 100, loss(100, 7))))
    both = [Event("case-1", "T1.1"), Event("case-1", "D1")]
    score = score_values(scheme, {"events.t1_1.n": 1}, events=both)
    assert (score.final, score.deductions) == (93, ())
    apart = [Event("case-1", "T1.1"), Event("case-2", "D1")]
    assert score_values(scheme, {"events.t1_1.n": 1}, events=apart).final == 91


def test_an_event_of_an_item_is_not_deducted_again() -> None:
    scheme = scheme_of(category("T1", 100, item("T1.1", 100, loss(100, 7))))
    assert score_values(scheme, {"events.t1_1.n": 1}, events=[Event("e", "T1.1")]).final == 93


@pytest.mark.parametrize(
    "events",
    [
        [Event("e", "D1"), Event("e", "D1")],
        [Event("e", "D1"), Event("e", "D3")],
        [Event("e", "D1"), Event("e", "N-T2")],
    ],
)
def test_one_event_under_two_kinds_that_cost_is_refused(events: list[Event]) -> None:
    score = with_events(*events)
    assert score.final is None
    assert "事件 e" in score.errors[0]


def test_one_event_may_cost_points_and_veto() -> None:
    score = with_events(Event("e", "D1"), Event("e", "V1"))
    assert (score.final, score.grade) == (93, "较差")


@pytest.mark.parametrize("event", [Event("e", "D9"), Event("e", "T1.1"), Event("e", ""), Event("e", "D1", "rumour")])
def test_events_that_fit_no_rule_are_refused(event: Event) -> None:
    score = with_events(event)
    assert (score.final, score.state) == (None, "error")
    assert "事件 e" in score.errors[0]


def test_the_order_of_events_does_not_matter() -> None:
    events = [Event("a", "D1"), Event("b", "D3"), Event("c", "B1"), Event("d", "V1"), Event("e", "D2", days_overdue=40)]
    assert with_events(*events).to_dict() == with_events(*reversed(events)).to_dict()


def test_a_line_names_its_terms_cap_and_amount() -> None:
    [line] = with_events(
        Event("a", "D1", "concealed"), Event("b", "D1", "concealed"), Event("c", "D1", "concealed")
    ).deductions
    assert line.terms == (("外部查处", 2, 0), ("自查自纠", 0, 0), ("隐瞒不报", 4, 3))
    assert (line.cap, line.amount, line.events) == (Fraction(10), 10, ("a", "b", "c"))
