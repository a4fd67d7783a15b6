"""A small cast on a small tree: a county's and a line's lead, the office of the city, institutions of several types."""

import datetime as dt
from collections.abc import Callable

import pytest

from lianheng.library.city_profile import shipped_profile
from lianheng.web.conftest import TODAY
from lianheng.web.units import services
from lianheng.web.units.models import Division, Institution

Make = Callable[..., Institution]


@pytest.fixture
def hengyang(small_tree: dict[str, Division]) -> dict[str, Division]:
    """The small tree with the profile of Hengyang and a zone that exists for statistics only."""
    services.load_city_profile(actor=None, path=shipped_profile("hengyang"))
    zone = Division.objects.create(
        code="430473", name="松木经开区", level=3, parent_id="4304", province="43", city="4304", county="430473",
        statistical=True,
    )  # fmt: skip
    return {**small_tree, zone.pk: zone}


@pytest.fixture
def make_institution(hengyang: dict[str, Division]) -> Make:
    """Return a maker: make_institution("SCH-1", "西渡镇中心小学", "430421100", "school", "X")."""

    def make(code: str, name: str, division: str, unit_type: str, list_code: str = "", **more: str) -> Institution:
        data = services.InstitutionData(
            code=code, name=name, division=division, unit_type=unit_type, list_code=list_code, **more
        )
        return services.create_institution(actor=None, data=data, valid_from=dt.date(2024, 1, 1), today=TODAY)

    return make


@pytest.fixture
def city_bodies(make_institution: Make) -> dict[str, Institution]:
    """Schools and hospitals of two counties and one of the city."""
    rows = [
        ("X-421", "西渡镇中心小学", "430421100", "school", "X"),
        ("X-424", "洣水镇中心小学", "430424100", "school", "X"),
        ("Y-421", "衡阳县人民医院", "430421", "hospital", "Y"),
        ("Y-424", "衡东县人民医院", "430424", "hospital", "Y"),
        ("Y-43", "衡阳市中心医院", "4304", "hospital", "Y"),
        ("C-421", "演示甲村村民委员会", "430421100001", "village", "C"),
    ]
    return {row[0]: make_institution(*row) for row in rows}
