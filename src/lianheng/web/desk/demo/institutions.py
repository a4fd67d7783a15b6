"""About 1,500 synthetic institutions on real places. Every made-up body says 演示 in its name."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from lianheng.web.desk.demo.places import CITY, MISHUI, XIDU, Places, chosen
from lianheng.web.units.institution_data import InstitutionData
from lianheng.web.units.models import Division

CITY_NAME = "衡阳市"
# Organs of a county; each answers to the organ of the same name in the city.
COUNTY_ORGANS = (
    "教育局", "卫生健康局", "农业农村局", "国有资产监督管理局",
    "市场监督管理局", "文化旅游广电体育局", "妇女联合会", "审计局",
)  # fmt: skip
CITY_ORGANS = (
    *COUNTY_ORGANS, "财政局", "人力资源和社会保障局", "民政局", "住房和城乡建设局", "自然资源和规划局", "生态环境局",
    "交通运输局", "水利局", "林业局", "商务局", "应急管理局", "统计局", "医疗保障局", "行政审批服务局", "司法局",
    "发展和改革委员会", "科学技术局", "工业和信息化局", "城市管理和综合执法局", "退役军人事务局", "乡村振兴局",
    "信访局", "机关事务管理局", "公共资源交易中心", "住房公积金管理中心", "供销合作社",
)  # fmt: skip
# Which organ of the county answers for a unit type, by its place in COUNTY_ORGANS.
PARENT_OF = {"X": 0, "Y": 1, "C": 2, "Q": 3, "M": 4, "W": 5, "F": 6}
TYPE_OF = {"J": "organ", "X": "school", "Y": "hospital", "C": "village", "Q": "enterprise", "M": "enterprise",
           "F": "family", "W": "culture"}  # fmt: skip
STATE_FIRMS = ("城市建设投资", "水务", "公共交通", "粮食储备", "文化旅游投资")
PRIVATE_FIRMS = ("机械制造", "油茶加工", "电子科技", "建筑工程", "物流服务")
# How many at full size. A smaller city keeps at least a few of each.
SIZES = {"town_school": 2, "Y": 90, "C": 700, "Q": 60, "M": 60, "F": 60, "W": 50}


@dataclass
class Census:
    """Collects institutions and numbers them by list and county."""

    places: Places
    rng: Random
    rows: list[InstitutionData] = field(default_factory=list)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, list_code: str, name: str, place: str, parent: str = "", ownership: str = "") -> None:
        county = place[:6].ljust(6, "0")
        number = self.numbers[list_code, county] = self.numbers.get((list_code, county), 0) + 1
        data = InstitutionData(
            code=f"{list_code}{county}-{number:03d}",
            name=name,
            division=place,
            unit_type=TYPE_OF[list_code],
            list_code=list_code,
            ownership=ownership,
            parent=parent or self.parent(list_code, county),
        )
        self.rows.append(data)

    def parent(self, list_code: str, county: str) -> str:
        """Return the county organ that answers for a list: numbers follow the order of COUNTY_ORGANS."""
        if list_code not in PARENT_OF:
            return ""
        number = PARENT_OF[list_code] + 1
        has_organ = number <= self.numbers.get(("J", county), 0)
        return f"J{county}-{number:03d}" if has_organ else f"J{CITY}00-{number:03d}"


def census(places: Places, rng: Random, scale: float) -> list[InstitutionData]:
    """Return all institutions of the city at a scale (1 = full), the same for the same seed."""
    book = Census(places, rng)
    book.rows += [_area(county) for county in places.counties]
    _organs(book, scale)
    _on_towns(book, scale)
    _on_villages(book, scale)
    _on_counties(book, scale)
    return book.rows


def _size(full: int, scale: float, least: int = 2) -> int:
    return max(least, round(full * scale))


def _area(county: Division) -> InstitutionData:
    return InstitutionData(code=f"A{county.pk}", name=county.name, division=county.pk, is_area=True)


def _organs(book: Census, scale: float) -> None:
    for name in CITY_ORGANS[: _size(len(CITY_ORGANS), scale, len(COUNTY_ORGANS))]:
        book.add("J", f"{CITY_NAME}{name}（演示）", CITY)
    counties = [county for county in book.places.counties if not county.statistical]
    kept = chosen(counties, _size(len(counties), scale), book.rng, [c for c in counties if c.pk == XIDU[:6]])
    for county in kept:
        for number, name in enumerate(COUNTY_ORGANS, start=1):
            book.add("J", f"{county.name}{name}（演示）", county.pk, parent=f"J{CITY}00-{number:03d}")


def _on_towns(book: Census, scale: float) -> None:
    towns = book.places.towns
    first = [town for town in towns if town.pk in (XIDU, MISHUI)]
    for town in chosen(towns, _size(len(towns), scale, 4), book.rng, first):
        where = _where(book, town)
        book.add("X", f"{where}演示中学", town.pk)
        book.add("X", f"{where}演示中心小学", town.pk)
    hospitals = _size(SIZES["Y"], scale, 3)
    for town in chosen(towns, hospitals * 2 // 3, book.rng, first):
        book.add("Y", f"{_where(book, town)}演示卫生院", town.pk)
    for town in chosen(towns, _size(SIZES["F"], scale), book.rng, first):
        book.add("F", f"{_where(book, town)}演示家庭家教家风项目", town.pk)
    for town in chosen(towns, _size(SIZES["W"], scale), book.rng, first):
        book.add("W", f"{_where(book, town)}演示清廉文化园", town.pk)


def _where(book: Census, town: Division) -> str:
    """Two towns of the city may share a name: the county stands before it."""
    return f"{book.places.names[town.county]}{town.name}"


def _on_villages(book: Census, scale: float) -> None:
    rows = book.places.villages
    xidu = [row for row in rows if row.town == XIDU][:2]
    for village in chosen(rows, _size(SIZES["C"], scale, 6), book.rng, xidu):
        book.add("C", f"{book.places.names[village.town]}{committee(village.name)}（演示）", village.pk)


def committee(name: str) -> str:
    """Return the committee's name of a village or neighbourhood, however the list of divisions writes it."""
    if name.endswith(("委会", "委员会")):
        return name
    return name + ("居委会" if name.endswith("社区") else "村委会" if not name.endswith("村") else "委会")


def _on_counties(book: Census, scale: float) -> None:
    counties = book.places.counties
    for county, kind in _rounds(book, _size(SIZES["Y"], scale, 3) // 3 + 1, ("人民医院", "中医医院", "妇幼保健院")):
        book.add("Y", f"{county.name}演示{kind}", county.pk)
    for county, trade in _rounds(book, _size(SIZES["Q"], scale), STATE_FIRMS, counties):
        book.add("Q", f"{county.name}演示{trade}有限公司", county.pk, ownership="soe")
    for county, trade in _rounds(book, _size(SIZES["M"], scale), PRIVATE_FIRMS, counties):
        book.add("M", f"{county.name}演示{trade}有限公司", county.pk, ownership="private_firm")


def _rounds(
    book: Census, count: int, kinds: tuple[str, ...], counties: object = None
) -> Iterator[tuple[Division, str]]:
    """Go round the counties, one kind a round; zones have firms but no hospitals."""
    rows = [county for county in book.places.counties if counties is not None or not county.statistical]
    # 衡阳县 first: the demo people at a small scale are there too.
    rows.sort(key=lambda county: (county.pk != XIDU[:6], county.pk))
    pairs = [(county, kind) for kind in kinds for county in rows]
    yield from pairs[:count]
