"""Registers of tenders (M14): collusive groups with several signs each, and innocent look-alikes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from lianheng.engine.redflags.synth.world import World

_SIGNS = ("device", "bond", "file", "series", "people")
_AGENT_ADDRESS = "代办中心一号楼"
_SOFTWARE = "投标工具专业版"


def bidding(world: World) -> None:
    """Most tenders are honest; a dozen are rigged."""
    for _ in range(world.many(350)):
        _tender(world, world.chance.randint(3, 6))
    for number in range(12):
        _rigged(world, [_SIGNS[number % 5], _SIGNS[(number + 1 + number // 5) % 5]] + ["bond"] * (number % 3 == 0))
    for _ in range(30):
        _agent_address(world)
    for _ in range(6):
        _group(world)
        _software(world)
        _one_office(world)
    for _ in range(4):
        _without_logs(world)


def _firm(world: World, **more: Any) -> str:
    firm = world.code("FIRM")
    row = {"address": f"第{world.number('street')}号", "phone": f"T{world.number('phone')}", "group_name": None, **more}
    world.put("firm", firm=firm, firm_name=f"企业{firm[-4:]}", founded=dt.date(world.years[0] - 9, 5, 6),
              capital=Decimal(5_000_000), staff=40, tax=Decimal(300_000), city="甲市", **row)  # fmt: skip
    world.put("firm_person", firm=firm, person_id=world.person(), role="法定代表人")
    return firm


def _tender(world: World, count: int, firms: list[str] | None = None) -> list[dict[str, Any]]:
    """An honest tender; the rows of its bids, for whoever wants to spoil them."""
    tender, day = world.code("BD"), world.day(world.chance.choice(world.years))
    budget = world.chance.randint(800_000, 9_000_000)
    rows = []
    for firm in firms or [_firm(world) for _ in range(count)]:
        price = Decimal(int(budget * world.chance.uniform(0.82, 0.99) * 100)) / 100
        rows.append({
            "tender_no": tender, "tender_name": f"工程{tender[-4:]}", "open_date": day, "bidder": firm,
            "bidder_name": f"企业{firm[-4:]}", "city": "甲市", "price": price, "file_hash": world.code("HASH"),
            "file_author": world.code("AUTHOR"), "mac": world.code("MAC"), "ip": world.code("IP"),
            "bond_account": world.account(),
        })  # fmt: skip
        world.put("bid", **rows[-1])
        rows[-1] = world.tables["bid"][-1]
    return rows


def _rigged(world: World, signs: list[str]) -> None:
    rows = _tender(world, 4)
    first, second = rows[0], rows[1]
    for sign in set(signs):
        if sign == "device":
            second["mac"] = first["mac"]
        elif sign == "bond":
            second["bond_account"] = first["bond_account"]
        elif sign == "file":
            world.put("bid_similarity", tender_no=first["tender_no"], open_date=first["open_date"],
                      bidder_a=first["bidder"], bidder_b=second["bidder"], similarity=Decimal("0.9700"),
                      common_typos=4)  # fmt: skip
        elif sign == "series":
            for place, row in enumerate(rows):
                row["price"] = first["price"] + Decimal(12_000) * place
        else:
            world.put("firm_person", firm=first["bidder"], person_id=(shared := world.person()), role="股东")
            world.put("firm_person", firm=second["bidder"], person_id=shared, role="投标授权人")
    colour = "red" if len(set(signs)) >= 3 else "yellow"
    world.plant("M14", "collusive group", "flag", tender_no=first["tender_no"], colour=colour)


def _agent_address(world: World) -> None:
    rows = _tender(world, 3, [_firm(world, address=_AGENT_ADDRESS) for _ in range(2)] + [_firm(world)])
    world.plant("M14", "shared agent address", "quiet", tender_no=rows[0]["tender_no"])


def _group(world: World) -> None:
    name = world.code("集团")
    firms = [_firm(world, group_name=name) for _ in range(2)]
    shared = world.person()
    for firm in firms:
        world.put("firm_person", firm=firm, person_id=shared, role="股东")
    rows = _tender(world, 3, [*firms, _firm(world)])
    rows[1]["ip"] = rows[0]["ip"]
    world.plant("M14", "group companies with own price", "explainable", tender_no=rows[0]["tender_no"], colour="blue")


def _software(world: World) -> None:
    rows = _tender(world, 4)
    for row in rows:
        row["file_author"] = _SOFTWARE
    rows[1]["ip"] = rows[0]["ip"]
    world.plant("M14", "common bidding software", "quiet", tender_no=rows[0]["tender_no"])


def _one_office(world: World) -> None:
    rows = _tender(world, 4)
    rows[1]["ip"] = rows[0]["ip"]
    world.plant("M14", "shared office network", "quiet", tender_no=rows[0]["tender_no"])


def _without_logs(world: World) -> None:
    rows = _tender(world, 3)
    for row in rows:
        row.update(file_hash=None, file_author=None, mac=None, ip=None)
    rows[1]["bond_account"] = rows[0]["bond_account"]
    world.plant("M14", "upload log is missing", "cannot_tell", tender_no=rows[0]["tender_no"])


GENERATORS = {"M14": bidding}
