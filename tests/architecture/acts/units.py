"""Divisions and institutions."""

import datetime as dt
from typing import Any

from city import City

from acts.act import Act, Data, ready_check
from lianheng.web.units.models import Division, Institution


def _dated(prefix: str, **more: Any) -> Data:
    def data(city: City) -> dict[str, Any]:
        revision = Division.objects.get(pk="430421101").revision
        fields = {"revision": revision, "date": "2026-12-01", "basis": "湘政函〔2026〕1号", **more}
        return {f"{prefix}-{name}": value for name, value in fields.items()}

    return data


def _institution(**more: Any) -> Data:
    given = {"name": "演示新设中学", "code": "X430421-077", "unit_type": "school", "list_code": "X"}
    given |= {"division": "430421100", "date": "2026-12-01", "basis": "批复", "revision": 0}
    return lambda city: given | more


def _edit(**more: Any) -> Data:
    def data(city: City) -> dict[str, Any]:
        row = Institution.objects.get(pk=city["school"].pk)
        return {**_institution(name="演示更名中学", code=row.code)(city), "revision": row.revision, **more}

    return data


ACTS: dict[str, Act] = {
    "units:rename_division": Act("office", "CITY", _dated("rename", name="集贤镇"), parts={"code": "=430421101"}),
    "units:move_division": Act("office", "CITY", _dated("move", parent="430424"), parts={"code": "=430421101"}),
    "units:merge_division": Act("office", "CITY", _dated("merge", into="430421100"), parts={"code": "=430421101"}),
    "units:end_division": Act(
        "office",
        "CITY",
        _dated("end"),
        parts={"code": "=430421101"},
        before=lambda city: Institution.objects.filter(pk=city.units["X3"].pk).update(valid_to=dt.date(2026, 11, 1)),
    ),
    "units:count_zone_under": Act(
        "office",
        "CITY",
        lambda city: {"zone-revision": 0, "zone-under": "430424"},
        parts={"code": "=430471"},
        before=lambda city: Division.objects.create(
            code="430471",
            name="演示高新区",
            level=3,
            parent_id="4304",
            province="43",
            city="4304",
            county="430471",
            statistical=True,
        ),
    ),
    "units:create_institution": Act("town", "OVER", _institution()),
    "units:edit_institution": Act("town", "OVER", _edit()),
    "units:end_institution": Act(
        "county",
        "OVER",
        lambda city: {
            "revision": Institution.objects.get(pk=city["school"].pk).revision,
            "date": "2026-12-01",
            "basis": "撤并文件",
        },
    ),
    "units:undo_import": Act("office", "OFFICE"),
    "units:import_institutions": Act(
        "office",
        "OFFICE",
        lambda city: {"check": city["institution check"].pk},
        ready_check(
            "institution check",
            "office",
            ["单位编码", "单位名称", "区划代码", "单元类型", "清单"],
            lambda city: ["X430424-078", "演示第七十八中学", "430424", "school", "X"],
        ),
    ),
    "units:set_unit_type": Act(
        "office",
        "CITY",
        lambda city: {"school-revision": 0, "school-enabled": "on", "school-lead_department": "市教育局"},
    ),
}
