"""Registers of firms and people with known counterparts, made without any code of the matcher.

Each firm of A has one in B (spelt in another way), or none but a look-alike. Kinds, and what a careful clerk would say:
same id; region left out or put in brackets; 有限责任公司 for 有限公司; full width and blanks; one character typed wrong
(with the same telephone, or without); renamed under one id; the same 字号 in another city, of another form, a branch,
a wrong check character; an agent's telephone shared by many.
"""

from __future__ import annotations

import random
from typing import Any

CITIES = [("湖南省", "衡阳市"), ("湖南省", "长沙市"), ("湖南省", "株洲市"), ("江西省", "宜春市"), ("广东省", "韶关市"),
          ("湖北省", "荆州市"), ("四川省", "绵阳市"), ("安徽省", "安庆市")]  # fmt: skip
SYLLABLES = (
    "宏达华盛鑫源恒泰瑞丰金辉百川远航天成万通正德安康博雅中联嘉禾星宇东方南岳清泉长青永兴顺和润景福利民光明新城启智"
)
TRADES = [
    "建筑工程",
    "建材",
    "商贸",
    "劳务",
    "园林绿化",
    "科技",
    "农业开发",
    "物流",
    "食品",
    "市政工程",
    "装饰设计",
    "医疗器械",
]
_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"  # noqa: E501
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文斌海波宇晨欣怡梓涵子轩浩然一诺思雨佳琪俊凯博文"


def code(chance: random.Random) -> str:
    """A code of eighteen with a right last character; region 00 belongs to no place."""
    head = "91000000" + "".join(chance.choice(_LETTERS) for _ in range(9))
    weight, total = 1, 0
    for mark in head:
        total += _LETTERS.index(mark) * weight
        weight = weight * 3 % 31
    return head + _LETTERS[-total % 31]


def make_firms(count: int, seed: int) -> tuple[list[dict[str, str]], list[dict[str, str]], dict[int, int | None]]:
    """Rows of A, rows of B, and for each row of A the place of its counterpart in B or None."""
    chance = random.Random(seed)
    a: list[dict[str, str]] = []
    b: list[dict[str, str]] = []
    truth: dict[int, int | None] = {}
    used: set[tuple[str, str]] = set()
    for number in range(count):
        firm = _firm(chance, used, number)
        kind = KINDS[number % len(KINDS)]
        ours, theirs, is_same = kind(chance, firm, used)
        truth[len(a)] = len(b) if is_same else None
        a.append(ours)
        b.append(theirs)
    order = list(range(len(b)))
    chance.shuffle(order)
    place = {old: new for new, old in enumerate(order)}
    return a, [b[old] for old in order], {one: None if other is None else place[other] for one, other in truth.items()}


def _firm(chance: random.Random, used: set[tuple[str, str]], number: int) -> dict[str, Any]:
    while True:
        # Two syllables do not make half a million names.
        brand = "".join(chance.sample(SYLLABLES, chance.choice((2, 2, 3, 3, 4) if number < 20_000 else (3, 3, 4))))
        trade = chance.choice(TRADES)
        province, city = chance.choice(CITIES)
        if (brand + trade, city) not in used:
            used.add((brand + trade, city))
            break
    phone = "0734" + "0" * 3 + f"{number:08d}"
    if number % 50 == 0:
        phone = "07340001111"  # an agent's
    return {"province": province, "city": city, "brand": brand, "trade": trade, "code": code(chance), "phone": phone}


def _row(name: str, code: str = "", phone: str = "") -> dict[str, str]:
    return {"name": name, "id": code, "phone": phone}


def _full(f: dict[str, Any], form: str = "有限公司") -> str:
    return f["city"] + f["brand"] + f["trade"] + form


def same_code(chance: random.Random, f: dict[str, Any], used: Any) -> Any:
    return _row(_full(f), f["code"]), _row(_full(f, "有限责任公司"), f["code"]), True


def region_in_brackets(chance: random.Random, f: dict[str, Any], used: Any) -> Any:
    return _row(f"{f['brand']}（{f['city'][:-1]}）{f['trade']}有限公司"), _row(_full(f), f["code"]), True


def whole_region(chance: random.Random, f: dict[str, Any], used: Any) -> Any:
    name = f["province"] + f["city"] + f["brand"] + " " + f["trade"] + "有限责任公司"
    return _row(name), _row(f["city"][:-1] + f["brand"] + f["trade"] + "有限公司", f["code"]), True


def region_left_out(chance: random.Random, f: dict[str, Any], used: Any) -> Any:
    return _row(f["brand"] + f["trade"] + "有限公司", phone=f["phone"]), _row(_full(f), f["code"], f["phone"]), True


def wrong_character(chance: random.Random, f: dict[str, Any], used: Any) -> Any:
    wrong = chance.choice("邦轩钰昊") + f["brand"][1:]
    name = f["city"] + wrong + f["trade"] + "有限公司"
    return _row(name, phone=f["phone"]), _row(_full(f), f["code"], f["phone"]), True


def closed_and_wide(chance: random.Random, f: dict[str, Any], used: Any) -> Any:
    return _row(_full(f) + "（已注销）"), _row(" ".join(_full(f)), f["code"]), True


def renamed(chance: random.Random, f: dict[str, Any], used: Any) -> Any:
    return _row(f["city"] + "旧名" + f["trade"] + "有限公司", f["code"]), _row(_full(f), f["code"]), True


def other_city(chance: random.Random, f: dict[str, Any], used: Any) -> Any:
    _, city = next(place for place in CITIES if place[1] != f["city"]
                          and (f["brand"] + f["trade"], place[1]) not in used)  # fmt: skip
    used.add((f["brand"] + f["trade"], city))
    return _row(_full(f)), _row(city + f["brand"] + f["trade"] + "有限公司", code(chance)), False


def other_code(chance: random.Random, f: dict[str, Any], used: Any) -> Any:
    return _row(_full(f), f["code"]), _row(_full(f), code(chance)), False


def branch(chance: random.Random, f: dict[str, Any], used: Any) -> Any:
    return _row(_full(f) + "第二分公司"), _row(_full(f), f["code"]), False


def other_form(chance: random.Random, f: dict[str, Any], used: Any) -> Any:
    return _row(_full(f, "股份有限公司")), _row(_full(f), f["code"]), False


def agents_phone(chance: random.Random, f: dict[str, Any], used: Any) -> Any:
    other = f["city"] + "他号" + "".join(chance.sample(SYLLABLES, 2)) + f["trade"] + "有限公司"
    return _row(_full(f), phone="07340001111"), _row(other, code(chance), "07340001111"), False


KINDS = [same_code, region_in_brackets, whole_region, region_left_out, wrong_character, closed_and_wide, renamed,
         other_city, other_code, branch, other_form, agents_phone]  # fmt: skip


def make_people(count: int, seed: int) -> tuple[list[dict[str, str]], list[dict[str, str]], dict[int, int | None]]:
    """People: by id; by name, day of birth and village; namesakes of another year; a name and nothing else."""
    chance = random.Random(seed)
    a: list[dict[str, str]] = []
    b: list[dict[str, str]] = []
    truth: dict[int, int | None] = {}
    for number in range(count):
        name = chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, chance.choice((1, 2, 2))))
        year, day = chance.randint(1930, 2005), f"{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        village = f"0000{chance.randint(10, 29):02d}{chance.randint(1, 40):03d}{chance.randint(1, 9):03d}"
        person = {"name": name, "id": f"h{number:07d}", "birth": f"{year}-{day}", "area": village}
        kind = number % 5
        ours, theirs, is_same = dict(person), dict(person), kind < 3
        if kind == 1:
            ours = {**person, "id": "", "name": name[0] + " " + name[1:]}
        elif kind == 2:
            ours = {**person, "id": "", "birth": str(year), "area": village}
        elif kind == 3:
            theirs = {**person, "id": f"k{number:07d}", "birth": f"{year - 9}-{day}"}
            ours = {**person, "id": ""}
        elif kind == 4:
            ours = {"name": name, "id": "", "birth": "", "area": ""}
            theirs = {**person, "id": f"k{number:07d}"}
        truth[len(a)] = len(b) if is_same else None
        a.append(ours)
        b.append(theirs)
    return a, b, truth
