"""The acceptance examples of the seed rows, on the catalogue that ships with the program.

S29, S72 and S77 carry no mark here: what an unconfirmed matter or an open objection does shows only in the
assessment room.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from lianheng.engine.scoring.explain import explain
from lianheng.engine.scoring.moderation import moderate
from lianheng.engine.scoring.scheme import Scheme, SchemeError
from lianheng.engine.scoring.score import Event, Score, UnitInput, rank, score_all, score_unit
from lianheng.library.catalogue import load, scheme_dict, shipped

CATALOGUE = load(shipped("hengyang"))
LISTS = "JXYCQMFWPE"
FULL = {"number": 1, "count": 0, "grade": "A", "yes_no": True, "index": 100}


def scheme_for(code: str) -> Scheme:
    return Scheme.from_dict(scheme_dict(CATALOGUE, code))


def full_values(scheme: Scheme) -> dict[str, Any]:
    """Everything in order: each ratio 12 of 12, no events, best grades."""
    return {use.code: 12 if use.kind == "number" else FULL[use.kind] for use in scheme.measures()}


def scored(scheme: Scheme, *events: Event, **values: Any) -> Score:
    return score_unit(scheme, UnitInput("u", {**full_values(scheme), **values}, events=events))


@pytest.mark.parametrize("code", LISTS)
def test_every_list_is_a_sound_scheme_and_full_marks_give_100(code: str) -> None:
    scheme = scheme_for(code)
    score = scored(scheme)
    assert str(score.final) == "100.00"
    assert explain(scheme, UnitInput("u", full_values(scheme))).recompute() == 100
    assert (len(scheme.all_categories), len(scheme.items)) == {
        "J": (5, 19), "X": (5, 10), "Y": (6, 15), "C": (5, 12), "Q": (6, 13), "M": (4, 6), "F": (4, 8), "W": (4, 8),
        "P": (4, 4), "E": (12, 20),
    }[code]  # fmt: skip


def village_at_93() -> tuple[Scheme, dict[str, Any]]:
    """A village that loses seven points: all of 群众意见办理."""
    scheme = scheme_for("C")
    return scheme, {**full_values(scheme), "form.c5_2.answered_satisfied": 0}


@pytest.mark.seed("S25")
def test_s25_village_list_has_five_clears_and_five_noes_and_a_confirmed_no_caps_the_grade() -> None:
    scheme, values = village_at_93()
    assert (len(scheme.categories), len(scheme.negatives)) == (5, 5)
    before = score_unit(scheme, UnitInput("village", values))
    assert (before.final, before.grade) == (93, "优秀")
    after = score_unit(scheme, UnitInput("village", values, events=[Event("case-1", "N-C3")]))
    assert (after.final, after.grade) == (93, "较差")
    assert [(veto.code, veto.events) for veto in after.vetoes] == [("N-C3", ("case-1",))]
    veto = explain(scheme, UnitInput("village", values, events=[Event("case-1", "N-C3")])).steps[-1]
    assert "N-C3" in veto.sentence


def test_s29_organ_list_has_five_positive_groups_and_four_negative_rows() -> None:
    scheme = scheme_for("J")
    assert (len(scheme.categories), len(scheme.negatives)) == (5, 4)
    # Unconfirmed matters never reach the engine: with no confirmed event no negative row changes anything.
    quiet = scored(scheme)
    assert (quiet.vetoes, quiet.deductions, quiet.tally.shown, quiet.final) == ((), (), (), 100)
    assert scored(scheme, Event("e", "N-J4")).final == 97


def test_s72_a_confirmed_team_members_case_vetoes_and_passive_cases_deduct() -> None:
    scheme = scheme_for("J")
    assert scored(scheme).grade == "优秀"
    vetoed = scored(scheme, Event("case", "V1"))
    assert vetoed.grade == "较差"
    assert vetoed.vetoes[0].name == "班子成员违纪违法"
    assert scored(scheme, Event("case", "D1", "outside")).final == 98
    assert scored(scheme, Event("case", "D1", "self", mended=True)).final == 100


@pytest.mark.seed("S74")
def test_s74_weights_of_30_40_and_31_are_refused() -> None:
    data = scheme_dict(CATALOGUE, "E")
    assert [category["points"] for category in data["categories"]] == [30, 40, 30]
    data["categories"][2]["points"] = 31
    with pytest.raises(SchemeError) as refused:
        Scheme.from_dict(data)
    assert any("101" in problem.message and "100" in problem.message for problem in refused.value.problems)


@pytest.mark.seed("S74")
def test_s74_scores_4_and_7_on_ten_points_need_a_third_person_and_4_and_6_do_not() -> None:
    assert moderate(10, 4, 7).needs_third
    settled = moderate(10, 4, 6)
    assert (settled.needs_third, settled.points) == (False, 5)


def test_s77_a_class_of_20_has_two_to_praise_and_one_to_interview() -> None:
    scheme = scheme_for("X")
    units = [
        UnitInput(
            f"school-{n:02d}", {**full_values(scheme), "form.x1_1.list_items": 100, "form.x1_1.list_items_done": 40 + n}
        )
        for n in range(20)
    ]
    placings = rank(scheme, score_all(scheme, units))
    assert [placing.unit for placing in placings if placing.praised] == ["school-19", "school-18"]
    assert [placing.unit for placing in placings if placing.interviewed] == ["school-00"]


def test_m2_is_all_or_nothing_and_its_blacklist_row_caps_the_grade() -> None:
    scheme = scheme_for("M")
    assert scored(scheme, **{"form.m2.pledged_and_clear": False}).final == 85
    listed = scored(scheme, Event("e", "V-M2"))
    assert (listed.final, listed.grade) == (100, "较差")


def test_n_j4_deducts_three_and_n_f1_is_shown_only() -> None:
    assert scored(scheme_for("J"), Event("e", "N-J4")).final == 97
    shown = scored(scheme_for("F"), Event("e", "N-F1"))
    assert (shown.final, shown.grade, shown.tally.shown[0].code) == (100, "优秀", "N-F1")


def test_ec2_1_is_rescaled_by_its_target_before_scoring() -> None:
    scheme = scheme_for("E")
    [part] = scheme.item("EC2.1").parts
    rate = next(use.code for use in scheme.measures() if use.item == "EC2.1")
    assert len(part.operands) == 2
    values = {use.code: 30 for use in scheme.measures() if use.item == "EC2.1"}
    assert scored(scheme, **{**values, rate: 15}).final == 97


def test_only_the_evaluation_mixes_quarters_in() -> None:
    for code in LISTS:
        scheme = scheme_for(code)
        score = score_unit(scheme, UnitInput("u", full_values(scheme), quarters=[Decimal(50)]))
        assert score.final == (85 if code == "E" else 100)
