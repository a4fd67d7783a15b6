"""Values and their rechecks."""

from typing import Any

from city import City

from acts.act import Act, ready_check
from lianheng.web.measures.models import Measure, MeasureValue, RecheckDraw
from lianheng.web.measures.year import supplied_on
from lianheng.web.shell.models import Job


def _values_checked(city: City) -> None:
    code = supplied_on("E", "2026")[0][0]
    name = Measure.objects.get(pk=code).name
    ready_check("value check", "third", ["单位编码", name], lambda city: ["A430424", "70"])(city)
    stands = MeasureValue.objects.filter(institution__code="A430424", period="2026", measure=code)
    check = Job.objects.get(pk=city["value check"].pk)
    check.findings["seen"] = {f"{row.institution_id}:{code}": [row.pk, row.revision] for row in stands}
    check.save(update_fields=["findings"])


def _area(city: City) -> None:
    city.things["area"] = city.units["A1"]


def _area_values(city: City) -> dict[str, Any]:
    codes, _ = supplied_on("E", "2026")
    rows = MeasureValue.objects.filter(institution=city["area"], period="2026", measure__in=codes)
    shown = {f"was.{code}": value for code, value in rows.values_list("measure", "value")}
    return shown | {f"v.{codes[0]}": "71", "source": "民意调查", "as_of": "2026-12-01", "period": "2026"}


ACTS: dict[str, Act] = {
    "measures:undo_import": Act("third", "THIRD"),
    "measures:confirm_import": Act("third", "THIRD", lambda city: {"check": city["value check"].pk}, _values_checked),
    "measures:enter_values": Act("third", "THIRD+OVER", _area_values, before=_area, parts={"institution_id": "area"}),
    "measures:draw_recheck": Act(
        "office",
        "CITY",
        lambda city: {"period": "2026", "part": "J"},
        before=lambda city: RecheckDraw.objects.filter(part="J").delete(),
    ),
    "measures:enter_recheck": Act("town", "OVER+LEAD", lambda city: {"found": "1", "revision": 0, "note": "现场核对"}),
}
