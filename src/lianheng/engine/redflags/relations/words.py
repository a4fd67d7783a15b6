"""Ties and chains in Chinese: what ties two, since when, and which register says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lianheng.engine.redflags.relations.graph import Hub, Tie

KINDS = {
    "kin": "亲属", "role": "任职或持股", "successor": "承继", "phone": "同一电话", "address": "同一地址",
    "account": "同一账户", "person": "同一人员", "group": "同一集团",
}  # fmt: skip


def named(node: str, names: Mapping[str, str]) -> str:
    """A node as people read it: a firm by its name, a person by eight characters of a hash.

    Example
    -------
    >>> named("firm:A1", {"firm:A1": "甲公司"}), named("person:abcdefghijkl", {})
    ('甲公司', '人员abcdefgh')
    """
    kind, _, value = node.partition(":")
    if kind == "person":
        return f"人员{value[:8]}"
    return names.get(node, value or node)


def tell_tie(tie: Tie, names: Mapping[str, str] | None = None) -> str:
    """One tie in a sentence.

    Example
    -------
    >>> tell_tie(Tie("firm:甲", "firm:乙", "phone", source="企业信息", sharing=2))
    '甲与乙登记同一电话（共2家使用；来源：企业信息）'
    """
    known = names or {}
    a, b = named(tie.a, known), named(tie.b, known)
    notes = [_time(tie)] if _time(tie) else []
    if tie.sharing:
        notes.insert(0, f"共{tie.sharing}家使用" if tie.kind != "person" else f"该人员在{tie.sharing}家")
    notes += [f"来源：{tie.source}"] if tie.source else []
    said = {
        "kin": f"{a}与{b}是亲属“{tie.detail or '近亲属'}”",
        "role": f"{a}在{b}任{tie.detail}",
        "successor": f"{b}承继{a}",
        "phone": f"{a}与{b}登记同一电话",
        "address": f"{a}与{b}登记同一地址",
        "account": f"{a}与{b}使用同一账户",
        "person": f"{a}与{b}有同一人员（{tie.detail or '身份未注明'}）",
        "group": f"{a}与{b}同属已公示的集团",
    }.get(tie.kind, f"{a}与{b}：{tie.kind} {tie.detail}".rstrip())
    return f"{said}（{'；'.join(notes)}）" if notes else said


def _time(tie: Tie) -> str:
    if tie.from_date and tie.to_date:
        return f"{tie.from_date}至{tie.to_date}"
    return f"{tie.from_date}起" if tie.from_date else f"至{tie.to_date}" if tie.to_date else ""


def tell_chain(chain: Sequence[Tie], names: Mapping[str, str] | None = None) -> list[str]:
    """Each step of a chain in a sentence, numbered.

    Example
    -------
    >>> tell_chain([Tie("person:p", "firm:甲", "role", "股东")])
    ['1. 人员p在甲任股东']
    """
    return [f"{number}. {tell_tie(tie, names)}" for number, tie in enumerate(chain, 1)]


def tell_hub(hub: Hub) -> str:
    """A value that ties nobody, and why."""
    # Telephones, accounts and people are hashes that tell a reader nothing.
    value = f"“{hub.value}”" if hub.kind in ("address", "group") else ""
    return f"{KINDS.get(hub.kind, hub.kind)}{value}有{hub.sharing}个使用者，过多，不作为关系"
