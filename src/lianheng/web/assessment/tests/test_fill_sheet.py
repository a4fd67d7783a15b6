"""An institution fills its form: what is typed stays, what is wrong is said above its field, nothing half-written."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lianheng.web.accounts.models import Assignment
from lianheng.web.assessment.models import Sheet
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.conftest import MakeUser
from lianheng.web.evidence.models import Evidence
from lianheng.web.measures.models import MeasureValue
from lianheng.web.trail.models import TrailEntry

pytestmark = pytest.mark.django_db
DONE, WHOLE = "v.form.x1_1.list_items_done", "v.form.x1_1.list_items"
PDF = b"%PDF-1.4 a plan\n%%EOF"


@pytest.fixture
def sheet(city: City) -> Sheet:
    return year.launched(city).sheets.get(institution=city.units["X1"])


def send(client, sheet: Sheet, revision: int | None = None, **more):  # type: ignore[no-untyped-def]
    data = {"revision": sheet.revision if revision is None else revision, "with_evidence": "1", **more}
    headers = {"HTTP_ACCEPT": data.pop("accept")} if "accept" in data else {}
    return client.post(reverse("assessment:fill_sheet", args=[sheet.pk]), data, **headers)


def stored(sheet: Sheet) -> dict[str, str]:
    rows = MeasureValue.objects.filter(institution=sheet.institution, period=sheet.period).exclude(value="")
    return {f"v.{code}": value for code, value in rows.values_list("measure_id", "value")}


def test_it_saves_and_records(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    client = log_in(city.people["x1"])
    page = client.get(reverse("assessment:sheet", args=[sheet.pk])).content.decode()
    assert "还缺" in page and "书记校长担起责，大事集体来决策" in page
    assert "是“责任清单事项数”的一部分，不能更大" in page
    # Full-width digits are digits.
    assert send(client, sheet, **{DONE: "８", WHOLE: "10"}).status_code == 302
    assert stored(sheet) == {DONE: "8", WHOLE: "10"}
    entry = TrailEntry.objects.get(action="assessment.sheet_filled")
    assert entry.actor == f"user:{city.people['x1'].pk}" and entry.subject_id == str(sheet.pk)
    assert "已存" in client.get(reverse("assessment:sheet", args=[sheet.pk])).content.decode()


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({DONE: "八个"}, "要填数字，不能是“八个”"),
        ({DONE: "-3"}, "不能是负数"),
        ({DONE: "11", WHOLE: "10"}, "是“责任清单事项数”（10）的一部分，不能更大"),
        ({"v.form.x5_2.grade": "E"}, "请填 A、B、C 或 D"),
        ({"self.X1.1": "99"}, "自评分要在 0 到 10 之间"),
    ],
)
def test_it_says_what_is_wrong_and_loses_nothing(city: City, sheet: Sheet, log_in, typed, message) -> None:  # type: ignore[no-untyped-def]
    other = "v.form.x3_1.teachers" if "v.form.x3_1.teachers" in _asked(sheet) else sorted(_asked(sheet) - set(typed))[0]
    response = send(log_in(city.people["x1"]), sheet, **{other: "7", **typed})
    page = response.content.decode()
    assert response.status_code == 422 and message in page
    assert all(f'value="{text}"' in page for name, text in typed.items() if "grade" not in name)
    assert f'name="{other}" value="7"' in page
    assert stored(sheet) == {} and not TrailEntry.objects.filter(action="assessment.sheet_filled").exists()


def _asked(sheet: Sheet) -> set[str]:
    from lianheng.web.assessment.queries import asked_measures

    return {f"v.{use.code}" for use in asked_measures(sheet.scheme) if use.kind == "number"}


def test_two_people_saving_one_form(city: City, sheet: Sheet, log_in, make_user: MakeUser) -> None:  # type: ignore[no-untyped-def]
    from lianheng.web.accounts.roles import Role

    colleague = make_user("x1b", Role.UNIT_LEADER, institution=city.units["X1"])
    assert send(log_in(colleague), sheet, **{DONE: "5", WHOLE: "10"}).status_code == 302
    response = send(log_in(city.people["x1"]), sheet, revision=sheet.revision, **{DONE: "8", WHOLE: "10"})
    page = response.content.decode()
    assert response.status_code == 409 and "刚刚被别人存过" in page
    assert 'value="8"' in page and "现在系统里是：5" in page
    assert stored(sheet)[DONE] == "5"
    # The page that came back carries the new revision: saving again is a choice made knowingly.
    sheet.refresh_from_db()
    assert f'name="revision" value="{sheet.revision}"' in page


def test_it_answers_the_quiet_save(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    client = log_in(city.people["x1"])
    told = send(client, sheet, accept="application/json", **{DONE: "8", WHOLE: "10"}).json()
    assert told["revision"] == sheet.revision + 1 and told["missing"] > 0 and ":" in told["saved"]
    refused = send(client, sheet, revision=told["revision"], accept="application/json", **{DONE: "x"})
    assert refused.status_code == 422 and "要填数字" in refused.json()["errors"]["form.x1_1.list_items_done"]


def test_it_takes_evidence_once_and_reuses_it(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    client = log_in(city.people["x1"])
    upload = SimpleUploadedFile("责任清单.pdf", PDF)
    send(client, sheet, **{DONE: "8", WHOLE: "10", "file.X1.1": upload})
    evidence = Evidence.objects.get()
    assert list(MeasureValue.objects.get(measure=DONE[2:]).evidence.all()) == [evidence]
    sheet.refresh_from_db()
    code = next(name for name in sorted(_asked(sheet)) if "x2_" in name)
    item = code.removeprefix("v.form.").split(".")[0].upper().replace("_", ".")
    again = {DONE: "8", WHOLE: "10", code: "1", "evidence.X1.1": evidence.pk, f"evidence.{item}": evidence.pk}
    assert send(client, sheet, **again).status_code == 302
    assert list(MeasureValue.objects.get(measure=code[2:]).evidence.all()) == [evidence]
    assert Evidence.objects.count() == 1


def test_it_refuses_a_file_by_its_size(city: City, sheet: Sheet, log_in, settings) -> None:  # type: ignore[no-untyped-def]
    settings.MAX_UPLOAD = 1024 * 1024
    upload = SimpleUploadedFile("大文件.pdf", PDF + b"0" * (2 * 1024 * 1024))
    response = send(log_in(city.people["x1"]), sheet, **{DONE: "8", WHOLE: "10", "file.X1.1": upload})
    page = response.content.decode()
    assert response.status_code == 422 and "文件有 2 MB，超过 1 MB" in page and 'value="8"' in page
    assert not Evidence.objects.exists() and stored(sheet) == {}


def test_it_refuses_evidence_of_another_institution(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    from lianheng.web.evidence.services import add_evidence

    foreign = add_evidence(
        actor=city.people["x2"], institution_id=city.units["X2"].pk, upload=SimpleUploadedFile("a.pdf", PDF)
    )
    response = send(log_in(city.people["x1"]), sheet, **{DONE: "8", WHOLE: "10", "evidence.X1.1": foreign.pk})
    assert response.status_code == 422 and "不属于这个单位" in response.content.decode()
    assert stored(sheet) == {}


def test_it_hides_the_sheet_from_outsiders(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    client = log_in(city.people["x2"])
    assert client.get(reverse("assessment:sheet", args=[sheet.pk])).status_code == 404
    assert send(client, sheet, **{DONE: "8"}).status_code == 404
    assert "演示第一中学" not in client.get(reverse("assessment:sheets")).content.decode()


def test_a_person_moved_while_the_page_is_open(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    client = log_in(city.people["x1"])
    assert client.get(reverse("assessment:sheet", args=[sheet.pk])).status_code == 200
    Assignment.objects.filter(user=city.people["x1"]).update(valid_to=dt.date(2026, 12, 2))
    response = send(client, sheet, **{DONE: "8", WHOLE: "10"})
    assert response.status_code == 404 and "不在您的范围内" in response.content.decode()
    assert stored(sheet) == {}


def test_who_sees_it_may_not_fill_it(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    client = log_in(city.people["office"])
    assert '<form id="fill"' not in client.get(reverse("assessment:sheet", args=[sheet.pk])).content.decode()
    assert send(client, sheet, **{DONE: "8"}).status_code == 403
    assert stored(sheet) == {}


def test_it_requires_login(sheet: Sheet, client) -> None:  # type: ignore[no-untyped-def]
    assert send(client, sheet, **{DONE: "8"}).url.startswith("/login/")


def test_last_years_value_is_shown_not_asked(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    row = MeasureValue(
        measure_id=WHOLE[2:], institution=city.units["X1"], period="2025", value="42", source="单位填报",
        as_of=dt.date(2025, 12, 1), entered_at=dt.datetime(2025, 12, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    row.place_like(city.units["X1"])
    row.save()
    assert "上年 42" in log_in(city.people["x1"]).get(reverse("assessment:sheet", args=[sheet.pk])).content.decode()


def test_only_files_that_were_taken_in_are_said_to_be(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    client = log_in(city.people["x1"])
    program = SimpleUploadedFile("a.exe", b"MZ" + b"0" * 50)
    refused = send(client, sheet, **{DONE: "8", WHOLE: "10", "file.X1.1": program}).content.decode()
    assert "“a.exe”没有收下" in refused and "已经收下" not in refused and "您填的都还在" in refused
    nothing_sent = send(client, sheet, **{DONE: "八个"}).content.decode()
    assert "没有存" in nothing_sent and "收下" not in nothing_sent
    both = {DONE: "八个", "file.X1.1": SimpleUploadedFile("责任清单.pdf", PDF)}
    assert "已经收下的材料：责任清单" in send(client, sheet, **both).content.decode()


def test_the_grades_say_what_they_are_worth(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    page = log_in(city.people["x1"]).get(reverse("assessment:sheet", args=[sheet.pk])).content.decode()
    assert "A 得满分、B 得 80%、C 得 60%、D 不得分，对照上面的标准选" in page
