"""A number on a page leads to exactly the rows that it counts."""

import datetime as dt
import html
import re
from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Result, Seat, Sheet
from lianheng.web.assessment.services import events
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def links(page: str) -> list[tuple[str, str]]:
    return [
        (html.unescape(url), text)
        for url, text in re.findall(r'<a[^>]*href="(/sheets/[^"]*group=[^"]*)"[^>]*>([^<]*)<', page)
    ]


@pytest.mark.parametrize("person", ["office", "x1", "county"])
def test_counts_of_a_round_lead_to_exactly_their_rows(city: City, log_in: LogIn, person: str) -> None:
    round_ = year.assessing(city)
    Sheet.objects.filter(institution=city.units["J1"], list_code="J").update(state=Sheet.RETURNED)
    for seat in Seat.objects.filter(sheet__round=round_, sheet__list_code="X"):
        if seat.number == 1 or seat.sheet.institution_id == city.units["X1"].pk:
            year.score_seat(seat)
    client = log_in(city.people[person])
    answer = client.get(f"/assessment/{round_.pk}/")
    rows, found = answer.context["by_group"], links(answer.content.decode())
    assert rows and len(found) == 3 * len(rows)
    for number, row in enumerate(rows):
        group, handed_in, scored = found[3 * number : 3 * number + 3]
        assert (handed_in[1], scored[1]) == (str(row["handed_in"]), str(row["scored"]))
        for (url, _), count in zip((group, handed_in, scored), ("issued", "handed_in", "scored"), strict=True):
            page = client.get(url).context["page"]
            assert page.total == row[count] and not page.notices, (url, count)
            assert {sheet.group for sheet in page.objects} <= {row["group"]}
    schools = next((row for row in rows if row["group"] == "X"), None)
    if person == "office":
        assert schools and (schools["issued"], schools["scored"]) == (2, 1)
        organs = next(row for row in rows if row["group"] == "J")
        assert organs["handed_in"] == organs["issued"] - 1


def test_a_count_of_events_leads_to_the_events_of_its_item_and_year(city: City, log_in: LogIn) -> None:
    year.in_notice(city)
    result = Result.objects.get(institution=city.units["X1"], list_code="X", current=True)
    client = log_in(city.people["office"])
    found = re.findall(r'href="(/events/\?[^"]*)"', client.get(f"/results/{result.pk}/").content.decode())
    assert found and all(
        f"unit={result.institution_id}&amp;year=2026&amp;state=confirmed&amp;kind=X" in url for url in found
    )
    events.enter_event(
        actor=city.people["office"], institution_id=result.institution_id, kind="D1", found="outside",
        date=dt.date(2026, 6, 1), facts="检查中发现的问题，已查实",
    )  # fmt: skip
    page = client.get(html.unescape(found[0])).context["page"]
    assert page.total == 0 and not page.notices
    ask = f"/events/?unit={result.institution_id}&kind=D1&year="
    assert client.get(f"{ask}2026").context["page"].total == 1
    assert client.get(f"{ask}nonsense").status_code == 200
