"""Files are stored once by content, read by their bytes, bounded, and seen within scope only."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lianheng.web.accounts.roles import Role
from lianheng.web.evidence.models import Evidence, EvidenceFile
from lianheng.web.evidence.services import add_evidence, path_of
from lianheng.web.shell.errors import Forbidden
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units.models import Institution

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4 a plan\n%%EOF"


@pytest.fixture
def school(small_tree) -> Institution:  # type: ignore[no-untyped-def]
    place = small_tree["430421"]
    return Institution.objects.create(
        code="X1", name="演示中学", sort_key="yan shi", level=3, division=place, province="43", city="4304",
        county="430421", unit_type="school", business_line="school", list_code="X",
    )  # fmt: skip


@pytest.fixture
def client(school: Institution, make_user, log_in):  # type: ignore[no-untyped-def]
    return log_in(make_user("clerk", Role.UNIT_ADMIN, institution=school))


def send(client, school: Institution, name: str = "计划.pdf", content: bytes = PDF, **more: str):  # type: ignore[no-untyped-def]
    data = {"file": SimpleUploadedFile(name, content), **more}
    return client.post(reverse("evidence:add_evidence", args=[school.pk]), data)


def test_it_stores_lists_and_sends_back(school: Institution, client) -> None:  # type: ignore[no-untyped-def]
    assert send(client, school, title="年度计划", dated="2026-03-01").status_code == 302
    row = Evidence.objects.get()
    assert path_of(row.file_id).read_bytes() == PDF
    assert "年度计划" in client.get(reverse("evidence:list")).content.decode()
    response = client.get(reverse("evidence:download", args=[row.pk]))
    assert b"".join(response.streaming_content) == PDF
    assert "sandbox" in response["Content-Security-Policy"]
    assert TrailEntry.objects.filter(action="evidence.evidence_added").count() == 1


def test_the_same_content_is_stored_and_asked_once(school: Institution, client) -> None:  # type: ignore[no-untyped-def]
    send(client, school)
    assert send(client, school, name="换个名字.pdf").status_code == 302
    assert "以前交过，不用再交" in client.get(reverse("evidence:list")).content.decode()
    assert Evidence.objects.count() == EvidenceFile.objects.count() == 1


def _bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(21):
            archive.writestr(f"{n}", b"0" * (10 * 1024 * 1024))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "more", "message"),
    [
        ("空.pdf", b"", {}, "空"),
        ("假.pdf", b"MZ\x90\x00", {}, "内容却不是 PDF 文件"),
        ("程序.exe", b"MZ\x90\x00", {}, "不认识这种文件"),
        ("假.png", PDF, {}, "对不上"),
        ("坏.xlsx", b"PK\x03\x04 broken", {}, "已损坏"),
        ("计划.pdf", PDF, {"dated": "2026-12-30"}, "材料日期在将来"),
        ("大.pdf", PDF + b"0" * 2_000_000, {}, "超过 1 MB"),
    ],
)
def test_it_refuses_what_cannot_be(school: Institution, client, settings, name, content, more, message) -> None:  # type: ignore[no-untyped-def]
    settings.MAX_UPLOAD = 1024 * 1024
    response = send(client, school, name, content, **more)
    assert response.status_code == 422 and message in response.content.decode()
    assert not Evidence.objects.exists() and not EvidenceFile.objects.exists()


def test_it_refuses_an_archive_that_unpacks_to_too_much(school: Institution, client) -> None:  # type: ignore[no-untyped-def]
    response = send(client, school, "大.zip", _bomb())
    assert response.status_code == 422 and "解开后过大" in response.content.decode()


def test_outsiders_see_nothing(school: Institution, client, make_user, log_in) -> None:  # type: ignore[no-untyped-def]
    send(client, school, title="年度计划")
    row = Evidence.objects.get()
    other = log_in(make_user("far", Role.SPECIAL_OFFICE, division="430424"))
    assert other.get(reverse("evidence:download", args=[row.pk])).status_code == 404
    assert "年度计划" not in other.get(reverse("evidence:list")).content.decode()
    assert send(other, school, content=PDF + b"2").status_code == 404
    assessor = log_in(make_user("assessor", Role.ASSESSOR, division="4304"))
    assert assessor.get(reverse("evidence:download", args=[row.pk])).status_code == 404
    room = log_in(make_user("room", Role.SUPERVISION_ROOM, division="4304"))
    assert send(room, school, content=PDF + b"3").status_code == 403
    assert Evidence.objects.count() == 1


def test_names_are_made_safe(school: Institution, client) -> None:  # type: ignore[no-untyped-def]
    send(client, school, name='..\\..\\a"b<c>.pdf')
    assert Evidence.objects.get().filename == "abc.pdf"


def test_the_service_itself_refuses_who_is_not_of_the_unit(school: Institution, make_user, small_tree) -> None:  # type: ignore[no-untyped-def]
    upload = SimpleUploadedFile("计划.pdf", PDF)
    for name, role, division, why in (
        ("far", Role.SPECIAL_OFFICE, "430424", "不在您管的范围内"),
        ("scorer", Role.ASSESSOR, "4304", "在这里没有这个角色"),
    ):
        with pytest.raises(Forbidden, match=why):
            add_evidence(actor=make_user(name, role, division=division), institution_id=school.pk, upload=upload)
    assert not Evidence.objects.exists() and not EvidenceFile.objects.exists()
