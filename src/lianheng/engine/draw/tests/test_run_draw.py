"""Drawing by a plan: same seed, same draw; extension, absence, avoidance, staff, probabilities."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianheng.engine.draw import (
    Candidate,
    Commitment,
    DrawError,
    Pair,
    Plan,
    Skip,
    extend_draw,
    make_commitment,
    reveal_code,
    run_draw,
    sample_tickets,
)
from lianheng.engine.draw.plan import DESIGNS, SIZED
from lianheng.engine.draw.selection import systematic

from .random_plans import random_draw

FIRMS = [f"F{n:02d}" for n in range(1, 51)]
STAFF = [f"P{n}" for n in range(1, 9)]


def test_the_same_five_of_fifty_twice() -> None:
    """S65: a register of 50, seed fixed, size 5."""
    first = run_draw(Plan.of(FIRMS, 5), seed="20261122")
    assert first == run_draw(Plan.of(FIRMS, 5), seed="20261122")
    assert first.to_text() == run_draw(Plan.of(FIRMS, 5), seed="20261122").to_text()
    assert list(first.drawn) == [ticket.id for ticket in sample_tickets(FIRMS, "20261122", 5)]
    assert first.drawn != run_draw(Plan.of(FIRMS, 5), seed="20261123").drawn


def test_an_inspector_with_a_declared_relation_is_replaced_by_rule() -> None:
    """S65: the next ticket's holder takes the place, and the reason is kept."""
    free = run_draw(Plan.of(FIRMS, 5, staff=STAFF, per_object=2), seed="20261122")
    firm, team = free.result[0].id, free.result[0].team
    pair = Pair(team[0], firm, "spouse works there")
    bound = run_draw(Plan.of(FIRMS, 5, staff=STAFF, per_object=2, pairs=[pair]), seed="20261122")
    assert bound.drawn == free.drawn
    assert team[0] not in bound.result[0].team and bound.result[0].team[0] == team[1]
    assert [row.team for row in bound.result[1:]] == [row.team for row in free.result[1:]]
    [skip] = bound.skips
    assert (skip.id, skip.group, skip.outcome, skip.reason) == (team[0], firm, "skipped", "spouse works there")


def test_the_order_of_the_roster_does_not_matter_to_tickets() -> None:
    assert run_draw(Plan.of(FIRMS[::-1], 7), seed="s").drawn == run_draw(Plan.of(FIRMS, 7), seed="s").drawn


def test_one_who_was_not_drawn_can_be_removed_without_changing_anybody() -> None:
    drawn = run_draw(Plan.of(FIRMS, 7), seed="s").drawn
    rest = [firm for firm in FIRMS if firm in drawn or firm > "F30"]
    assert run_draw(Plan.of(rest, 7), seed="s").drawn == drawn


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_an_extension_only_adds(number: int) -> None:
    """The log of the first stage is the beginning of the log of the second, whatever the plan."""
    bundle = random_draw(number)
    if len(bundle.stages) == 2:
        first = run_again_first_stage(bundle)
        assert bundle.log[: len(first.log)] == first.log
        gone = {(skip.side, skip.id) for skip in bundle.stages[1].absent}
        stay = [row.id for row in first.result if ("object", row.id) not in gone]
        assert [id for id in bundle.drawn if id in set(stay)][: len(stay)] == stay or len(first.plan.sizes) > 1
        assert not Counter(stay) - Counter(bundle.drawn)


def run_again_first_stage(bundle):  # type: ignore[no-untyped-def]
    plan, absent = bundle.plan, bundle.stages[0].absent
    if plan.commitments:
        return run_draw(plan, codes=bundle.codes, public=bundle.public, absent=absent)
    return run_draw(plan, seed=bundle.seed, absent=absent)


def test_the_absent_is_replaced_by_the_next_ticket_also_after_the_draw() -> None:
    plan = Plan.of(FIRMS, 3)
    order = [ticket.id for ticket in sample_tickets(FIRMS, "s", 5)]
    first = run_draw(plan, seed="s")
    later = extend_draw(first, absent=[Skip(order[1], "moved away")])
    assert later.drawn == (order[0], order[2], order[3])
    assert [(e.stage, e.id, e.outcome) for e in later.log[3:]] == [(2, order[1], "withdrawn"), (2, order[3], "drawn")]
    assert later.skips[0].reason == "moved away"


def test_avoidance_is_known_before_the_draw_and_changes_the_probability() -> None:
    order = [ticket.id for ticket in sample_tickets(FIRMS, "s", 4)]
    bundle = run_draw(Plan.of(FIRMS, 3, avoid=[Skip(order[0], "visited in spring")]), seed="s")
    assert list(bundle.drawn) == order[1:]
    assert bundle.result[0].probability == "3/49"


def test_strata_are_drawn_apart_by_the_same_tickets() -> None:
    candidates = [Candidate(f"{town}{n}", town) for town in "甲乙" for n in range(30)]
    bundle = run_draw(Plan(candidates, {"甲": 2, "乙": 3}), seed="s")
    for town, size in (("甲", 2), ("乙", 3)):
        alone = [t.id for t in sample_tickets((c.id for c in candidates if c.stratum == town), "s", size)]
        assert [row.id for row in bundle.result if row.stratum == town] == alone
        assert {row.probability for row in bundle.result if row.stratum == town} == {str(Fraction(size, 30))}


def test_the_load_of_staff_is_limited() -> None:
    bundle = run_draw(Plan.of(FIRMS, 4, staff=STAFF, per_object=2, max_load=1), seed="s")
    assert Counter(id for row in bundle.result for id in row.team) == Counter(STAFF)
    assert any(entry.reason == "already has 1 objects" for entry in bundle.skips)
    with pytest.raises(DrawError, match="5 objects with 2 staff each are 10 places, but 8 staff"):
        Plan.of(FIRMS, 5, staff=STAFF, per_object=2, max_load=1)
    related = Plan.of(FIRMS[:1], 1, staff=STAFF[:2], per_object=2, pairs=[Pair(STAFF[0], FIRMS[0], "cousin")])
    with pytest.raises(DrawError, match=r"the staff register for F.. runs out with 1 still to be drawn"):
        run_draw(related, seed="s")


def test_absent_staff_leave_their_teams_and_the_others_stay() -> None:
    first = run_draw(Plan.of(FIRMS, 5, staff=STAFF, per_object=2), seed="s")
    ill = first.result[0].team[0]
    later = extend_draw(first, absent=[Skip(ill, "ill", "staff")])
    for before, after in zip(first.result, later.result, strict=True):
        assert [id for id in before.team if id != ill] == [id for id in after.team if id in before.team]
        assert ill not in after.team and len(after.team) == 2


def test_with_replacement_draws_evenly_and_independently() -> None:
    bundle = run_draw(Plan.of(FIRMS[:4], 4000, design="with_replacement"), seed="s")
    counts = Counter(bundle.drawn)
    # Chi-squared with 3 degrees of freedom: above 16.27 in one of a thousand seeds; the seed is fixed.
    assert sum((counts[id] - 1000) ** 2 / 1000 for id in FIRMS[:4]) < 16.27
    assert bundle.result[0].probability == "1/4"


@pytest.mark.parametrize("design", [d for d in DESIGNS if d != "with_replacement"])
@pytest.mark.parametrize("order", ["frame", "ticket"])
def test_stated_probabilities_are_met(design: str, order: str) -> None:
    """1,000 draws from 8: every candidate is drawn as often as stated, within 4.5 standard errors."""
    sizes = ["0.1", "0.2", "0.3", "0.35", "0.4", "0.45", "0.6", "0.6"] if design in SIZED else [""] * 8
    candidates = [Candidate(f"U{n}", "", size) for n, size in enumerate(sizes)]
    plan = Plan(candidates, {} if design == "poisson" else {"": 3}, design=design, order=order)
    counts: Counter[str] = Counter()
    stated: dict[str, float] = {}
    for number in range(1000):
        bundle = run_draw(plan, seed=str(number))
        counts.update(bundle.drawn)
        stated |= {row.id: float(Fraction(row.probability)) for row in bundle.result}
    for id, p in stated.items():
        slack = 0.03 if design == "pps_sequential" else 0  # its target is met closely, not exactly
        assert abs(counts[id] / 1000 - p) < 4.5 * (p * (1 - p) / 1000) ** 0.5 + slack
    if design != "poisson":
        assert abs(sum(stated.values()) - 3) < 1e-12


def test_systematic_takes_the_large_for_certain_and_every_step_of_the_rest() -> None:
    """Särndal, Swensson, Wretman (1992), 3.6: sizes 50, 10, 10, 10, 10, 10, three to draw: the first is certain."""
    sizes = [Fraction(n) for n in (50, 10, 10, 10, 10, 10)]
    for start, expected in ((Fraction(0), [0, 1, 3]), (Fraction(1, 2), [0, 2, 4]), (Fraction(9, 10), [0, 3, 5])):
        assert systematic(sizes, 3, start) == expected
    assert systematic(sizes, 0, Fraction(1, 2)) == []
    assert systematic(sizes, 6, Fraction(1, 2)) == [0, 1, 2, 3, 4, 5]


def test_commit_and_reveal_end_to_end() -> None:
    secrets = {"纪委监委": b"sixteen bytes or more", "特邀监督员": b"another secret, kept at home"}
    plan = Plan.of(
        FIRMS, 5, public=["福彩3D"], round=2,
        commitments=[Commitment(party, make_commitment(secret, 5)) for party, secret in secrets.items()],
    )  # fmt: skip
    codes = {party: reveal_code(secret, 5, 2) for party, secret in secrets.items()}
    bundle = run_draw(plan, codes=codes, public={"福彩3D": [7, 3, 9]})
    assert bundle.drawn == run_draw(plan, codes=codes, public={"福彩3D": [9, 3, 7]}).drawn
    assert bundle.drawn != run_draw(plan, codes=codes, public={"福彩3D": [7, 3, 8]}).drawn
    wrong = {**codes, "特邀监督员": reveal_code(secrets["特邀监督员"], 5, 1)}
    with pytest.raises(DrawError, match=r"特邀监督员: the code does not hash to the commitment .* nothing is drawn"):
        run_draw(plan, codes=wrong, public={"福彩3D": [7, 3, 9]})
    with pytest.raises(DrawError, match="the code of 特邀监督员 is missing"):
        run_draw(plan, codes={"纪委监委": codes["纪委监委"]}, public={"福彩3D": 1})
    with pytest.raises(DrawError, match="give no seed"):
        run_draw(plan, seed="chosen", codes=codes, public={"福彩3D": 1})


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"ids": []}, "the roster is empty"),
        ({"ids": ["a", "a"]}, "the id 'a' stands twice in the roster"),
        ({"ids": ["a", " b"]}, "has blanks at its ends"),
        ({"ids": ["a", "b\x1fc"]}, "control character"),
        ({"size": 3}, "3 are to be drawn, but the roster has 2 that may be"),
        ({"size": -1}, "-1 are to be drawn"),
        ({"avoid": [Skip("a", "related")], "size": 2}, "2 are to be drawn, but the roster has 1"),
        ({"avoid": [Skip("z", "related")]}, "not in the register of object: 'z'"),
        ({"avoid": [Skip("a", "")]}, "the reason why a is avoided"),
        ({"method": "md5"}, "the method 'md5' is not known; there are consistent-sha256"),
        ({"design": "quota"}, "the design 'quota' is not known"),
        ({"design": "pps_systematic"}, "a: the size '' is not a decimal number above 0"),
        ({"per_object": 2}, "a two-sided draw needs a staff register"),
        ({"staff": ["p"]}, "a two-sided draw needs a staff register"),
        ({"pairs": [Pair("p", "a", "x")]}, "names somebody who is in no register"),
        ({"public": ["x"]}, "commit and reveal needs both"),
        ({"public": ["x"], "commitments": [Commitment("p", "12")]}, "is not 64 lower-case hex digits"),
        ({"method": "vrs-sha256"}, "takes its seed from commitments"),
    ],
)
def test_a_plan_that_cannot_be_drawn_is_refused(settings_: dict, message: str) -> None:  # type: ignore[type-arg]
    values = {"ids": ["a", "b"], "size": 1, **settings_}
    with pytest.raises(DrawError, match=message):
        Plan.of(values.pop("ids"), values.pop("size"), **values)


def test_a_systematic_sample_has_no_next_ticket() -> None:
    plan = Plan.of(FIRMS, 5, design="systematic")
    for absent in ([Skip("F01", "closed")], [Skip("F02", "closed")]):
        with pytest.raises(DrawError, match="it has no next ticket for an absent object and cannot be extended"):
            run_draw(plan, seed="s", absent=absent)
    with pytest.raises(DrawError, match="cannot be extended"):
        extend_draw(run_draw(plan, seed="s"), {"": 6})


def test_running_out_and_shrinking_are_refused() -> None:
    first = run_draw(Plan.of(["a", "b", "c"], 2), seed="s")
    with pytest.raises(DrawError, match="the roster runs out with 1 still to be drawn"):
        extend_draw(first, absent=[Skip("a", "ill"), Skip("b", "ill")])
    with pytest.raises(DrawError, match="1 is fewer than the 2 drawn already"):
        extend_draw(first, {"": 1})
    with pytest.raises(DrawError, match="the stratum 'x' is not in the plan"):
        extend_draw(first, {"x": 1})
    with pytest.raises(DrawError, match="absent, but not in the register of object: 'z'"):
        extend_draw(first, absent=[Skip("z", "ill")])


def test_one_candidate_and_none_to_draw() -> None:
    assert run_draw(Plan.of(["only"], 1), seed="s").result[0].probability == "1"
    assert run_draw(Plan.of(["only"], 0), seed="s").drawn == ()
