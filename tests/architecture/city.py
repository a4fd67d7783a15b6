"""One small city for the whole-system proofs: people in every relation to one school, through two assessment years.

Everything but the tree itself is done by services. The subject is the school `x1` in a town of 衡阳县; what belongs to
it carries words that stand nowhere else (`MARKS`), so that a leak can be found in any bytes.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from lianheng.library import catalogue as library
from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.people_sheet import PersonRow
from lianheng.web.accounts.roles import SECOND_FACTOR, Role
from lianheng.web.accounts.sealing import factor_of, seal
from lianheng.web.accounts.services import (
    create_account,
    delegate_role,
    disable_account,
    grant_role,
    import_people,
)
from lianheng.web.assessment import jobs
from lianheng.web.assessment.models import ConfirmedEvent, Result, ResultRun, Round, Seat, Sheet
from lianheng.web.assessment.services import (
    computing,
    events,
    notices,
    objections,
    packages,
    rounds,
    schemes,
    seats,
    sheets,
    use,
)
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import TYPES, institution
from lianheng.web.assessment.tests.conftest import City as Cast
from lianheng.web.conftest import FACTOR
from lianheng.web.evidence.services import add_evidence
from lianheng.web.measures.models import MeasureValue
from lianheng.web.measures.services import draw_recheck, import_values
from lianheng.web.measures.services.rechecks import drawn, population_of
from lianheng.web.measures.workbook import SheetRow as ValueRow
from lianheng.web.measures.year import supplied_on
from lianheng.web.shell.models import Job
from lianheng.web.standards.models import Catalogue, PolicyDocument
from lianheng.web.standards.services import add_clause, file_document, load_catalogue, publish_catalogue
from lianheng.web.trail.testing import sign_as_it_stands
from lianheng.web.units.institution_data import InstitutionData
from lianheng.web.units.institution_sheet import SheetRow
from lianheng.web.units.models import CityProfile, Division, UnitType
from lianheng.web.units.services import import_institutions

PASSWORD = "qing-lian-2026"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

# Words of the subject; two neighbouring characters of each stand in no other text of the city.
MARKS = {
    "institution": "鹮翎学堂",
    "person": "禤鼐之",
    "event": "獬豸碑前收受",
    "entered event": "狻猊桥下宴请",
    "evidence": "麒麟账册影印",
    "objection": "鸑鷟一栏漏计",
    "inclusion": "驺虞述廉报告",
    "extension": "貔貅堂停电三日",
}

DIVISIONS = [
    ("43", "湖南省", 1, ""),
    ("4304", "衡阳市", 2, "43"),
    ("430421", "衡阳县", 3, "4304"),
    ("430424", "衡东县", 3, "4304"),
    ("430421100", "西渡镇", 4, "430421"),
    ("430421101", "集兵镇", 4, "430421"),
    ("430424100", "洣水镇", 4, "430424"),
]
COLUMNS = {2: "province", 4: "city", 6: "county", 9: "town"}

# Who is who to the subject: role, and where the role lies (an institution of the cast, a division, a line).
PEOPLE: dict[str, tuple[Role, dict[str, str]]] = {
    "x1": (Role.UNIT_ADMIN, {"institution": "X1"}),
    "x1_leader": (Role.UNIT_LEADER, {"institution": "X1"}),
    "town": (Role.SPECIAL_OFFICE, {"division": "430421100"}),
    "other_town": (Role.SPECIAL_OFFICE, {"division": "430421101"}),
    "county": (Role.SPECIAL_OFFICE, {"division": "430421"}),
    "x3": (Role.UNIT_ADMIN, {"institution": "X3"}),
    "other_county": (Role.SPECIAL_OFFICE, {"division": "430424"}),
    "x2": (Role.UNIT_ADMIN, {"institution": "X2"}),
    "j1": (Role.UNIT_ADMIN, {"institution": "J1"}),
    "a1": (Role.UNIT_ADMIN, {"institution": "A1"}),
    "a2": (Role.UNIT_ADMIN, {"institution": "A2"}),
    "lead": (Role.LEAD_DEPARTMENT, {"division": "4304", "business_line": "school"}),
    "other_lead": (Role.LEAD_DEPARTMENT, {"division": "4304", "business_line": "hospital"}),
    "office": (Role.SPECIAL_OFFICE, {"division": "4304"}),
    "office2": (Role.SPECIAL_OFFICE, {"division": "4304"}),
    "leader": (Role.LEADING_GROUP, {"division": "4304"}),
    "room": (Role.SUPERVISION_ROOM, {"division": "4304"}),
    "third": (Role.THIRD_PARTY, {"division": "4304"}),
    "p1": (Role.ASSESSOR, {"division": "4304"}),
    "p2": (Role.ASSESSOR, {"division": "4304"}),
    "p3": (Role.ASSESSOR, {"division": "4304"}),
    "p4": (Role.ASSESSOR, {"division": "4304"}),
    "system": (Role.SYSTEM_ADMIN, {}),
    "county_system": (Role.SYSTEM_ADMIN, {"division": "430424"}),
    "security": (Role.SECURITY_ADMIN, {}),
    "county_security": (Role.SECURITY_ADMIN, {"division": "430424"}),
    "audit": (Role.AUDIT_ADMIN, {}),
}


@dataclass
class City(Cast):
    """The cast, and the things of the city by name; the subject's own ones are plainly named."""

    things: dict[str, Any] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.things[name]


@contextmanager
def day(text: str) -> Iterator[None]:
    with override_settings(FIXED_TODAY=text):
        yield


def build() -> City:
    """Build it: 2025 published with notice, package and linkage; 2026 in its notice period."""
    city = City()
    with day("2025-12-03"):
        _places(city)
        _people(city)
        _year(city, 2025)
        _objection_free_round_to_notice(city, 2025)
    with day("2026-01-20"):
        _published(city)
    with day("2026-12-03"):
        _documents(city)
        _year(city, 2026)
        _objection_free_round_to_notice(city, 2026)
        _subject_rows(city)
        _things_of_administrators(city)
    for name, (_, where) in PEOPLE.items():
        assert city.people[name].pk, (name, where)
    return city


def _places(city: City) -> None:
    for code, name, level, parent in DIVISIONS:
        ancestors = {column: code[:size] for size, column in COLUMNS.items() if size <= len(code)}
        Division.objects.create(code=code, name=name, level=level, parent_id=parent or None, **ancestors)
    CityProfile.objects.create(
        code="hengyang",
        name="清廉衡阳",
        division="4304",
        office_name="衡阳市清廉建设领导小组办公室",
        office_code="衡廉办",
    )
    for order, (code, name, lists) in enumerate(TYPES):
        UnitType.objects.create(code=code, name=name, lead_department="市有关部门", order=order, lists=lists)
    tree = {row.code: row for row in Division.objects.all()}
    city.units |= {
        "X1": institution("X430421-001", MARKS["institution"], "X", tree["430421100"]),
        "X2": institution("X430424-001", "演示第二中学", "X", tree["430424"]),
        "X3": institution("X430421-003", "演示第三中学", "X", tree["430421101"]),
        "J1": institution("J430400-001", "演示市直机关", "J", tree["4304"]),
        "A1": institution("A430421", "衡阳县", "", tree["430421"], is_area=True),
        "A2": institution("A430424", "衡东县", "", tree["430424"], is_area=True),
        "H1": institution("O430400-099", "演示第三方机构", "", tree["4304"]),
    }


def person(name: str, called: str, institution_id: int | None = None) -> User:
    return create_account(
        actor=None,
        username=name.replace("_", "-"),
        name=called,
        password=PASSWORD,
        institution_id=institution_id,
        must_change_password=False,
    )


def _people(city: City) -> None:
    names = {"x1": MARKS["person"]}
    for name, (role, where) in PEOPLE.items():
        unit = city.units.get(where.get("institution", ""))
        user = person(name, names.get(name, f"用户{name}"), unit.pk if unit else None)
        place: dict[str, Any] = {key: value for key, value in where.items() if key != "institution"}
        if unit is not None:
            place["institution_id"] = unit.pk
        grant_role(actor=None, user_id=user.pk, role=role, valid_from=dt.date(2025, 1, 1), **place)
        if role in SECOND_FACTOR:
            # As if the second factor had been set up: until then such a person can open nothing else.
            User.objects.filter(pk=user.pk).update(totp_secret=seal(FACTOR, factor_of(user.pk)))
        city.people[name] = User.objects.get(pk=user.pk)
    city.people["no_role"] = person("no_role", "用户无角色")
    off = person("disabled", "用户停用", city.units["X1"].pk)
    grant_role(
        actor=None,
        user_id=off.pk,
        role=Role.UNIT_ADMIN,
        valid_from=dt.date(2025, 1, 1),
        institution_id=city.units["X1"].pk,
    )
    off.refresh_from_db()
    disable_account(actor=city.people["system"], person_id=off.pk, revision=off.revision, reason="调离")
    city.people["disabled"] = User.objects.get(pk=off.pk)


def _year(city: City, number: int) -> None:
    """Launch a year, fill in and hand in every sheet, seat assessors, score."""
    office = city.people["office"]
    if not Catalogue.objects.exists():
        catalogue = load_catalogue(actor=None, folder=library.shipped("hengyang"))
        publish_catalogue(actor=None, catalogue_id=catalogue.pk, revision=0)
    round_ = year.prepared(city, number)
    round_ = rounds.launch_round(actor=office, round_id=round_.pk, revision=round_.revision)
    city.things[f"round {number}"] = round_
    if number == 2026:
        _extension(city, round_)
    for sheet in round_.sheets.order_by("id"):
        sheet.refresh_from_db()
        year.fill(city, sheet)
    if number == 2026:
        _recheck(city)
    seats.seat_assessors(actor=office, round_id=round_.pk, revision=round_.revision)
    round_ = rounds.close_self_scoring(actor=office, round_id=round_.pk, revision=round_.revision)
    for seat in Seat.objects.filter(sheet__round=round_).order_by("id"):
        year.score_seat(seat)
    rounds.start_moderation(actor=office, round_id=round_.pk, revision=round_.revision)


def _recheck(city: City) -> None:
    """Draw with the first seed that hits the subject."""
    own = set(MeasureValue.objects.filter(institution=city.units["X1"], period="2026").values_list("pk", flat=True))
    population = population_of(Division.objects.get(pk="4304"), "2026", "X")
    seed = next(str(n) for n in range(1000) if own & set(drawn(str(n), population)))
    city.things["draw"] = draw_recheck(actor=city.people["office"], period="2026", part="X", seed=seed)


def _extension(city: City, round_: Round) -> None:
    sheet = round_.sheets.get(institution=city.units["X1"])
    city.things["extension"] = sheets.request_extension(
        actor=city.people["x1"],
        sheet_id=sheet.pk,
        revision=sheet.revision,
        new_due=sheet.due + dt.timedelta(days=7),
        reason=MARKS["extension"],
    )


def _objection_free_round_to_notice(city: City, number: int) -> None:
    if number == 2026:
        _events(city)
    round_ = Round.objects.get(year=number)
    office, office2 = city.people["office"], city.people["office2"]
    computing.compute_results(actor=office, round_id=round_.pk, revision=round_.revision)
    round_.refresh_from_db()
    round_ = rounds.review_round(actor=office2, round_id=round_.pk, revision=round_.revision, opinion="同意")
    city.things[f"round {number}"] = rounds.open_notice_period(
        actor=office, round_id=round_.pk, revision=round_.revision
    )


def _events(city: City) -> None:
    entered: dict[str, Any] = {"actor": city.people["room"], "institution_id": city.units["X1"].pk, "kind": "D1"}
    entered |= {"found": ConfirmedEvent.OUTSIDE, "date": dt.date(2026, 6, 1)}
    event = events.enter_event(**entered, facts=MARKS["event"])
    city.things["event"] = events.confirm_event(
        actor=city.people["office"], event_id=event.pk, revision=event.revision, document="衡纪认〔2026〕3号"
    )
    city.things["entered event"] = events.enter_event(**entered, facts=MARKS["entered event"])
    elsewhere = entered | {"institution_id": city.units["X2"].pk, "facts": "公款吃喝一次"}
    other = events.enter_event(**elsewhere)
    city.things["other event"] = events.confirm_event(
        actor=city.people["office"], event_id=other.pk, revision=other.revision, document="衡纪认〔2026〕4号"
    )


def _published(city: City) -> None:
    round_ = city["round 2025"]
    office = city.people["office"]
    round_ = rounds.publish_round(actor=city.people["leader"], round_id=round_.pk, revision=round_.revision)
    city.things["round 2025"] = round_
    city.things["notice"] = notices.issue_notice(actor=office, round_id=round_.pk, revision=round_.revision)
    run = ResultRun.objects.get(round=round_)
    sign_as_it_stands()
    city.things["run 2025"] = packages.make_package(actor=office, run_id=run.pk)
    city.things["linkage"] = use.export_linkage(
        actor=office, round_id=round_.pk, kind="party_building", scale=year.points("5"), office="市委组织部"
    )


def _documents(city: City) -> None:
    office = city.people["office"]
    document = PolicyDocument.objects.first()
    if document is None:
        document = PolicyDocument.objects.create(slot="plan", title="实施方案")
    file_document(
        actor=office,
        slot=document.slot,
        revision=document.revision,
        upload=SimpleUploadedFile("plan.pdf", PDF + b"%plan", "application/pdf"),
        title="清廉衡阳建设实施方案",
        number="衡发〔2025〕1号",
        issuer="中共衡阳市委",
        issued=dt.date(2025, 3, 1),
        today=dt.date(2026, 12, 3),
    )
    city.things["document"] = PolicyDocument.objects.get(pk=document.pk)
    city.things["clause"] = add_clause(actor=office, item_code="X1.1", slot=document.slot, clause="第五条")


def _subject_rows(city: City) -> None:
    unit, round_ = city.units["X1"], city["round 2026"]
    x1 = city.people["x1"]
    upload = SimpleUploadedFile("books.pdf", PDF, "application/pdf")
    evidence = add_evidence(actor=x1, institution_id=unit.pk, upload=upload, title=MARKS["evidence"])
    upload = SimpleUploadedFile("report.pdf", PDF + b"%2", "application/pdf")
    report = add_evidence(actor=x1, institution_id=unit.pk, upload=upload, title=MARKS["inclusion"])
    sheet = Sheet.objects.get(round=round_, institution=unit)
    result = Result.objects.get(sheet=sheet, current=True)
    inclusion = use.file_inclusion(
        actor=x1, institution_id=unit.pk, year=2026, kind="survey", date=dt.date(2026, 5, 1), evidence_id=report.pk
    )
    objection = objections.raise_objection(
        actor=x1, result_id=result.pk, item="", reason=MARKS["objection"] + "，请按附件重新核算", evidence=[evidence.pk]
    )
    seat = Seat.objects.filter(sheet=sheet).order_by("number").first()
    assert seat is not None
    taken = set(sheet.seats.values_list("assessor", flat=True))
    assessors = [city.people[name] for name in ("p1", "p2", "p3", "p4")]
    city.people["seated"] = next(user for user in assessors if user.pk == seat.assessor_id)
    city.people["unseated"] = next(user for user in assessors if user.pk not in taken)
    value = MeasureValue.objects.filter(institution=unit, period="2026", entered_by=x1).order_by("id")[0]
    city.things |= {
        "school": unit, "other school": city.units["X2"], "sheet": sheet, "result": result, "seat": seat,
        "evidence": evidence, "report": report, "inclusion": inclusion, "objection": objection, "value": value,
        "run": ResultRun.objects.get(round=round_, current=True), "scheme": sheet.scheme,
        "recheck": city["draw"].rechecks.filter(institution=unit).order_by("id")[0],
        "other sheet": Sheet.objects.get(round=round_, institution=city.units["X2"]),
        "other result": Result.objects.get(sheet__round=round_, institution=city.units["X2"], current=True),
        "catalogue": Catalogue.objects.get(), "job": jobs.start_package(
            actor=city.people["office"], run_id=city["run 2025"].pk
        ),
    }  # fmt: skip
    city.things["draft scheme"] = schemes.upload_scheme(
        actor=city.people["office"], year=2027, version="2027.0", content=sheet.scheme.content
    )
    codes, _ = supplied_on("E", "2026")
    city.things["value import"] = import_values(
        actor=city.people["third"],
        list_code="E",
        period="2026",
        rows=[ValueRow(2, "A430421", {codes[0]: "81"})],
        source="民意调查",
        as_of=dt.date(2026, 12, 1),
        file_name="values.xlsx",
        sha256=hashlib.sha256(b"values").hexdigest(),
        seen=None,
    )


def _things_of_administrators(city: City) -> None:
    x1, leader = city.people["x1"], city.people["x1_leader"]
    assignment = Assignment.objects.get(user=x1)
    city.things["assignment"] = assignment
    city.things["delegation"] = delegate_role(
        actor=x1,
        assignment_id=assignment.pk,
        to_id=leader.pk,
        valid_from=dt.date(2026, 12, 3),
        valid_to=dt.date(2026, 12, 5),
        reason="出差",
        today=dt.date(2026, 12, 3),
    )
    city.things["codes"] = import_people(
        actor=city.people["system"], rows=[PersonRow(2, "newcomer", "用户新来", "", "X430424-001")], sha256="0" * 64
    )
    data = InstitutionData("X430424-009", "演示第九中学", "430424", "school", "X", business_line="school")
    city.things["institution import"] = import_institutions(
        actor=city.people["office"],
        rows=[SheetRow(2, data)],
        file_name="units.xlsx",
        sha256="1" * 64,
        valid_from=dt.date(2026, 12, 3),
    )
    for thing, person, kind in (
        ("institution check", "office", "units.check_import"),
        ("value check", "third", "measures.check_import"),
    ):
        asker = city.people[person]
        city.things[thing] = Job.objects.create(
            room=kind.split(".")[0], kind=kind, title="检查", asked_by=asker.pk, created=asker.created, state=Job.DONE,
            arguments={"key": "4" * 64, "file": "x.xlsx", "list": "E", "period": "2026"},
            findings={"ready": {"rows": 1}},
        )  # fmt: skip
    city.things["person"] = x1
    city.things["disabled"] = city.people["disabled"]
