"""Two assessors of one item, and when a third person decides."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lianheng.engine.scoring.moderation import moderate


def test_equal_scores_are_agreed() -> None:
    settled = moderate(10, 7, 7)
    assert (settled.kind, settled.points, settled.needs_third) == ("agreed", 7, False)


def test_a_gap_of_exactly_20_percent_gives_the_mean() -> None:
    settled = moderate(10, 4, 6)
    assert (settled.kind, settled.points, settled.needs_third) == ("mean", 5, False)


def test_a_wider_gap_waits_for_a_third_person() -> None:
    settled = moderate(10, 4, 7)
    assert (settled.kind, settled.points, settled.needs_third) == ("third", None, True)


def test_the_third_persons_score_then_counts() -> None:
    settled = moderate(10, 4, 7, third=Decimal("6.5"))
    assert (settled.kind, settled.points, settled.needs_third) == ("third", Decimal("6.5"), False)


def test_a_third_score_is_not_used_where_none_was_needed() -> None:
    assert moderate(10, 4, 6, third=10).points == 5


@pytest.mark.parametrize(
    ("first", "second", "needed"), [("2.1", "3.5", False), ("2.1", "3.51", True), ("3.5", "2.1", False)]
)
def test_the_gap_is_compared_exactly(first: str, second: str, needed: bool) -> None:
    assert moderate(7, Decimal(first), Decimal(second)).needs_third is needed


def test_the_mean_keeps_every_place() -> None:
    assert moderate(10, Decimal("7.25"), Decimal("8.50")).points == Decimal("7.875")


@pytest.mark.parametrize("scores", [(-1, 5, None), (5, 11, None), (4, 7, 11)])
def test_scores_outside_the_item_are_refused(scores: tuple[int, int, int | None]) -> None:
    with pytest.raises(ValueError, match="不在 0 到 10 之间"):
        moderate(10, *scores)
