"""The pages of people and of the system, which stand above the rooms."""

import datetime as dt
from typing import Any

from city import City
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile

from acts.act import Act, Data
from acts.assessment import free_assessor, unscored
from lianheng.web.accounts.models import Assignment, User
from lianheng.web.desk.people_grants_views import GRANTS
from lianheng.web.desk.people_import_views import PEOPLE
from lianheng.web.shell.models import Job


def _person(**more: Any) -> Data:
    return lambda city: {"revision": User.objects.get(pk=city["person"].pk).revision, **more}


def _signed_people(city: City) -> dict[str, Any]:
    rows = [[2, "second", "用户第二", "", "X430424-001"]]
    content = {"by": city.people["system"].pk, "sha256": "2" * 64, "rows": rows}
    return {"checked": signing.dumps(content, salt=PEOPLE.salt, compress=True)}


def _signed_grants(city: City) -> dict[str, Any]:
    person = city["person"]
    rows = [[2, person.username, person.name, "第三方机构", "430421", "2026-12-03", ""]]
    content = {"by": city.people["security"].pk, "sha256": "3" * 64, "rows": rows}
    return {"checked": signing.dumps(content, salt=GRANTS.salt, compress=True)}


def _waits_for_release(city: City) -> None:
    """Let an assessor whom nobody here logs in as have a code from the system administrator."""
    logged_in = {city.people[name].pk for name in ("seated", "unseated")}
    person = next(city.people[name] for name in ("p1", "p2", "p3", "p4") if city.people[name].pk not in logged_in)
    User.objects.filter(pk=person.pk).update(code_from=city.people["system"])
    city.things["waiting"] = person


def _workday_year(city: City) -> dict[str, Any]:
    content = b"year: 2027\nsource: notice\nholidays: [2027-01-01]\n"
    return {"file": SimpleUploadedFile("2027.yaml", content)}


ACTS: dict[str, Act] = {
    "cancel_job": Act("office", "OFFICE", before=lambda city: Job.objects.update(state=Job.QUEUED)),
    "workday_years": Act("system", "SYSTEM", _workday_year),
    "auditor:export": Act("audit", "AUDIT"),
    "people:new": Act("system", "SYSTEMS", lambda city: {"username": "third-one", "name": "用户第三"}),
    "people:start_import": Act("system", "SYSTEM", _signed_people),
    "people:codes": Act("system", "SYSTEM"),
    "people:stand_ins": Act(
        "x3",
        "ALL",
        lambda city: {
            "assignment": Assignment.objects.get(user=city.people["x3"]).pk,
            "to": "colleague",
            "valid_from": "2026-12-03",
            "valid_to": "2026-12-04",
            "reason": "休假",
        },
        before=lambda city: User.objects.create(
            username="colleague", name="用户同事", institution=city.units["X3"], created=dt.datetime.now(dt.UTC)
        ),
    ),
    "people:end_stand_in": Act("x1", "X1+SECURITY"),
    "people:end_role": Act("security", "SECURITY", lambda city: {"reason": "轮岗"}),
    "people:disable": Act("system", "SYSTEM", _person(reason="调离")),
    "people:enable": Act(
        "system", "SYSTEM", lambda city: {"revision": city["disabled"].revision}, parts={"person_id": "disabled"}
    ),
    "people:reset": Act("system", "SYSTEM", _person()),
    "people:move": Act("system", "SYSTEM", _person(institution="X430424-001")),
    "people:hand_over": Act(
        "system",
        "SYSTEM",
        lambda city: {"to": User.objects.get(pk=free_assessor(city)).username},
        parts={"person_id": "seat.assessor_id"},
        before=unscored,
    ),
    "people:grant": Act(
        "security",
        "SECURITY",
        lambda city: {"role": "third_party", "division": "430421", "valid_from": "2026-12-03", "capture": "on"},
    ),
    "people:start_grants": Act("security", "SECURITY", _signed_grants),
    "people:clear_factor": Act(
        "security",
        "SECURITY",
        _person(reason="手机丢失"),
        before=lambda city: User.objects.filter(pk=city["person"].pk).update(totp_secret="JBSWY3DPEHPK3PXP"),
    ),
    "people:releases": Act(
        "security",
        "SECURITY",
        lambda city: {"person": f"{city['waiting'].pk}.{city['waiting'].revision}", "reason": "电话核实"},
        before=_waits_for_release,
    ),
    "people:release": Act(
        "security",
        "SECURITY",
        lambda city: {"revision": city["waiting"].revision, "reason": "电话核实"},
        parts={"person_id": "waiting"},
        before=_waits_for_release,
    ),
}
