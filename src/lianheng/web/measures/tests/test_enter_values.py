"""Survey values of one institution: by who supplies them, never over what the institution reported itself."""

import pytest
from django.urls import reverse

from lianheng.web.assessment.models import Round
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.measures import services
from lianheng.web.measures.models import MeasureValue
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.trail.models import TrailEntry

pytestmark = pytest.mark.django_db
AWARE, SATISFIED = "form.ec1_1.awareness_public", "form.ec3_1.satisfaction"


@pytest.fixture
def client(city: City, log_in):  # type: ignore[no-untyped-def]
    year.launched(city)
    return log_in(city.people["third"])


def send(client, city: City, unit: str = "A1", **changed: str):  # type: ignore[no-untyped-def]
    data = {"period": "2026", "source": "2026年民意调查", "as_of": "2026-12-01", f"v.{AWARE}": "81.5", **changed}
    return client.post(reverse("measures:enter_values", args=[city.units[unit].pk]), data)


def test_it_saves_and_every_number_leads_back(city: City, client) -> None:  # type: ignore[no-untyped-def]
    assert send(client, city).status_code == 302
    value = MeasureValue.objects.get(measure=AWARE)
    assert (value.value, value.source, value.county) == ("81.5", "2026年民意调查", "430421")
    assert send(client, city, **{f"v.{AWARE}": "82", f"was.{AWARE}": "81.5"}).status_code == 302
    page = client.get(reverse("measures:value", args=[value.pk])).content.decode()
    assert "群众知晓率" in page and "2026年民意调查" in page and "用户third" in page
    assert page.index("82") < page.index("81.5") and "录入数据" in page
    assert TrailEntry.objects.filter(action="measures.values_entered").count() == 2


def test_two_people_at_one_form(city: City, client, log_in) -> None:  # type: ignore[no-untyped-def]
    """Who saves second sees what the first saved and keeps what was typed; what nobody touched keeps its source."""
    send(client, city, **{f"v.{SATISFIED}": "60"})
    shown = {f"was.{AWARE}": "81.5", f"was.{SATISFIED}": "60"}
    office = log_in(city.people["office"])
    assert send(office, city, source="甲报告", **{f"v.{SATISFIED}": "71.5"}, **shown).status_code == 302
    mine = {f"v.{AWARE}": "66.6", f"v.{SATISFIED}": "60"}
    refused = send(client, city, source="乙报告", **mine, **shown)
    page = refused.content.decode()
    assert (
        refused.status_code == 409 and "没有写入" in page and "刚刚把这一项存为 71.5" in page and 'value="66.6"' in page
    )
    stored = dict(MeasureValue.objects.exclude(value="").values_list("measure", "value"))
    assert stored == {AWARE: "81.5", SATISFIED: "71.5"}
    again = {field.html_name: field.value() or "" for field in refused.context["form"]}
    assert client.post(refused.request["PATH_INFO"], again | {"period": "2026"}).status_code == 302
    rows = {row.measure_id: (row.value, row.source) for row in MeasureValue.objects.exclude(value="")}
    assert rows == {AWARE: ("66.6", "乙报告"), SATISFIED: ("71.5", "甲报告")}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({f"v.{AWARE}": "101"}, "不能超过 100"),
        ({f"v.{AWARE}": "-1"}, "不能是负数"),
        ({f"v.{AWARE}": "很高"}, "要填数字"),
        ({"as_of": "2026-12-30"}, "数据日期在将来"),
        ({"source": "单位填报"}, "请写明数据来源"),
    ],
)
def test_it_says_what_is_wrong_above_the_field(city: City, client, changed, message) -> None:  # type: ignore[no-untyped-def]
    response = send(client, city, **{f"v.{SATISFIED}": "77", **changed})
    page = response.content.decode()
    assert response.status_code == 422 and message in page and 'value="77"' in page
    assert not MeasureValue.objects.exists()


def test_only_what_others_supply_is_offered(city: City, client) -> None:  # type: ignore[no-untyped-def]
    page = client.get(reverse("measures:enter_values", args=[city.units["A1"].pk]), {"period": "2026"}).content.decode()
    assert AWARE in page and "form.ea1_1.due" not in page
    send(client, city, **{"v.form.ea1_1.due": "4"})
    assert not MeasureValue.objects.filter(measure="form.ea1_1.due").exists()
    # A school's list has no survey item.
    assert (
        "没有要由别人提供的数"
        in client.get(reverse("measures:enter_values", args=[city.units["X1"].pk]), {"period": "2026"}).content.decode()
    )


def test_what_a_unit_reported_is_not_overwritten(city: City, client) -> None:  # type: ignore[no-untyped-def]
    sheet = Round.objects.get().sheets.get(institution=city.units["X1"])
    year.filled_in(city, sheet)
    with pytest.raises(InvalidInput, match="单位自己填报"):
        services.enter_values(
            actor=city.people["office"], institution_id=city.units["X1"].pk, period="2026",
            values={"form.x1_1.list_items_done": "1"}, source="专班",
        )  # fmt: skip


def test_a_published_year_is_closed(city: City, client) -> None:  # type: ignore[no-untyped-def]
    Round.objects.update(state=Round.PUBLISHED)
    assert send(client, city).status_code == 409
    assert not MeasureValue.objects.exists()


def test_others_may_not(city: City, client, log_in) -> None:  # type: ignore[no-untyped-def]
    assert send(log_in(city.people["a1"]), city).status_code == 403
    assert send(log_in(city.people["county"]), city).status_code == 404
    send(client, city)
    value = MeasureValue.objects.get(measure=AWARE)
    assert log_in(city.people["a1"]).get(reverse("measures:value", args=[value.pk])).status_code == 200
    assert log_in(city.people["x2"]).get(reverse("measures:value", args=[value.pk])).status_code == 404
