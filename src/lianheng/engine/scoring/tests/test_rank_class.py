"""A class of units: shared places, the quota of 优秀, praise and interview lists, vetoes. No quota cuts a tie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianheng.engine.scoring.score import Event, Placing, UnitInput, rank, score_all
from lianheng.engine.scoring.tests.building import index_scheme

SCHEME = index_scheme()


def ranked(scores: Sequence[Any], vetoed: Sequence[int] = (), **other: Any) -> dict[str, Placing]:
    """Placings by unit; unit `u03` is the third score given."""
    scheme = index_scheme(**other) if other else SCHEME
    units = [
        UnitInput(f"u{n:02d}", {"form.t1_1.s": score}, events=[Event("e", "N-T1")] if n in vetoed else [])
        for n, score in enumerate(scores, 1)
    ]
    return {placing.unit: placing for placing in rank(scheme, score_all(scheme, units))}


def who(placings: dict[str, Placing], name: str) -> list[str]:
    return [unit for unit, placing in placings.items() if getattr(placing, name)]


def with_grade(placings: dict[str, Placing], grade: str) -> list[str]:
    return [unit for unit, placing in placings.items() if placing.grade == grade]


def test_ties_share_a_place() -> None:
    assert [placing.place for placing in ranked([90, 85, 85, 80]).values()] == [1, 2, 2, 4]


def test_places_are_taken_on_rounded_scores() -> None:
    assert [placing.place for placing in ranked(["85.004", "85.001", "84.995", "84.994"]).values()] == [1, 1, 1, 4]


def test_placings_come_in_order_of_place() -> None:
    assert list(ranked([70, 90, 80, 90])) == ["u02", "u04", "u03", "u01"]


def test_the_quota_of_excellent_is_30_percent_rounded_down() -> None:
    placings = ranked([99, 98, 97, 96, 95, 94, 93, 50, 50, 50])
    assert with_grade(placings, "优秀") == ["u01", "u02", "u03"]
    assert placings["u04"].threshold_grade == "优秀"
    assert placings["u04"].quota_grade == placings["u04"].grade == "良好"


def test_the_quota_is_at_least_one() -> None:
    assert with_grade(ranked([95, 94]), "优秀") == ["u01"]


def test_a_tie_across_the_line_of_excellent_stays_out_whole() -> None:
    assert with_grade(ranked([99, 98, 97, 97, 95, 50, 50, 50, 50, 50]), "优秀") == ["u01", "u02"]


def test_the_excellent_list_may_be_empty() -> None:
    assert with_grade(ranked([95, 95, 50]), "优秀") == []


def test_a_tie_inside_the_line_is_kept() -> None:
    assert with_grade(ranked([99, 97, 97, 95, 95, 50, 50, 50, 50, 50]), "优秀") == ["u01", "u02", "u03"]


def test_fewer_than_the_quota_all_stay_excellent() -> None:
    assert with_grade(ranked([99, 99, 50, 50, 50, 50, 50, 50, 50, 50]), "优秀") == ["u01", "u02"]


def test_without_a_declared_share_there_is_no_quota_and_no_praise() -> None:
    placings = ranked([99, 98, 97], excellent_share=None, praise_share=None)
    assert with_grade(placings, "优秀") == ["u01", "u02", "u03"]
    assert who(placings, "praised") == []


def test_the_quota_comes_before_the_veto() -> None:
    placing = ranked([95], vetoed=[1])["u01"]
    assert (placing.threshold_grade, placing.quota_grade, placing.grade, placing.final) == ("优秀", "优秀", "合格", 95)


def test_a_unit_under_a_veto_is_never_praised_and_takes_no_place() -> None:
    placings = ranked([99, 98, 97], vetoed=[1])
    assert [placings[unit].place for unit in ("u01", "u02", "u03")] == [None, 1, 2]
    assert who(placings, "praised") == ["u02"]
    assert with_grade(placings, "优秀") == ["u02"]
    assert list(placings) == ["u02", "u03", "u01"]


def test_a_class_of_twenty_has_two_praised_and_one_interviewed() -> None:
    placings = ranked(range(60, 80))
    assert (who(placings, "praised"), who(placings, "interviewed")) == (["u20", "u19"], ["u01"])


def test_units_under_a_veto_still_count_in_the_size_of_the_class() -> None:
    placings = ranked(range(60, 80), vetoed=[1, 2, 20])
    assert who(placings, "praised") == ["u19", "u18"]


def test_a_tie_across_the_praise_line_stays_out_whole() -> None:
    assert who(ranked([90, 80, 80, *[70] * 17]), "praised") == ["u01"]
    assert who(ranked([90, 90, 90, *[70] * 17]), "praised") == []


def test_the_interview_list_names_all_who_are_last() -> None:
    assert who(ranked([90, 80, 70, 70]), "interviewed") == ["u03", "u04"]


def test_a_veto_does_not_spare_the_interview() -> None:
    assert who(ranked([90, 80, 70], vetoed=[3]), "interviewed") == ["u03"]


def test_a_unit_without_a_score_stands_last_without_place_or_grade() -> None:
    placings = ranked([None, 90, 80])
    assert list(placings) == ["u02", "u03", "u01"]
    assert (placings["u01"].place, placings["u01"].grade, placings["u01"].interviewed) == (None, None, False)
    assert who(placings, "interviewed") == ["u03"]


def test_an_empty_class_and_a_class_of_one() -> None:
    assert ranked([]) == {}
    placing = ranked([95])["u01"]
    assert (placing.place, placing.grade, placing.praised, placing.interviewed) == (1, "优秀", True, False)


@given(st.lists(st.integers(85, 95), max_size=14), st.sets(st.integers(1, 14)), st.randoms(use_true_random=False))
def test_lists_keep_their_promises_for_any_class(scores: list[int], vetoed: set[int], chance: Any) -> None:
    placings = ranked(scores, vetoed=sorted(vetoed))
    standing = {unit: placing for unit, placing in placings.items() if placing.place is not None}
    quota = max(1, 3 * len(scores) // 10)
    excellent = with_grade(placings, "优秀")
    assert len(excellent) <= quota
    # What is in is above what is out; equal scores share their fate; and one more whole tie group would not fit.
    for mark, limit in (("grade", quota), ("praised", max(1, len(scores) // 10))):
        inside = {p.final for p in standing.values() if (p.grade == "优秀" if mark == "grade" else p.praised)}
        able = [p.final for p in standing.values() if mark == "praised" or p.final >= 90]
        outside = {final for final in able if final not in inside}
        assert not inside or not outside or min(inside) > max(outside)
        assert sum(final in inside for final in able) <= limit
        if outside:
            assert sum(final in inside or final == max(outside) for final in able) > limit
    for placing in standing.values():
        assert placing.place == 1 + sum(other.final > placing.final for other in standing.values())
    shuffled = list(enumerate(scores, 1))
    chance.shuffle(shuffled)
    units = [
        UnitInput(f"u{n:02d}", {"form.t1_1.s": score}, events=[Event("e", "N-T1")] if n in vetoed else [])
        for n, score in shuffled
    ]
    assert {p.unit: p for p in rank(SCHEME, score_all(SCHEME, units))}.keys() == placings.keys()
    assert [p.place for p in rank(SCHEME, score_all(SCHEME, units))] == [p.place for p in placings.values()]


@pytest.mark.parametrize(("size", "praised"), [(9, 1), (10, 1), (19, 1), (20, 2), (29, 2)])
def test_the_praise_quota_is_a_tenth_rounded_down(size: int, praised: int) -> None:
    assert len(who(ranked(range(60, 60 + size)), "praised")) == praised
