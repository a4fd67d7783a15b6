"""Words of the subject's rows (city.MARKS) reach nobody outside its scope, in no answer of any address.

Pages, counts, Excel files, documents, searches for two of the characters, map, refusals: every GET address is asked
with the subject's things and, where it is a list, with a filter and as a file.
"""

import io
import re
import zipfile

import openpyxl
import pdfplumber
import pytest
from access import table
from asking import ADDRESSES, client_of, path, undone
from city import MARKS, PEOPLE, City
from django.http import HttpResponse
from django.urls import reverse

from lianheng.web.accounts.roles import ADMINISTRATORS, Role
from lianheng.web.assessment.models import ConfirmedEvent, Result, Sheet
from lianheng.web.evidence.models import Evidence
from lianheng.web.units.models import Institution, Placed

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

OUTSIDE = (
    "x3", "x2", "j1", "a1", "a2", "other_town", "other_county", "other_lead", "no_role", "county_system",
    "county_security",
)  # fmt: skip
# An issued notice announces every unit's result to everybody who works here: that is what it is for.
ANNOUNCED = {"assessment:notice_file"}
LISTS = {
    "units:institutions": "units:institutions", "assessment:sheets": "sheets", "assessment:results": "results",
    "evidence:list": "evidence", "assessment:events": "events", "people:people": "people",
}  # fmt: skip
# What a person types who looks for the subject: two neighbouring characters of each mark.
TYPED = sorted({mark[:2] for mark in MARKS.values()})
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": ?"\w+"|X-CSRFToken&quot;: ?&quot;\w+')


def text_of(response: HttpResponse) -> str:
    """Return everything an answer says: the page, the cells of a workbook, the text of a document, names of files."""
    content = response.getvalue() if response.streaming else response.content  # type: ignore[attr-defined]
    said = " ".join(f"{key}: {value}" for key, value in response.headers.items())
    if content[:2] == b"PK":
        said += _unpacked(content)
    if content[:5] == b"%PDF-" and len(content) > 1000:
        with pdfplumber.open(io.BytesIO(content)) as document:
            said += " ".join(page.extract_text() for page in document.pages)
    return said + content.decode("utf-8", "replace")


def _unpacked(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if "xl/workbook.xml" in archive.namelist():
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
            return " ".join(str(cell) for sheet in book for row in sheet.values for cell in row if cell is not None)
        parts = (archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
        return re.sub(r"<[^>]+>", "", " ".join(parts))


def urls_of(city: City) -> list[str]:
    """Return every address with the subject's things; lists also filtered and as files, searches with its words."""
    urls = []
    for name in ADDRESSES:
        if name in ANNOUNCED:
            continue
        url = path(city, name)
        urls.append(url)
        if name in LISTS:
            urls += [f"{url}?export=xlsx", *(f"{url}?q={typed}" for typed in TYPED)]
        if name.endswith("search") or name in ("measures:enter", "assessment:choose_unit", "people:why"):
            urls += [f"{url}?q={typed}" for typed in TYPED]
    unit = city["school"].pk
    urls += [f"{reverse('assessment:events')}?unit={unit}", f"{reverse('assessment:events')}?institution={unit}"]
    urls += [path(city, "assessment:event", event_id="entered event")]
    urls += [f"{url}nothing-here/" for url in urls[:1]]
    # What the other county has of its own, shown and as documents.
    urls += [path(city, name, institution_id="other school") for name in ("units:institution", "assessment:inclusions")]
    urls += [
        path(city, "assessment:sheet", sheet_id="other sheet"),
        path(city, "assessment:event", event_id="other event"),
    ]
    own = [path(city, "assessment:result_sheet", result_id="other result", form=form) for form in ("=pdf", "=docx")]
    urls += [path(city, "assessment:result", result_id="other result"), *own]
    urls += [path(city, "assessment:result_sheet", form="=docx"), path(city, "evidence:download", evidence_id="report")]
    return urls


@pytest.mark.parametrize("person", OUTSIDE)
def test_nothing_of_the_subject_reaches_who_is_outside(person: str, whole_city: City) -> None:
    found = []
    for url in urls_of(whole_city):
        with undone():
            said = text_of(client_of(whole_city, person).get(url))
        found += [f"{url}: {mark}" for mark in MARKS.values() if mark in said]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("person", ["x2", "other_county", "other_lead"])
def test_nor_by_a_refusal_or_a_form_that_comes_back(person: str, whole_city: City) -> None:
    found = []
    for name, row in table().items():
        if "POST" in row["methods"] and name != "accounts:logout":
            with undone():
                said = text_of(client_of(whole_city, person).post(path(whole_city, name)))
            found += [f"{name}: {mark}" for mark in MARKS.values() if mark in said]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("person", ["unseated", "third"])
def test_an_assessor_of_others_and_a_survey_body_see_its_name_alone(person: str, whole_city: City) -> None:
    found = []
    for url in urls_of(whole_city):
        with undone():
            said = text_of(client_of(whole_city, person).get(url))
        found += [f"{url}: {mark}" for kind, mark in MARKS.items() if kind not in ("institution",) and mark in said]
    assert not found, "\n".join(found)


def test_the_office_of_its_county_meets_every_mark(whole_city: City) -> None:
    with undone():
        client = client_of(whole_city, "county")
        said = " ".join(text_of(client.get(url)) for url in urls_of(whole_city))
    assert not [mark for mark in MARKS.values() if mark not in said]


@pytest.mark.parametrize("person", ["no_role", "x2", "other_county", "system"])
def test_absent_and_foreign_are_told_in_the_same_bytes(person: str, whole_city: City) -> None:
    """Ids are swapped for ones that nothing has; status, length and body stay the same."""
    compared = 0
    for name, pattern in ADDRESSES.items():
        parts = pattern.pattern.converters
        numbers = [key for key, kind in parts.items() if type(kind).__name__ == "IntConverter" and key.endswith("_id")]
        if not numbers:
            continue
        foreign, absent = path(whole_city, name), path(whole_city, name, **dict.fromkeys(numbers, 987654))
        client = client_of(whole_city, person)
        with undone():
            first = client.get(foreign)
        with undone():
            second = client.get(absent)
        if first.status_code == 404:
            compared += 1
            assert second.status_code == first.status_code, name
            bodies = [CSRF.sub("", r.content.decode()).replace(u, "") for r, u in ((first, foreign), (second, absent))]
            assert bodies[0] == bodies[1], name
    assert compared > 5


def _lies_in(person: str, place: Placed) -> bool:
    """Say whether a place lies where a person's role lies: read from the cast, not by the code under test."""
    role, where = PEOPLE[person]
    if role in ADMINISTRATORS:
        return False
    own = place.code if isinstance(place, Institution) else place.institution.code  # type: ignore[attr-defined]
    codes = (place.province, place.city, place.county, place.town, place.village)
    return (
        ("institution" not in where or own == INSTITUTIONS[where["institution"]])
        and ("division" not in where or where["division"] in codes)
        and ("business_line" not in where or place.business_line == where["business_line"])
    )


INSTITUTIONS = {"X1": "X430421-001", "X2": "X430424-001", "X3": "X430421-003", "J1": "J430400-001"}
INSTITUTIONS |= {"A1": "A430421", "A2": "A430424"}
COUNTED = [name for name, (role, _) in PEOPLE.items() if role not in (*ADMINISTRATORS, Role.ASSESSOR)]
ENTERING = (Role.SPECIAL_OFFICE, Role.SUPERVISION_ROOM)


def _brute_force(person: str, city: City) -> dict[str, int]:
    """Count, row by row, what a person should find in each list."""
    enters = PEOPLE[person][0] in ENTERING
    if PEOPLE[person][0] == Role.THIRD_PARTY:
        # It has the register of units to work with, and its own files, of which this city has none.
        found = Institution.objects.filter(valid_to=None)
        nothing = ("assessment:sheets", "evidence:list", "assessment:events", "assessment:results")
        return {"units:institutions": sum(_lies_in(person, row) for row in found), **dict.fromkeys(nothing, 0)}
    results = Result.objects.filter(run=city["run"], group=city["result"].group)
    events = [row for row in ConfirmedEvent.objects.all() if enters or row.state == ConfirmedEvent.CONFIRMED]
    rows = {
        "units:institutions": Institution.objects.filter(valid_to=None),
        "assessment:sheets": Sheet.objects.all(),
        "evidence:list": Evidence.objects.all(),
        "assessment:events": events,
        f"assessment:results?run={city['run'].pk}&group={city['result'].group}": results,
    }
    return {address: sum(_lies_in(person, row) for row in found) for address, found in rows.items()}


@pytest.mark.parametrize("person", COUNTED)
def test_lists_count_and_export_exactly_ones_own_rows(person: str, whole_city: City) -> None:
    client = client_of(whole_city, person)
    for address, count in _brute_force(person, whole_city).items():
        name, _, query = address.partition("?")
        url = f"{reverse(name)}?{query}"
        page = client.get(url).content.decode()
        shown = re.search(r"共 ([\d,]+) 行", page)
        assert (int(shown[1].replace(",", "")) if shown else 0) == count, address
        with undone():
            book = client.get(f"{url}&export=xlsx")
            if book.status_code == 422:
                # The condition itself is not offered to who has no row of it.
                assert count == 0, address
                continue
            lines = openpyxl.load_workbook(io.BytesIO(book.getvalue())).active.max_row  # type: ignore[attr-defined]
        assert lines - 1 == count, f"{address} as a file"
