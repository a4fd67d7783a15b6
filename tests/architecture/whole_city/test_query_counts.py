"""What a page asks of the database: at most 8 queries for a list and 6 for a detail page, however many rows there are.

Counted as a browser asks: session and person included, the badge of the inbox counted some seconds ago.
"""

import copy
from typing import Any

import pytest
from asking import client_of, path, undone
from city import City
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import ConfirmedEvent, Result, Seat, Sheet
from lianheng.web.evidence.models import Evidence
from lianheng.web.units.models import Institution

pytestmark = pytest.mark.django_db
LIST, DETAIL = 8, 6

LISTS = {
    "units:institutions": "office",
    "assessment:sheets": "office",
    "assessment:results": "office",
    "assessment:events": "office",
    "assessment:seats": "seated",
    "evidence:list": "office",
    "people:people": "system",
    "auditor:trail": "audit",
}
DETAILS = {
    "units:institution": "county",
    "units:division": "county",
    "standards:item": "county",
    "assessment:round": "office",
    "assessment:sheet": "county",
    "assessment:seat": "seated",
    "assessment:result": "county",
    "assessment:event": "county",
    "assessment:objection": "county",
    "measures:value": "county",
    "people:person": "system",
    "auditor:entry": "audit",
}


def queries_of(city: City, name: str, person: str) -> list[str]:
    """Return the queries of a page's second showing: the first one warms what a server keeps for good."""
    client, url = client_of(city, person), path(city, name)
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    kept = [query["sql"] for query in queries.captured_queries]
    return [sql for sql in kept if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_little(name: str, whole_city: City) -> None:
    asked = queries_of(whole_city, name, LISTS[name])
    assert len(asked) <= LIST, f"{len(asked)}:\n" + "\n".join(sql[:160] for sql in asked)


@pytest.mark.parametrize("name", DETAILS)
def test_a_detail_page_asks_little(name: str, whole_city: City) -> None:
    asked = queries_of(whole_city, name, DETAILS[name])
    assert len(asked) <= DETAIL, f"{len(asked)}:\n" + "\n".join(sql[:160] for sql in asked)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_sixty_asks_no_more_than_one_of_a_few(name: str, whole_city: City) -> None:
    few = len(queries_of(whole_city, name, LISTS[name]))
    with undone():
        _sixty_more(whole_city)
        many = len(queries_of(whole_city, name, LISTS[name]))
    # A first page that does not hold every row may ask for the count or for the next page's edge.
    assert many <= few + 1


def _sixty_more(city: City) -> None:
    """Copy the subject with what it has, sixty times."""
    units = Institution.objects.bulk_create(_copies(city["school"], code="X-{:03d}"))
    sheets = Sheet.objects.bulk_create(_copies(city["sheet"], institution=units))
    Result.objects.bulk_create(_copies(city["result"], institution=units, sheet=sheets))
    Evidence.objects.bulk_create(_copies(city["evidence"], institution=units))
    ConfirmedEvent.objects.bulk_create(_copies(city["event"], institution=units))
    Seat.objects.bulk_create(_copies(city["seat"], sheet=sheets))
    User.objects.bulk_create(_copies(city.people["x1"], username="copy-{:03d}", institution=units))


def _copies(row: Any, **changes: Any) -> list[Any]:
    made = []
    for number in range(60):
        new = copy.copy(row)
        new.pk, new._state = None, copy.copy(row._state)
        new._state.adding, new._state.fields_cache = True, {}
        for name, value in changes.items():
            setattr(new, name, value.format(number) if isinstance(value, str) else value[number])
        made.append(new)
    return made
