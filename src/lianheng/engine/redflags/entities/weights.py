"""What agrees and what differs between two records, and how much each says; nothing is fitted to any data.

A weight is the base-2 logarithm of how much likelier the finding is for one and the same than for two different ones,
as in Fellegi and Sunter (1969), set by hand (docs/explanation/entity-matching.md) and the same for every register.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from lianheng.engine.redflags.entities.names import FirmName, credit_code_holds


class Finding(NamedTuple):
    """One thing compared: what, how it came out, its weight, and the words for it."""

    field: str
    weight: float
    told: str


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a register, its texts brought to one spelling; what is not known is empty."""

    row: int
    id: str
    name: str  # as written
    key: str  # 字号 and 行业 of a firm, the name of a person
    firm: FirmName | None = None
    phone: str = ""
    address: str = ""
    person: str = ""
    birth: str = ""  # digits: year, or year, month and day
    area: str = ""  # division code


# At or above `same` it is one and the same, at or above `possible` a person decides.
FIRM_LIMITS = {"same": 12.0, "possible": 7.0}
PERSON_LIMITS = {"same": 17.0, "possible": 11.0}


def compare_ids(a: Record, b: Record, *, firms: bool) -> bool | None:
    """Whether ids say the same, different, or nothing (absent, of two kinds, or with a wrong check character).

    Example
    -------
    >>> one, other, passport = (Record(1, id_, "", "") for id_ in ("PAB1", "PAB2", "G00000000"))
    >>> compare_ids(one, other, firms=False), compare_ids(one, passport, firms=False)
    (False, None)
    """
    one, other = a.id, b.id
    if not one or not other:
        return None
    if one == other:
        return True
    if len(one) != len(other):
        short, long = sorted((one, other), key=len)
        older = older_id(long, firms=firms)
        if older == short:
            return True
        # Two ids of one person, one in the older form, have to fit; a firm's nine characters may be of another kind.
        return False if older and not firms and len(short) == len(older) else None
    if firms and len(one) == 18 and not (credit_code_holds(one) and credit_code_holds(other)):
        return None
    return False


def older_id(id_: str, *, firms: bool) -> str:
    """The older id that lies within one of eighteen characters; empty where there is none.

    A firm's are the nine characters of the 组织机构代码, a person's the fifteen without century and check digit.

    Example
    -------
    >>> older_id("91350100M000100Y43", firms=True)
    'M000100Y4'
    """
    if len(id_) != 18:
        return ""
    if firms:
        return id_[8:17]
    return id_[:6] + id_[8:17] if id_[6:8] == "19" and id_[:17].isdigit() else ""


def one_apart(a: str, b: str) -> bool:
    """Whether one character was changed, left out or added.

    Example
    -------
    >>> one_apart("宏达建筑", "宏大建筑"), one_apart("宏达建筑", "达宏建筑")
    (True, False)
    """
    if abs(len(a) - len(b)) > 1 or a == b:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    rest_a, rest_b = a[start:], b[start:]
    return rest_a[1:] == rest_b[1:] or rest_a[1:] == rest_b or rest_a == rest_b[1:]


def regions_differ(a: FirmName, b: FirmName) -> bool:
    """Whether two names give different places on one level."""
    if a.region == b.region:
        return False
    there = dict(b.region)
    return any(there.get(level, name) != name for level, name in a.region)


def compare_firms(a: Record, b: Record, hubs: frozenset[str]) -> list[Finding]:
    """What two firms have in common; `hubs` are phones and addresses of so many firms that they say nothing.

    Returns
    -------
    One finding a field; where a side knows nothing of it, its weight is 0.
    """
    assert a.firm and b.firm
    found = [_core(a.firm.core, b.firm.core), _region(a.firm, b.firm)]
    same_form = a.firm.form == b.firm.form
    if a.firm.form and b.firm.form:
        told = "组织形式一致" if same_form else f"组织形式不同（{a.firm.form}、{b.firm.form}）"
        found.append(Finding("form", 1.0 if same_form else -4.0, told))
    if a.firm.branch != b.firm.branch:
        told = f"一方是分支机构（{a.firm.branch or '总公司'}、{b.firm.branch or '总公司'}）"
        found.append(Finding("branch", -20.0, told))
    found.append(_shared("phone", "电话", a.phone, b.phone, 6.0, -1.0, hubs))
    found.append(_shared("address", "地址", a.address, b.address, 5.0, -1.0, hubs))
    found.append(_shared("person", "法定代表人", a.person, b.person, 4.0, -1.0, frozenset()))
    return found


def _core(a: str, b: str) -> Finding:
    if a == b:
        return Finding("name", 10.0, f"名称主体相同“{a}”")
    if min(len(a), len(b)) >= 4 and one_apart(a, b):
        return Finding("name", 4.0, f"名称主体相差一字“{a}”“{b}”")
    return Finding("name", -8.0, f"名称主体不同“{a}”“{b}”")


def _region(a: FirmName, b: FirmName) -> Finding:
    if regions_differ(a, b):
        return Finding("region", -8.0, f"地区不同“{_places(a)}”“{_places(b)}”")
    if set(a.region) & set(b.region):
        return Finding("region", 3.0, f"地区相符“{_places(a)}”“{_places(b)}”")
    return Finding("region", 0.0, "名称中的地区无从比较")


def _places(name: FirmName) -> str:
    return "".join(place for _, place in name.region)


def _shared(field: str, label: str, a: str, b: str, agree: float, differ: float, hubs: frozenset[str]) -> Finding:
    if not a or not b:
        return Finding(field, 0.0, f"{label}缺失")
    if a != b:
        return Finding(field, differ, f"{label}不同")
    if a in hubs:
        return Finding(field, 0.0, f"{label}相同，但登记者过多，不计")
    return Finding(field, agree, f"{label}相同")


def compare_people(a: Record, b: Record, hubs: frozenset[str]) -> list[Finding]:
    """What two people of one name have in common beside it."""
    return [
        Finding("name", 8.0, f"姓名相同“{a.name}”"),
        _birth(a.birth, b.birth),
        _area(a.area, b.area),
        _shared("phone", "电话", a.phone, b.phone, 6.0, 0.0, hubs),
    ]


def _birth(a: str, b: str) -> Finding:
    if not a or not b:
        return Finding("birth", 0.0, "出生时间缺失")
    if len(a) == len(b) == 8 and a[:4] == b[:4]:
        return Finding("birth", 8.0, "出生日期相同") if a == b else Finding("birth", -6.0, "出生年相同而日期不同")
    apart = abs(int(a[:4]) - int(b[:4]))
    if apart == 0:
        return Finding("birth", 5.0, f"出生年相同（{a[:4]}）")
    return Finding("birth", -2.0 if apart == 1 else -20.0, f"出生年不同（{a[:4]}、{b[:4]}）")


def _area(a: str, b: str) -> Finding:
    if not a or not b:
        return Finding("area", 0.0, "地区缺失")
    if a == b and len(a) == 12:
        return Finding("area", 5.0, "同一个村（社区）")
    if a[:6] == b[:6]:
        return Finding("area", 3.0, "同一个县（市、区）")
    return Finding("area", -2.0, "地区不同")
