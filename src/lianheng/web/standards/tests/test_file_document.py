"""The 1+1+7+2 documents: slots, filing, download, clauses."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lianheng.web.standards.models import ClauseLink, PolicyDocument
from lianheng.web.trail.models import TrailEntry

pytestmark = pytest.mark.usefixtures("evidence_folder")
PDF = b"%PDF-1.7\n1 0 obj\n"


def file_slot(client: Client, slot: str, **changes: object) -> int:
    document = PolicyDocument.objects.get(slot=slot)
    values: dict[str, object] = {
        "title": document.title,
        "number": f"衡清发〔2021〕{int(slot[1:])}号",
        "issuer": "市清廉建设领导小组",
        "issued": "2021-09-01",
        "revision": document.revision,
        "file": SimpleUploadedFile(f"{document.title}.pdf", PDF + slot.encode()),
    }
    return client.post(f"/standards/documents/{slot}/file/", {**values, **changes}).status_code


@pytest.mark.seed("S14")
def test_ten_documents_show_ten_of_eleven_and_the_empty_slot_and_eleven_are_complete(
    office: Client, reader: Client
) -> None:
    slots = list(PolicyDocument.objects.order_by("slot").values_list("slot", flat=True))
    assert len(slots) == 11
    kinds = list(PolicyDocument.objects.order_by("slot").values_list("kind", flat=True))
    assert [kinds.count(kind) for kind in ("opinion", "plan", "unit_programme", "supporting")] == [1, 1, 7, 2]
    for slot in slots:
        if slot != "D09":
            assert file_slot(office, slot) == 302
    page = reader.get("/standards/documents/").content.decode()
    assert "10/11" in page
    missing = re.search(r"还缺：(.*?)</p>", page, re.S)
    assert missing and re.sub("<[^>]+>", "", missing[1]) == "清廉文化建设实施方案（单元实施方案）"
    assert file_slot(office, "D09") == 302
    page = reader.get("/standards/documents/").content.decode()
    assert "11/11" in page and "系列文件齐全" in page and "还缺" not in page

    # An item links to the clause it rests on, and the document shows the item.
    item = reader.get("/standards/items/X4.2/")
    assert "清廉学校建设实施方案" in item.content.decode()
    assert "X4.2" in reader.get("/standards/documents/D04/").content.decode()


def test_filing_is_recorded_and_the_file_comes_back(office: Client, reader: Client) -> None:
    file_slot(office, "D04")
    document = PolicyDocument.objects.get(slot="D04")
    assert (document.filed, document.number, document.issued) == (True, "衡清发〔2021〕4号", dt.date(2021, 9, 1))
    entry = TrailEntry.objects.get(action="standards.document_filed")
    assert document.evidence_id in entry.payload.content
    answer = reader.get("/standards/documents/D04/download/")
    assert b"".join(answer.streaming_content) == PDF + b"D04"  # type: ignore[attr-defined]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert Client().get("/standards/documents/D04/download/").status_code == 302
    assert reader.get("/standards/documents/D05/download/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"issued": "2027-01-01"}, "发文日期在将来"),
        ({"number": ""}, "这一项还没有填"),
        ({"file": SimpleUploadedFile("方案.pdf", b"MZ not a document")}, "内容却不是 PDF 文件"),
        ({"file": SimpleUploadedFile("方案.pdf", b"PK\x03\x04")}, "对不上"),
        ({"issued": "九月"}, "没有这一天"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_filed(office: Client, changes: dict[str, object], message: str) -> None:
    document = PolicyDocument.objects.get(slot="D04")
    values: dict[str, object] = {
        "title": document.title,
        "number": "衡〔2021〕4号",
        "issuer": "市教育局",
        "revision": 0,
    }
    values |= {"issued": "2021-09-01", "file": SimpleUploadedFile("方案.pdf", PDF)}
    answer = office.post("/standards/documents/D04/file/", {**values, **changes})
    assert answer.status_code == 422 and message in answer.content.decode()
    document.refresh_from_db()
    assert not document.filed and document.evidence_id is None


def test_two_people_saving_one_form(office: Client) -> None:
    assert file_slot(office, "D04") == 302
    assert file_slot(office, "D04", revision=0) == 409


def test_only_the_office_files_and_links(reader: Client) -> None:
    assert file_slot(reader, "D04") == 403
    link = ClauseLink.objects.earliest("pk")
    assert reader.post(f"/standards/clauses/{link.pk}/remove/").status_code == 403
    values = {"slot": "D10", "clause": "第三条"}
    assert reader.post("/standards/items/X1.1/clauses/", values).status_code == 403
    assert "归档这份文件" not in reader.get("/standards/documents/D04/").content.decode()


def test_a_clause_is_added_shown_on_both_pages_and_removed(office: Client, reader: Client) -> None:
    values = {"slot": "D10", "clause": "第三条第二款"}
    assert office.post("/standards/items/X1.1/clauses/", values).status_code == 302
    assert office.post("/standards/items/X1.1/clauses/", values).status_code == 409
    assert "第三条第二款" in reader.get("/standards/items/X1.1/").content.decode()
    assert "党组织领导与履责" in reader.get("/standards/documents/D10/").content.decode()
    link = ClauseLink.objects.get(clause="第三条第二款")
    assert office.post(f"/standards/clauses/{link.pk}/remove/").status_code == 302
    assert "第三条第二款" not in reader.get("/standards/items/X1.1/").content.decode()
    actions = TrailEntry.objects.filter(subject_type="standards.policydocument").values_list("action", flat=True)
    assert list(actions) == ["standards.clause_added", "standards.clause_removed"]


def test_loading_again_leaves_what_is_filed(office: Client, evidence_folder: Path) -> None:
    from django.core.management import call_command

    file_slot(office, "D04", title="清廉学校建设实施方案（2021 年修订）")
    call_command("standards_load", "--publish")
    assert PolicyDocument.objects.get(slot="D04").title == "清廉学校建设实施方案（2021 年修订）"
