"""What a firm's or a person's name consists of, so that spellings of one name become equal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

# What is left of a form after its spellings are put together; the longest ending wins.
FORMS = {
    ending: form
    for form, endings in {
        "股份": "股份有限公司 股份公司",
        "集团": "集团有限责任公司 集团有限公司 集团公司",
        "集团股份": "集团股份有限公司",
        "有限": "有限责任公司 有限公司",
        "": "公司",
        "合作社": "农民专业合作社 专业合作社 合作社",
        "合伙": "普通合伙企业 有限合伙企业 合伙企业",
        "个体": "经营部 门市部 商行 工作室",
        "事务所": "事务所",
    }.items()
    for ending in endings.split()
}
_FORM = re.compile("(" + "|".join(sorted(FORMS, key=len, reverse=True)) + ")$")
_BRANCH = re.compile(r"^(.+公司)(.{1,12}?(?:分公司|分店|营业部|项目部|办事处))$")
_BRACKETS = re.compile(r"[(\[【〔{]([^)\]】〕}]*)[)\]】〕}]")
_STATE = re.compile("已|原|曾用|吊销|注销|停业")
_ODD = re.compile(r"[^0-9A-Z\u3400-\u9fff]")
_SUFFIX = re.compile("(?:特别行政区|(?:维吾尔|壮族|回族)?自治区|省|市|地区|盟)$")
# 衡阳市政工程 lies in 衡阳 and does 市政工程; so with 市场 and the like.
_TRAPS = ("市政", "市场", "市民", "市容", "县域", "区域")
_PROVINCE, _CITY, _COUNTY = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Regions:
    """Names of provinces, cities and counties, with and without 省 and 市 → (level, short name)."""

    known: Mapping[str, tuple[tuple[int, str], ...]]
    longest: int

    @classmethod
    def of(cls, names: Iterable[tuple[str, int]]) -> Regions:
        """From full names with levels (1 province, 2 city, 3 county); a county is known by its full name alone."""
        found: dict[str, set[tuple[int, str]]] = {}
        for name, level in names:
            short = _SUFFIX.sub("", name) if level < _COUNTY else name
            if len(short) > 1:
                found.setdefault(name, set()).add((level, short))
                found.setdefault(short, set()).add((level, short))
        return cls({name: tuple(sorted(places)) for name, places in found.items()}, max(map(len, found), default=0))


@dataclass(frozen=True, slots=True)
class FirmName:
    """名称: `core` is 字号 and 行业, `region` short names by level, `form` the kind of firm, `branch` of a 分公司."""

    core: str
    region: tuple[tuple[int, str], ...]
    form: str
    branch: str


def squeezed(text: str) -> str:
    """Full width to half, capitals, nothing but letters, digits and characters.

    Example
    -------
    >>> squeezed(" 衡阳 Ａbc－建材 ")
    '衡阳ABC建材'
    """
    return _ODD.sub("", unicodedata.normalize("NFKC", text).upper())


def parse_firm_name(text: str, regions: Regions) -> FirmName:
    """The parts of a firm's name.

    Parameters
    ----------
    text : the name as written. An empty one has empty parts.
    regions : names of places.

    Returns
    -------
    Its parts; remarks in brackets such as （已注销） are dropped, a place in brackets counts as region.

    Example
    -------
    >>> places = Regions.of([("湖南省", 1), ("衡阳市", 2), ("蒸湘区", 3)])
    >>> one = parse_firm_name("湖南省衡阳市宏达建筑有限责任公司", places)
    >>> one.core, one.region, one.form
    ('宏达建筑', ((1, '湖南'), (2, '衡阳')), '有限')
    >>> parse_firm_name("宏达（衡阳）建筑 有限公司（已注销）", places).core
    '宏达建筑'
    >>> parse_firm_name("衡阳市政工程有限公司", places).core
    '市政工程'
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    places: list[tuple[int, str]] = []
    if "(" in plain or "【" in plain or "[" in plain or "〔" in plain:
        plain = _BRACKETS.sub(lambda found: _bracket(squeezed(found[1]), regions, places), plain)
    plain = _ODD.sub("", plain)
    branch = ""
    if found := _BRANCH.match(plain):
        plain, branch = found[1], found[2]
    plain = _take_regions(plain, regions, places)
    form = _FORM.search(plain)
    core = plain[: form.start()] if form and form.start() > 0 else plain
    return FirmName(core, tuple(sorted(set(places))), FORMS[form[1]] if form and form.start() > 0 else "", branch)


def _bracket(inside: str, regions: Regions, places: list[tuple[int, str]]) -> str:
    taken: list[tuple[int, str]] = []
    if not _take_regions(inside, regions, taken):
        places += taken
        return ""
    return "" if _STATE.match(inside) else inside


def _take_regions(text: str, regions: Regions, places: list[tuple[int, str]]) -> str:
    """Take names of places off the start, from the province down; what is left."""
    level = 0
    while True:
        for length in range(min(regions.longest, len(text)), 1, -1):
            deeper = [place for place in regions.known.get(text[:length], ()) if place[0] > level]
            if deeper and not text[length - 1 :].startswith(_TRAPS):
                level = deeper[0][0]
                places.append(deeper[0])
                text = text[length:]
                break
        else:
            return text


@lru_cache(maxsize=65_536)
def person_key(name: str) -> str:
    """A person's name without spaces and middle dots.

    Example
    -------
    >>> person_key("阿不都 · 热合曼") == person_key("阿不都•热合曼")
    True
    """
    return squeezed(name)


_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = [pow(3, place, 31) for place in range(17)]


def credit_code_holds(code: str) -> bool:
    """Whether an 18-character 统一社会信用代码 has the right check character (GB 32100-2015).

    Example
    -------
    >>> credit_code_holds("91350100M000100Y43"), credit_code_holds("91350100M000100Y44")
    (True, False)
    """
    if len(code) != 18 or any(mark not in _CODE for mark in code):
        return False
    total = sum(_CODE.index(mark) * weight for mark, weight in zip(code[:17], _CODE_WEIGHTS, strict=True))
    return _CODE[(31 - total % 31) % 31] == code[17]
