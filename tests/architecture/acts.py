"""For every address that changes something: a whole, valid body, who sends it, and who else might.

`by` does it in the test; `may` names the groups (of groups.py) who have the role for it here — some of them may still
be refused, because they did the step before. Everybody else must be refused, whatever the body.
"""

import datetime as dt
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyotp
from city import PASSWORD, PDF, City
from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.services.second_factor import STEP_SECONDS, real_moment
from lianheng.web.assessment.models import ItemScore, Objection, Round, Scheme, Seat, Sheet
from lianheng.web.conftest import FACTOR
from lianheng.web.desk.people_views import SALT as PEOPLE_SALT
from lianheng.web.measures.models import RecheckDraw
from lianheng.web.shell import incoming
from lianheng.web.shell.models import Job
from lianheng.web.shell.table_export import write_sheet
from lianheng.web.standards.models import Catalogue
from lianheng.web.standards.services.importing import import_workbook
from lianheng.web.units.models import Division, Institution

Data = Callable[[City], dict[str, Any]]
Before = Callable[[City], Any]


@dataclass(frozen=True)
class Act:
    """One valid use of an address."""

    by: str
    may: str
    data: Data = lambda city: {}
    before: Before = lambda city: None
    parts: dict[str, str] = field(default_factory=dict)
    actor: str = ""  # whose entry it becomes, if not `by`'s


def _revision(model: Any, thing: str, **more: Any) -> Data:
    return lambda city: {"revision": model.objects.get(pk=city[thing].pk).revision, **more}


def _state(state: str, year: int = 2026) -> Before:
    def move(city: City) -> None:
        Round.objects.filter(year=year).update(state=state)

    return move


def _open_sheet(city: City) -> None:
    """As if 2026 were still in self-scoring, the sheet not handed in."""
    Round.objects.filter(year=2026).update(state=Round.LAUNCHED)
    Sheet.objects.filter(pk=city["sheet"].pk).update(state=Sheet.OPEN, submitted_by=None)


def _nobody_scored(city: City) -> None:
    """A sheet that an assessor has done with is not sent back."""
    _launched(city)
    Seat.objects.filter(sheet=city["sheet"]).update(done_at=None)


def _launched(city: City) -> None:
    Round.objects.filter(year=2026).update(state=Round.LAUNCHED)


def _unscored(city: City) -> None:
    Round.objects.filter(year=2026).update(state=Round.ASSESSING)
    Seat.objects.filter(pk=city["seat"].pk).update(done_at=None)


def _disputed(city: City) -> None:
    """Let the two assessors differ by all points of an item."""
    Round.objects.filter(year=2026).update(state=Round.MODERATING)
    scores = ItemScore.objects.filter(seat__sheet=city["sheet"]).order_by("item", "seat__number")
    item = next(score.item for score in scores if score.points >= 2)
    scores.filter(item=item, seat__number=1).update(points=0)


def _free_assessor(city: City) -> int:
    taken = set(city["sheet"].seats.values_list("assessor", flat=True))
    return next(city.people[name].pk for name in ("p1", "p2", "p3", "p4") if city.people[name].pk not in taken)


def _dated(prefix: str, **more: Any) -> Data:
    def data(city: City) -> dict[str, Any]:
        revision = Division.objects.get(pk="430421101").revision
        fields = {"revision": revision, "date": "2026-12-01", "basis": "湘政函〔2026〕1号", **more}
        return {f"{prefix}-{name}": value for name, value in fields.items()}

    return data


def _person(**more: Any) -> Data:
    return lambda city: {"revision": User.objects.get(pk=city["person"].pk).revision, **more}


def _institution(**more: Any) -> Data:
    given = {"name": "演示新设中学", "code": "X430421-077", "unit_type": "school", "list_code": "X"}
    given |= {"division": "430421100", "date": "2026-12-01", "basis": "批复", "revision": 0}
    return lambda city: given | more


def _edit(**more: Any) -> Data:
    def data(city: City) -> dict[str, Any]:
        row = Institution.objects.get(pk=city["school"].pk)
        return {**_institution(name="演示更名中学", code=row.code)(city), "revision": row.revision, **more}

    return data


def _file(name: str = "new.pdf", content: bytes = PDF + b"%new", mime: str = "application/pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, mime)


def _no_objection(city: City) -> None:
    Objection.objects.all().delete()


def _all_answered(city: City) -> None:
    Objection.objects.update(upheld=False)
    Round.objects.filter(year=2026).update(objection_due=dt.date(2026, 12, 1))


def _draft_scheme(city: City) -> None:
    Scheme.objects.filter(pk=city["scheme"].pk).update(state=Scheme.DRAFT)


def _signed_people(city: City) -> dict[str, Any]:
    rows = [[2, "second", "用户第二", "", "X430424-001"]]
    content = {"by": city.people["system"].pk, "sha256": "2" * 64, "rows": rows}
    return {"checked": signing.dumps(content, salt=PEOPLE_SALT, compress=True)}


def _kept(thing: str, person: str, headings: list[str], row: Callable[[City], list[str]]) -> Before:
    """As if the person had uploaded this sheet and its dry run had found it ready."""

    def before(city: City) -> None:
        file = io.BytesIO()
        write_sheet(file, headings, [row(city)], "表")
        key = incoming.keep(city.people[person].pk, SimpleUploadedFile("x.xlsx", file.getvalue()))
        more = {"key": key, "source": "民意调查", "as_of": "2026-12-01"}
        Job.objects.filter(pk=city[thing].pk).update(arguments=city[thing].arguments | more)

    return before


def _value_act() -> Act:
    from lianheng.web.measures.models import Measure
    from lianheng.web.measures.year import supplied_on

    def before(city: City) -> None:
        name = Measure.objects.get(pk=supplied_on("E", "2026")[0][0]).name
        _kept("value check", "third", ["单位编码", name], lambda city: ["A430424", "70"])(city)

    return Act("third", "THIRD", lambda city: {"check": city["value check"].pk}, before)


def _events_of(thing: str, **more: Any) -> Data:
    return lambda city: {"revision": city[thing].revision, **more}


def _workday_year(city: City) -> dict[str, Any]:
    content = b"year: 2027\nsource: notice\nholidays: [2027-01-01]\n"
    return {"file": SimpleUploadedFile("2027.yaml", content)}


def _scheme_file(city: City) -> dict[str, Any]:
    import yaml

    content = yaml.safe_dump(city["scheme"].content, allow_unicode=True).encode()
    return {"year": 2027, "version": "2027.1", "file": SimpleUploadedFile("scheme.yaml", content)}


def _scores(city: City) -> dict[str, Any]:
    seat = Seat.objects.get(pk=city["seat"].pk)
    given = {f"points.{score.item}": str(score.points) for score in seat.scores.all()}
    return {"revision": seat.revision, **given}


def _first_factor_given(city: City) -> None:
    """Let the auditor's right password wait for the second step, in a browser of its own."""
    client = Client()
    client.post(reverse("accounts:login"), {"username": "audit", "password": PASSWORD})
    city.sessions["between"] = client.cookies[settings.SESSION_COOKIE_NAME].value


def _running_code(city: City) -> dict[str, Any]:
    return {"code": _code_of(FACTOR)}


def _code_of(secret: str) -> str:
    return pyotp.TOTP(secret).generate_otp(int(real_moment().timestamp()) // STEP_SECONDS)


def _no_factor_yet(city: City) -> None:
    """Let somebody see the page with a new secret."""
    User.objects.filter(pk=city.people["county_system"].pk).update(totp_secret="")
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = city.sessions["county_system"]
    page = client.get(reverse("accounts:second_factor")).content.decode()
    found = re.search(r'class="hash">([A-Z2-7]{32})<', page)
    assert found
    city.things["waiting secret"] = found[1]


def _waits_for_release(city: City) -> None:
    """Let an assessor whom nobody here logs in as have a code from the system administrator."""
    logged_in = {city.people[name].pk for name in ("seated", "unseated")}
    person = next(city.people[name] for name in ("p1", "p2", "p3", "p4") if city.people[name].pk not in logged_in)
    User.objects.filter(pk=person.pk).update(code_from=city.people["system"])
    city.things["waiting"] = person


def _first_code(city: City) -> dict[str, Any]:
    return {"code": _code_of(city["waiting secret"])}


def _area(city: City) -> None:
    city.things["area"] = city.units["A1"]


def _area_values(city: City) -> dict[str, Any]:
    from lianheng.web.measures.year import supplied_on

    codes, _ = supplied_on("E", "2026")
    return {f"v.{codes[0]}": "71", "source": "民意调查", "as_of": "2026-12-01", "period": "2026"}


def _changes(city: City) -> dict[str, Any]:
    return {"categories": {"X1": {"mnemonic": "课堂有廉洁"}}}


def _signed_changes(city: City) -> dict[str, Any]:
    content = {"base": city["catalogue"].pk, "version": "2026.9", "changes": _changes(city), "sha256": "4" * 64}
    return {"token": signing.dumps(content, salt=f"standards.import.{city.people['office'].pk}", compress=True)}


def _draft_catalogue(city: City) -> None:
    city.things["draft catalogue"] = import_workbook(
        actor=city.people["office"],
        catalogue_id=city["catalogue"].pk,
        version="2026.8",
        changes=_changes(city),
        sha256="5" * 64,
    )


ROUND = _revision(Round, "round 2026")
OLD_ROUND = _revision(Round, "round 2025")
SHEET = _revision(Sheet, "sheet")

ACTS: dict[str, Act] = {
    "cancel_job": Act("office", "OFFICE", before=lambda city: Job.objects.update(state=Job.QUEUED)),
    "accounts:login": Act("anonymous", "ALL", lambda city: {"username": "x3", "password": PASSWORD}, actor="x3"),
    "accounts:second_step": Act("between", "ALL", _running_code, before=_first_factor_given, actor="audit"),
    "accounts:second_factor": Act("county_system", "ALL", _first_code, before=_no_factor_yet),
    "accounts:logout": Act("x3", "ALL"),
    "accounts:password": Act(
        "x3", "ALL", lambda city: {"old": PASSWORD, "new": "lian-jie-2027", "again": "lian-jie-2027"}
    ),
    "people:new": Act("system", "SYSTEMS", lambda city: {"username": "third-one", "name": "用户第三"}),
    "workday_years": Act("system", "SYSTEM", _workday_year),
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
        lambda city: {"to": User.objects.get(pk=_free_assessor(city)).username},
        parts={"person_id": "seat.assessor_id"},
        before=_unscored,
    ),
    "people:grant": Act(
        "security",
        "SECURITY",
        lambda city: {"role": "third_party", "division": "430421", "valid_from": "2026-12-03", "capture": "on"},
    ),
    "people:clear_factor": Act(
        "security",
        "SECURITY",
        _person(reason="手机丢失"),
        before=lambda city: User.objects.filter(pk=city["person"].pk).update(totp_secret="JBSWY3DPEHPK3PXP"),
    ),
    "people:release": Act(
        "security",
        "SECURITY",
        lambda city: {"revision": city["waiting"].revision, "reason": "电话核实"},
        parts={"person_id": "waiting"},
        before=_waits_for_release,
    ),
    "auditor:export": Act("audit", "AUDIT"),
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
        _kept(
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
    "evidence:add_evidence": Act("x1", "UNIT+OVER+LEAD+THIRD", lambda city: {"file": _file(), "title": "新材料"}),
    "measures:undo_import": Act("third", "THIRD"),
    "measures:confirm_import": _value_act(),
    "measures:enter_values": Act("third", "THIRD+OVER", _area_values, before=_area, parts={"institution_id": "area"}),
    "measures:draw_recheck": Act(
        "office",
        "CITY",
        lambda city: {"period": "2026", "part": "J"},
        before=lambda city: RecheckDraw.objects.filter(part="J").delete(),
    ),
    "measures:enter_recheck": Act("town", "OVER+LEAD", lambda city: {"found": "1", "revision": 0, "note": "现场核对"}),
    "standards:add_clause": Act("office", "CITY", lambda city: {"slot": city["document"].slot, "clause": "第九条"}),
    "standards:remove_clause": Act("office", "CITY"),
    "standards:publish": Act(
        "office",
        "CITY",
        _revision(Catalogue, "catalogue"),
        before=lambda city: Catalogue.objects.filter(pk=city["catalogue"].pk).update(state="draft"),
    ),
    "standards:confirm_import": Act("office", "CITY", _signed_changes),
    "standards:delete": Act(
        "office", "CITY", lambda city: {"revision": 0}, before=_draft_catalogue, parts={"version_id": "draft catalogue"}
    ),
    "standards:file_document": Act(
        "office",
        "CITY",
        lambda city: {
            "title": "实施方案（修订）",
            "number": "衡发〔2026〕2号",
            "issuer": "中共衡阳市委",
            "issued": "2026-03-01",
            "revision": city["document"].revision,
            "file": _file(),
        },
    ),
    "assessment:create_round": Act(
        "office",
        "CITY",
        lambda city: {"year": 2027, "self_score_due": "2027-12-15", "assess_due": "2028-01-10"},
        before=lambda city: Scheme.objects.filter(year=2025).update(year=2027),
    ),
    "assessment:take_step": Act(
        "leader", "LEADER", lambda city: {**ROUND(city), "step": "publish"}, before=_all_answered
    ),
    "assessment:reopen_round": Act("leader", "LEADER", lambda city: {**ROUND(city), "reason": "更正一处录入差错"}),
    "assessment:freeze_quarter": Act("office", "CITY", lambda city: {"quarter": 3}, before=_state(Round.ASSESSING)),
    "assessment:issue_notice": Act("office", "CITY", ROUND, before=_state(Round.PUBLISHED)),
    "assessment:make_package": Act("office", "HEADS"),
    "assessment:export_linkage": Act(
        "office",
        "CITY",
        lambda city: {"kind": "performance", "scale": "4", "office": "市绩效办"},
        parts={"round_id": "round 2025"},
    ),
    "assessment:note_receipt": Act(
        "office",
        "CITY",
        lambda city: {"revision": city["linkage"].revision, "receipt": "收文12号", "receipt_on": "2026-12-01"},
    ),
    "assessment:file_inclusion": Act(
        "x1", "UNIT+OVER", lambda city: {"kind": "target_assessment", "date": "2026-05-02"}
    ),
    "assessment:draft_schemes": Act("office", "CITY", lambda city: {"year": "2027"}),
    "assessment:upload_scheme": Act("office", "CITY", _scheme_file),
    "assessment:publish_scheme": Act("office2", "CITY", _revision(Scheme, "scheme"), before=_draft_scheme),
    "assessment:raise_objection": Act(
        "x1", "UNIT", lambda city: {"reason": "这个条目的佐证没有计入，请重新核对一次"}, before=_no_objection
    ),
    "assessment:answer_objection": Act(
        "county", "OVER", lambda city: {"revision": 0, "upheld": "no", "answer": "核对无误，维持原分"}
    ),
    "assessment:fill_sheet": Act("x1", "UNIT", lambda city: {**SHEET(city), "self.X1.1": "1"}, before=_open_sheet),
    "assessment:submit_sheet": Act("x1", "UNIT", SHEET, before=_open_sheet),
    "assessment:return_sheet": Act(
        "lead", "OVER+LEAD", lambda city: {**SHEET(city), "reason": "缺会议记录"}, before=_nobody_scored
    ),
    "assessment:request_extension": Act(
        "x1", "UNIT", lambda city: {**SHEET(city), "new_due": "2026-12-30", "reason": "停电"}, before=_open_sheet
    ),
    "assessment:decide_extension": Act("town", "OVER", lambda city: {"granted": "no"}, before=_open_sheet),
    "assessment:save_scores": Act("seated", "SEATED", _scores, before=_unscored),
    "assessment:replace_assessor": Act(
        "office",
        "CITY",
        lambda city: {"revision": Seat.objects.get(pk=city["seat"].pk).revision, "assessor": _free_assessor(city)},
        before=_unscored,
    ),
    "assessment:seat_third": Act("office", "CITY", lambda city: {"assessor": _free_assessor(city)}, before=_disputed),
    "assessment:seat_thirds": Act("office", "CITY", before=_disputed),
    "assessment:seat_assessors": Act("office", "CITY", ROUND, before=_launched),
    "assessment:enter_event": Act(
        "room",
        "OVER+ROOM",
        lambda city: {"kind": "D1|", "found": "outside", "date": "2026-11-02", "facts": "公车私用一次"},
    ),
    "assessment:confirm_event": Act(
        "office",
        "OVER+ROOM",
        _events_of("entered event", document="衡纪认〔2026〕9号"),
        parts={"event_id": "entered event"},
    ),
    "assessment:reject_event": Act(
        "office",
        "OVER+ROOM",
        _events_of("entered event", reason="查无实据", document="查无实据"),
        parts={"event_id": "entered event"},
    ),
}

# Addresses without an example here, each with the reason.
EXEMPT: dict[str, str] = {
    "people:import": "a dry run: writes nothing; people:start_import is the act",
    "units:check_import": "a dry run: writes only a job of one's own; units:import_institutions is the act",
    "measures:import_values": "a dry run: writes only a job of one's own; measures:confirm_import is the act",
    "standards:import": "a dry run: writes nothing; standards:confirm_import is the act",
}
__all__ = ["ACTS", "EXEMPT", "Act"]
