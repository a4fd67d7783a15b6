"""Schemes through their pages: drafted, refused, published."""

from collections.abc import Callable

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Round, Scheme
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.standards.models import Catalogue
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units.models import CityProfile, UnitType

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def upload(client: Client, content: object, name: str = "scheme.yaml"):  # type: ignore[no-untyped-def]
    body = content if isinstance(content, bytes) else yaml.safe_dump(content, allow_unicode=True).encode()
    file = SimpleUploadedFile(name, body)
    return client.post("/assessment/schemes/upload/", {"year": 2026, "version": "own.1", "file": file})


@pytest.mark.seed("S74")
def test_weights_of_30_40_31_are_refused(city: City, log_in: LogIn) -> None:
    client = log_in(city.people["office"])
    response = upload(client, year.broken_scheme())
    assert response.status_code == 422
    assert "101" in response.content.decode()
    assert not Scheme.objects.exists()


def test_it_drafts_and_publishes_this_years_schemes(city: City, log_in: LogIn) -> None:
    client = log_in(city.people["office"])
    client.post("/assessment/schemes/draft/", {"year": 2026})
    drafted = Scheme.objects.get(code="X")
    other = log_in(city.people["office2"])
    response = other.post(f"/assessment/schemes/{drafted.pk}/publish/", {"revision": 0}, follow=True)
    assert "已发布" in response.content.decode()
    drafted.refresh_from_db()
    assert drafted.state == Scheme.PUBLISHED
    assert TrailEntry.objects.filter(action="assessment.scheme_published").count() == 1


@pytest.mark.seed("S03")
def test_the_office_publishes_and_the_lead_department_is_refused(city: City, log_in: LogIn) -> None:
    from lianheng.library.city_profile import load_profile, shipped_profile

    assert len(load_profile(shipped_profile("xianyang")).lead_departments) == 25
    office, lead = log_in(city.people["office"]), log_in(city.people["lead"])
    office.post("/assessment/schemes/draft/", {"year": 2026})
    scheme = Scheme.objects.get(code="X")
    refused = lead.post(f"/assessment/schemes/{scheme.pk}/publish/", {"revision": 0})
    assert refused.status_code == 403 and "工作专班" in refused.content.decode()
    scheme.refresh_from_db()
    assert scheme.state == Scheme.DRAFT
    assert TrailEntry.objects.filter(result="refused", actor=f"user:{city.people['lead'].pk}").count() == 1
    log_in(city.people["office2"]).post(f"/assessment/schemes/{scheme.pk}/publish/", {"revision": 0})
    scheme.refresh_from_db()
    assert scheme.state == Scheme.PUBLISHED


def test_without_the_citys_profile_nothing_is_drafted_or_made(city: City, log_in: LogIn) -> None:
    """Without unit types only the evaluation would be drafted, and a year would have no institutions."""
    content = Catalogue.objects.get().content["schemes"]["E"]
    UnitType.objects.all().delete()
    CityProfile.objects.all().delete()
    client = log_in(city.people["office"])
    days = {"year": 2026, "self_score_due": "2026-12-10", "assess_due": "2026-12-20"}
    answers = [
        client.post("/assessment/schemes/draft/", {"year": 2026}),
        upload(client, content),
        client.post("/assessment/create/", days),
    ]
    for answer in answers:
        assert answer.status_code in (409, 422) and "lianheng city load" in answer.content.decode()
    assert not Scheme.objects.exists() and not Round.objects.exists()


def test_an_unknown_measure_is_refused_when_published(city: City, log_in: LogIn) -> None:
    content = Catalogue.objects.get().content["schemes"]["X"]
    content["categories"][0]["items"][0]["measures"] = {"list_items": "ledger.unheard_of"}
    client = log_in(city.people["office"])
    upload(client, content)
    scheme = Scheme.objects.get()
    response = log_in(city.people["office2"]).post(f"/assessment/schemes/{scheme.pk}/publish/", {"revision": 0})
    assert response.status_code == 422 and "ledger.unheard_of" in response.content.decode()


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"a: [", b"- 1", b"list: 5", b""])
def test_a_broken_file_is_refused_in_words(city: City, log_in: LogIn, body: bytes) -> None:
    response = upload(log_in(city.people["office"]), body)
    assert response.status_code == 422
    assert not Scheme.objects.exists()


BOMB = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "body", [f"list: X\n{BOMB}", "list: X\ndeep: " + "[" * 5000, "list: X\nlist: E", "!!python/name:os.system"]
)
def test_a_file_that_would_grow_without_bound_is_refused(city: City, log_in: LogIn, body: str) -> None:
    response = upload(log_in(city.people["office"]), body.encode())
    assert response.status_code == 422 and "核对格式" in response.content.decode()
    assert not Scheme.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"list": "XXXXXXXXXXXXXXXXXXXXXXXX"},
        {"list": ""},
        {"name": "长" * 5000},
        {"name": {"a": 1}},
        {"name": None},
        {"name": "前\0后"},
        {"more": float("inf")},
        {"more": float("nan")},
        {"more": 2**70},
        {"categories": 5},
        {"categories": [5]},
        {"categories": [{"items": 7}]},
    ],
)
def test_a_file_with_a_value_that_nobody_can_keep_is_refused(
    city: City, log_in: LogIn, changed: dict[str, object]
) -> None:
    content = Catalogue.objects.get().content["schemes"]["X"]
    response = upload(log_in(city.people["office"]), content | changed)
    assert response.status_code == 422
    assert not Scheme.objects.exists()


def test_two_presses_publish_once(city: City, log_in: LogIn) -> None:
    client = log_in(city.people["office"])
    client.post("/assessment/schemes/draft/", {"year": 2026})
    scheme = Scheme.objects.get(code="X")
    client = log_in(city.people["office2"])
    client.post(f"/assessment/schemes/{scheme.pk}/publish/", {"revision": 0})
    again = client.post(f"/assessment/schemes/{scheme.pk}/publish/", {"revision": 0})
    assert again.status_code == 409 and "刚刚被别人改过" in again.content.decode()


def test_drafts_do_not_exist_for_units(city: City, log_in: LogIn) -> None:
    log_in(city.people["office"]).post("/assessment/schemes/draft/", {"year": 2026})
    scheme = Scheme.objects.get(code="X")
    unit = log_in(city.people["x1"])
    assert unit.get(f"/assessment/schemes/{scheme.pk}/").status_code == 404
    assert "清廉学校" not in unit.get("/assessment/schemes/").content.decode()


def test_faults_of_a_file_stand_with_their_lines(city: City, log_in: LogIn) -> None:
    """Chinese sentences with the place, never the program's own words; nothing is drafted."""
    client = log_in(city.people["office"])
    page = upload(client, b"year: 2027\nlist: X\ncategories: 5\n").content.decode()
    assert "第 1 行，方案最外层：不认识的键 year" in page and "第 3 行，类别（categories）：应为列表，实为 5" in page
    assert "Problem(" not in page and "where=" not in page
    body = yaml.safe_dump(Catalogue.objects.get().content["schemes"]["X"], allow_unicode=True, sort_keys=False)
    lines = body.splitlines()
    place = next(number for number, line in enumerate(lines) if "code: X1.1" in line)
    indent = " " * (len(lines[place]) - len(lines[place].lstrip(" -")))
    lines.insert(place + 1, f"{indent}weight: 3")
    page = upload(client, "\n".join(lines).encode()).content.decode()
    assert f"第 {place + 2} 行，X1的第 1 个条目：不认识的键 weight" in page
    assert not Scheme.objects.exists()
