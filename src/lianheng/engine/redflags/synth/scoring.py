"""Registers of experts' scores (M16 by expert, M16-T by tender): panels of five, some of which have a friend."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from lianheng.engine.redflags.synth.world import World


def scoring(world: World) -> None:
    """Panels of five; some experts love the winner."""
    if "bid_score" in world.tables:  # both models are about the same scores
        return
    for _ in range(max(6, world.many(60))):
        panel = [_expert(world) for _ in range(5)]
        for _ in range(6):
            _tender(world, panel, world.code("TBR"), 0)
    for number in range(6):
        panel = [_expert(world) for _ in range(5)]
        for _ in range(6):
            _planted(world, "one expert far over the others", "flag", panel, world.code("TBR"), 16 + number, "blue")
        world.plant("M16", "gives winners more than others do", "flag", expert_id=panel[0], issue="偏高")
        panel, friend = [_expert(world) for _ in range(5)], world.code("TBR")
        for _ in range(4):
            _planted(world, "one expert far over the others", "flag", panel, friend, 18, "blue")
        world.plant("M16", "same bidder again and again", "flag", expert_id=panel[0], bidder=friend)
        _by_tender(world)
    for more in ({"only_specialist": True}, {"pool": 3}):
        _look_alikes(world, more)
    _cannot_tell(world)


def _by_tender(world: World) -> None:
    """What happens once, so that it is nothing to M16."""
    panel = [_expert(world) for _ in range(5)]
    turned = _scored(world, panel, (72, 92), (75, 62))
    world.plant("M16-T", "one expert turned the result", "flag", tender_no=turned, colour="yellow")
    close = _scored(world, [_expert(world) for _ in range(5)], (80, 84), (80, 74))
    world.plant("M16-T", "close race, hardly a gap", "quiet", tender_no=close)
    # All like it, or all but one: nobody is far over the others.
    _planted(world, "good bidder", "quiet", panel, world.code("TBR"), 0)
    sceptic = _scored(world, panel, (80, 62), (70, 70))
    world.plant("M16-T", "one expert is far under the others", "quiet", tender_no=sceptic)


def _look_alikes(world: World, more: dict[str, Any]) -> None:
    kind = "specialist expert" if "only_specialist" in more else "few experts in the pool"
    panel = [_expert(world, **more) for _ in range(5)]
    for _ in range(6):
        _planted(world, kind, "explainable", panel, world.code("TBR"), 18, "blue")
    world.plant("M16", kind, "explainable", expert_id=panel[0], issue="偏高", colour="blue")
    turned = _scored(world, [_expert(world, **more), *panel[1:]], (72, 92), (75, 62))
    world.plant("M16-T", f"{kind}, and the result turned", "explainable", tender_no=turned, colour="blue")
    panel, good = [_expert(world) for _ in range(5)], world.code("TBR")
    for _ in range(6):
        _planted(world, "good bidder", "quiet", panel, good, 0)
    world.plant("M16", "good bidder", "quiet", expert_id=panel[0])
    alone = [_expert(world)]
    for _ in range(6):
        _planted(world, "panel of one", "cannot_tell", alone, world.code("TBR"), 0)
    world.plant("M16", "panel of one", "cannot_tell", expert_id=alone[0])


def _cannot_tell(world: World) -> None:
    panel = [_expert(world) for _ in range(5)]
    other = _tender(world, panel, world.code("TBR"), 0, awarded_to=world.code("TBR"))
    world.plant("M16-T", "winner has no scores", "cannot_tell", tender_no=other)
    short = _tender(world, panel, world.code("TBR"), 0)
    world.tables["bid_score"].pop()
    world.plant("M16-T", "a score is missing", "cannot_tell", tender_no=short)
    _award(world, world.code("TBR"), world.day())
    world.plant("M16-T", "awarded without any score", "cannot_tell", tender_no="全部")


def _expert(world: World, **more: Any) -> str:
    expert = world.person()
    row = {"pool": 60, "only_specialist": False, **more}
    world.put("expert", expert_id=expert, field="施工", **row)
    return expert


def _planted(
    world: World, kind: str, expect: str, panel: list[str], winner: str, extra: int, colour: str = ""
) -> None:  # fmt: skip
    world.plant("M16-T", kind, expect, tender_no=_tender(world, panel, winner, extra), colour=colour)


def _tender(world: World, panel: list[str], winner: str, extra: int, awarded_to: str = "") -> str:
    """The first of the panel adds something to the winner's score."""
    day = world.day()
    tender, rival = _award(world, awarded_to or winner, day), world.code("TBR")
    for place, expert in enumerate(panel):
        for bidder, about in ((winner, 80), (rival, 70)):
            score = about + world.chance.randint(-2, 2) + (extra if bidder == winner and place == 0 else 0)
            _score(world, tender, day, expert, bidder, score)
    return tender


def _scored(world: World, panel: list[str], winner: tuple[int, int], rival: tuple[int, int]) -> str:
    """What the others gave, and what the first of the panel gave."""
    day, names = world.day(), [world.code("TBR"), world.code("TBR")]
    tender = _award(world, names[0], day)
    for place, expert in enumerate(panel):
        for bidder, (others, first) in zip(names, (winner, rival), strict=True):
            _score(world, tender, day, expert, bidder, others if place else first)
    return tender


def _score(world: World, tender: str, day: dt.date, expert: str, bidder: str, score: int) -> None:
    world.put("bid_score", tender_no=tender, score_date=day, expert_id=expert, bidder=bidder, score=Decimal(score))


def _award(world: World, winner: str, day: dt.date) -> str:
    tender = world.code("PB")
    world.put("award", tender_no=tender, tender_name=f"标段{tender[-4:]}", owner=world.code("ZBR"), owner_name="招标人",
              winner=winner, winner_name="中标人", price=Decimal(150_000), budget=Decimal(180_000), award_date=day,
              city="甲市", method="公开招标")  # fmt: skip
    return tender


GENERATORS = {"M16": scoring, "M16-T": scoring}
