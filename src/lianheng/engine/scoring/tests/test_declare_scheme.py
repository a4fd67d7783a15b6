"""A declaration is checked as a whole; every problem is named at once, with its place."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from lianheng.engine.scoring.scheme import Scheme, SchemeError
from lianheng.engine.scoring.tests.building import (
    GRADES,
    NEGATIVES,
    RULES,
    category,
    declare,
    index_scheme,
    item,
    loss,
    messages,
    problems_of,
    ratio,
    scheme_of,
)


def good(**other: Any) -> dict[str, Any]:
    return declare(
        category("T1", 60, item("T1.1", 20, ratio(12), loss(8, 4)), item("T1.2", 40, ratio(40))),
        category("T2", 40, item("T2.1", 40, ratio(40))),
        **other,
    )


def test_it_accepts_a_good_one() -> None:
    scheme = Scheme.from_dict(good())
    assert [entry.code for entry in scheme.items] == ["T1.1", "T1.2", "T2.1"]
    assert scheme.item("T1.2").points == 40
    assert scheme.excellent_share == Decimal("0.3")


@pytest.mark.parametrize("points", [100, 100.0, "100", "100.00", Decimal(100)])
def test_numbers_may_be_int_float_text_or_decimal(points: Any) -> None:
    assert problems_of(good(points=points)) == []


def test_it_refuses_30_40_31_saying_101_instead_of_100() -> None:
    data = declare(
        *(category(f"T{n}", points, item(f"T{n}.1", points, ratio(points))) for n, points in enumerate((30, 40, 31)))
    )
    assert [problem.where for problem in problems_of(data)] == ["scheme"]
    assert "101" in messages(data) and "应为 100" in messages(data)


def test_points_must_add_up_at_every_level() -> None:
    data = declare(category("T1", 100, category("T1a", 99, item("T1a.1", 50, ratio(20), ratio(29)))))
    found = {problem.where: problem.message for problem in problems_of(data)}
    assert set(found) == {"T1", "T1a", "T1a.1"}
    assert "49" in found["T1a.1"] and "50" in found["T1a"] and "99" in found["T1"]


def test_halves_add_up_exactly() -> None:
    assert (
        problems_of(declare(category("T1", 100, item("T1.1", 100, *(ratio(0.1) for _ in range(3)), ratio(99.7))))) == []
    )


def test_a_scheme_totals_100() -> None:
    assert "应为 100" in messages(declare(category("T1", 99, item("T1.1", 99, ratio(99))), points=99))


@pytest.mark.parametrize("rule", ["Z", "q", "V", "B", "", None])
def test_it_refuses_an_unknown_rule(rule: Any) -> None:
    data = good()
    data["categories"][1]["items"][0]["parts"][0]["rule"] = rule
    assert "T2.1" in messages(data) and "计分规则" in messages(data)


def test_it_refuses_unknown_keys_wherever_they_stand() -> None:
    data = good(colour="red")
    data["categories"][0]["weight"] = 3
    data["categories"][0]["items"][0]["parts"][0]["z"] = "due"
    data["grades"][0]["from"] = 90
    data["rules"]["fines"] = []
    for key in ("colour", "weight", "不认识的键 z", "from", "fines"):
        assert key in messages(data)


def test_standards_text_beside_the_rules_is_read_past() -> None:
    data = good(source="x", mark="draft")
    data["categories"][0]["items"][0].update(standard="…", problems=[], lead="局", evidence="清单", tags=["三资"])
    assert problems_of(data) == []


def test_it_refuses_a_variable_that_is_not_declared() -> None:
    data = good()
    del data["categories"][1]["items"][0]["variables"]["y"]
    assert "变量 y" in messages(data)
    data["categories"][0]["items"][0]["parts"][1]["terms"][0]["count"] = "ghost"
    assert "变量 ghost" in messages(data)


def test_it_refuses_unknown_grades_in_caps() -> None:
    data = good()
    data["rules"]["vetoes"][0]["cap"] = "不合格"
    data["negatives"][0]["cap"] = "差"
    assert "V1" in messages(data) and "N-T1" in messages(data)


def test_it_refuses_a_cap_at_the_best_grade() -> None:
    assert "不起作用" in messages(good(negatives=[{**NEGATIVES[0], "cap": "优秀"}]))


def test_it_refuses_duplicate_codes() -> None:
    data = good(negatives=[*NEGATIVES, {**NEGATIVES[2], "code": "T1.1"}])
    data["categories"][1]["items"][0]["code"] = "T1.2"
    assert {problem.where for problem in problems_of(data)} == {"T1.1", "T1.2"}


@pytest.mark.parametrize("lines", [(90, 80, 85, 0), (90, 90, 70, 0), (90, 80, 70, 10), (101, 80, 70, 0)])
def test_it_refuses_thresholds_out_of_order(lines: tuple[int, ...]) -> None:
    grades = [{**grade, "at_least": line} for grade, line in zip(GRADES, lines, strict=True)]
    assert "grades" in {problem.where for problem in problems_of(good(grades=grades))}


@pytest.mark.parametrize("share", [-0.1, 1.1, "half", True])
@pytest.mark.parametrize("name", ["excellent_share", "praise_share"])
def test_it_refuses_shares_outside_0_to_1(share: Any, name: str) -> None:
    assert [problem.where for problem in problems_of(good(**{name: share}))] == [name]


def test_daily_shares_add_up_to_one() -> None:
    assert problems_of(good(daily={"yearly": 0.7, "quarterly": 0.3})) == []
    assert "1.1" in messages(good(daily={"yearly": 0.7, "quarterly": 0.4}))


@pytest.mark.parametrize("part_of", [{"x": "x"}, {"x": "y", "y": "x"}])
def test_it_refuses_a_circle_of_parts_and_wholes(part_of: dict[str, str]) -> None:
    data = declare(category("T1", 100, item("T1.1", 100, ratio(100), part_of=part_of)))
    assert messages(data).count("循环") == 1


def test_it_refuses_a_part_of_something_undeclared() -> None:
    assert "ghost" in messages(declare(category("T1", 100, item("T1.1", 100, ratio(100), part_of={"x": "ghost"}))))


def test_it_refuses_a_constant_zero_below() -> None:
    assert "应大于 0" in messages(declare(category("T1", 100, item("T1.1", 100, ratio(100, y=0)))))


@pytest.mark.parametrize("points", [0, -5, "many", None])
def test_it_refuses_points_that_are_none(points: Any) -> None:
    assert "T1.1" in messages(declare(category("T1", 100, item("T1.1", points, ratio(100)))))


def test_a_deduction_rule_says_one_way_of_counting() -> None:
    rules = {**RULES, "deductions": [{"code": "D1", "outside": 2, "points": 5}, {"code": "D2", "cap": 5}]}
    assert {problem.where for problem in problems_of(good(rules=rules))} == {"D1", "D2"}


def test_it_names_every_problem_at_once() -> None:
    data = good(kind="table", excellent_share=2, daily={"yearly": 1, "quarterly": 1})
    data["categories"][0]["points"] = 61
    data["negatives"][1]["effect"] = "curse"
    with pytest.raises(SchemeError) as refused:
        Scheme.from_dict(data)
    assert len(refused.value.problems) == 6
    assert str(refused.value).count("\n") == 5


@pytest.mark.parametrize("data", [None, [], "x", {}, {"categories": 3}, {"categories": [None, {"items": [4]}]}])
def test_rubbish_is_refused_and_never_crashes(data: Any) -> None:
    assert problems_of(data)


def test_measures_are_bound_by_default_and_by_override() -> None:
    row = item("X4.1", 100, ratio(60, "on_time", "due"), loss(40, 4, "confirmed"), part_of={"on_time": "due"})
    row["measures"] = {"due": "findings.due"}
    uses = {use.variable: use for use in scheme_of(category("X4", 100, row)).measures()}
    assert {key: use.code for key, use in uses.items()} == {
        "on_time": "form.x4_1.on_time",
        "due": "findings.due",
        "confirmed": "events.x4_1.confirmed",
    }
    assert (uses["on_time"].item, uses["on_time"].part_of, uses["on_time"].kind) == ("X4.1", "due", "number")
    assert uses["confirmed"].kind == "count"


def test_unknown_measures_are_named() -> None:
    scheme = index_scheme()
    assert scheme.check_measures({"form.t1_1.s"}) == []
    [problem] = scheme.check_measures({"other"})
    assert problem.where == "T1.1.s" and "form.t1_1.s" in problem.message


def test_one_variable_is_not_read_as_two_kinds() -> None:
    grade = {"rule": "G", "points": 50, "grade": "x"}
    assert "不同类型" in messages(declare(category("T1", 100, item("T1.1", 100, ratio(50), grade))))
