"""A list's values from Excel: dry run, every bad cell named, all or nothing, undo within the same state."""

import io
import re
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lianheng.web.assessment.models import Round
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.measures.models import MeasureValue, ValueImport
from lianheng.web.shell import incoming, jobs
from lianheng.web.shell.models import Job
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units.models import Institution

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(city: City, log_in, settings, tmp_path):  # type: ignore[no-untyped-def]
    settings.DATA = tmp_path
    year.launched(city)
    return log_in(city.people["third"])


def template(client, **query: str) -> openpyxl.Workbook:  # type: ignore[no-untyped-def]
    response = client.get(reverse("measures:template", args=["E"]), {"period": "2026", **query})
    assert response.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(response.content))


def filled(client, cells: dict[str, object]) -> bytes:  # type: ignore[no-untyped-def]
    book = template(client)
    for place, value in cells.items():
        book.active[place] = value
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def check(client, content: bytes, **changed: str):  # type: ignore[no-untyped-def]
    """Upload a file and return the page of its dry run, which the worker has done by then."""
    data = {"period": "2026", "source": "2026年民意调查", "as_of": "2026-12-01", **changed}
    upload = SimpleUploadedFile("民调.xlsx", content)
    return client.post(reverse("measures:import_values", args=["E"]), {**data, "file": upload}, follow=True)


def confirm(client, checked):  # type: ignore[no-untyped-def]
    return client.post(reverse("measures:confirm_import"), {"check": checked.context["job"].pk})


def test_the_template_names_units_and_measures_in_chinese(city: City, client) -> None:  # type: ignore[no-untyped-def]
    rows = list(template(client).active.values)
    assert rows[0][:3] == ("单位编码", "单位名称", "群众知晓率（0—100）")
    assert {row[1] for row in rows[1:]} == {"衡阳县", "演示市直机关"}


def test_dry_run_then_import_then_export(city: City, client) -> None:  # type: ignore[no-untyped-def]
    checked = check(client, filled(client, {"C2": 81.5, "C3": "７０"}))
    assert checked.status_code == 200 and "2 个单位，2 个数" in checked.content.decode()
    assert not MeasureValue.objects.exists()
    assert confirm(client, checked).status_code == 302
    assert sorted(MeasureValue.objects.values_list("value", flat=True)) == ["70", "81.5"]
    assert TrailEntry.objects.filter(action="measures.values_imported").count() == 1
    exported = list(template(client, filled="1").active.values)
    assert sorted(row[2] for row in exported[1:]) == ["70", "81.5"]


def test_the_dry_run_lists_what_it_would_change_and_equal_cells_write_nothing(city: City, client) -> None:  # type: ignore[no-untyped-def]
    confirm(client, check(client, filled(client, {"C2": 80, "C3": 70})))
    checked = check(client, filled(client, {"C2": 80, "C3": 75}))
    text = checked.content.decode()
    assert "2 个数，其中 1 个要改现有的数，0 个是新的，1 个和现有的相同、不动" in text and "写入这 1 个数" in text
    assert "现在是 70（" in text and "写入后是 75" in text and "第 3 行" in text
    confirm(client, checked)
    assert sorted(MeasureValue.objects.values_list("value", "revision")) == [("75", 1), ("80", 0)]
    same = check(client, filled(client, {"C2": 80, "C3": 75})).content.decode()
    assert "文件里的数都和现有的相同" in same and ValueImport.objects.count() == 2


@pytest.mark.parametrize("before", [{"C2": 80}, {"C2": 66.6}, {}])
@pytest.mark.parametrize("most", [2_000, 0])
def test_what_another_changed_since_the_check_is_not_written_over(  # type: ignore[no-untyped-def]
    city: City, client, log_in, monkeypatch, before: dict[str, object], most: int
) -> None:
    if before:
        confirm(client, check(client, filled(client, before)))
    checked = check(client, filled(client, {"C2": 66.6, "C3": 70}))
    office = log_in(city.people["office"])
    confirm(office, check(office, filled(office, {"C2": 55.6})))
    monkeypatch.setattr("lianheng.web.measures.import_job.MOST_AT_ONCE", most)
    response = confirm(client, checked)
    said = response.content.decode()
    assert response.status_code == 409 and not Job.objects.filter(kind="measures.import", state=Job.FAILED).exists()
    assert "检查以后有 1 个数被别人改了" in said and "现在是 55.6，文件里是 66.6，请重新检查" in said
    assert list(MeasureValue.objects.values_list("value", flat=True)) == ["55.6"]


def test_every_bad_cell_is_named_and_nothing_is_written(city: City, client) -> None:  # type: ignore[no-untyped-def]
    content = filled(
        client, {"C2": "很高", "D2": -3, "C3": 101, "A4": "没有这个", "C4": 5, "A5": "X430421-001", "C5": 1}
    )
    response = check(client, content)
    problems = {(row, heading): message for row, heading, message in response.context["job"].findings["problems"]}
    assert response.context["job"].findings["problem_count"] == len(problems) == 5
    assert "要填数字" in problems[2, "群众知晓率（0—100）"] and "不能超过 100" in problems[3, "群众知晓率（0—100）"]
    assert "没有编码" in problems[4, "单位编码"] and "不在这张清单上" in problems[5, "单位编码"]
    assert not MeasureValue.objects.exists()


def test_a_unit_outside_the_scope_looks_like_none(city: City, client, log_in) -> None:  # type: ignore[no-untyped-def]
    content = filled(client, {"C2": 1, "C3": 1})
    county = log_in(city.people["county"])
    problems = check(county, content).context["job"].findings["problems"]
    assert {message[:4] for _, _, message in problems} == {"没有编码"}
    assert len(list(template(county).active.values)) == 1


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04 broken"])
def test_a_broken_workbook_is_refused(city: City, client, content: bytes) -> None:  # type: ignore[no-untyped-def]
    text = check(client, content).content.decode()
    assert "什么都没有写入" in text if content else 'class="error"' in text
    assert not MeasureValue.objects.exists()


def test_a_large_file_is_read_again_only_where_something_changed(city: City, client, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    checked = check(client, filled(client, {"C2": 80, "C3": 70}))
    monkeypatch.setattr("lianheng.web.measures.import_job.MOST_AT_ONCE", 0)
    read: list[Job] = []
    monkeypatch.setattr("lianheng.web.measures.import_job._rows", lambda job: read.append(job) or [])
    assert confirm(client, checked).status_code == 302 and not read
    assert MeasureValue.objects.count() == 2
    # The check of a second file, and an import taken back after it: new numbers leave no row.
    monkeypatch.undo()
    checked = check(client, filled(client, {"C2": 81, "C3": 71}))
    client.post(reverse("measures:undo_import", args=[ValueImport.objects.get().pk]))
    monkeypatch.setattr("lianheng.web.measures.import_job.MOST_AT_ONCE", 0)
    refused = confirm(client, checked)
    assert refused.status_code == 409 and "现在没有了" in refused.content.decode()


def test_more_rows_than_a_file_may_have_are_refused_at_the_upload(city: City, client) -> None:  # type: ignore[no-untyped-def]
    refused = check(client, filled(client, {"A70002": "x"}))
    said = refused.content.decode()
    assert refused.status_code == 422 and "表里有 70,001 行，一个文件最多 60,000 行，没有读取。请分成几个文件" in said
    assert not Job.objects.filter(room="measures").exists() and not list(incoming._folder().iterdir())
    job = check(client, filled(client, {"C2": 80})).context["job"]
    assert job.state == Job.DONE


def _undeclared(content: bytes) -> bytes:
    """Return a workbook whose sheets do not say how far they reach."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, re.sub(rb"<dimension[^>]*>", b"", old.read(name)))
    return file.getvalue()


def test_a_workbook_that_pretends_to_be_endless_is_refused(city: City, client) -> None:  # type: ignore[no-untyped-def]
    content = filled(client, {"XFD1048576": 1})
    assert check(client, content).status_code == 422
    response = check(client, _undeclared(content))
    assert response.context["job"].state == Job.FAILED and "表里的行超过" in response.content.decode()


def test_a_large_file_is_refused_by_its_size(city: City, client, settings) -> None:  # type: ignore[no-untyped-def]
    settings.MAX_UPLOAD = 1024 * 1024
    response = check(client, b"0" * (3 * 1024 * 1024))
    assert response.status_code == 422 and "文件有 3 MB" in response.content.decode()


def test_names_that_look_like_formulas_are_text(city: City, client) -> None:  # type: ignore[no-untyped-def]
    Institution.objects.filter(pk=city.units["A1"].pk).update(name="=1+1")
    cell = next(row[1] for row in template(client).active.iter_rows() if row[1].value == "=1+1")
    assert cell.data_type == "s" and cell.quotePrefix


def test_undo_restores_what_was_there(city: City, client) -> None:  # type: ignore[no-untyped-def]
    confirm(client, check(client, filled(client, {"C2": 80})))
    confirm(client, check(client, filled(client, {"C2": 90, "C3": 70}), source="更正"))
    batch = ValueImport.objects.latest("pk")
    assert client.post(reverse("measures:undo_import", args=[batch.pk])).status_code == 302
    assert list(MeasureValue.objects.values_list("value", "source")) == [("80", "2026年民意调查")]
    assert client.post(reverse("measures:undo_import", args=[batch.pk])).status_code == 409
    assert TrailEntry.objects.filter(action="measures.import_undone").count() == 1


def test_no_undo_after_a_change_or_in_another_state(city: City, client, log_in) -> None:  # type: ignore[no-untyped-def]
    confirm(client, check(client, filled(client, {"C2": 80})))
    batch = ValueImport.objects.get()
    url = reverse("measures:undo_import", args=[batch.pk])
    assert log_in(city.people["office"]).post(url).status_code == 404
    Round.objects.update(state=Round.ASSESSING)
    assert client.post(url).status_code == 409
    Round.objects.update(state=Round.LAUNCHED)
    confirm(client, check(client, filled(client, {"C2": 85})))
    assert client.post(url).status_code == 409
    assert MeasureValue.objects.get().value == "85"


def test_only_who_supplies_may_import(city: City, client, log_in) -> None:  # type: ignore[no-untyped-def]
    url = reverse("measures:import_values", args=["E"])
    assert log_in(city.people["x1"]).get(url, {"period": "2026"}).status_code == 403
    assert client.get(reverse("measures:import_values", args=["Z"]), {"period": "2026"}).status_code == 404


def test_one_dry_run_is_taken_in_once(city: City, client) -> None:  # type: ignore[no-untyped-def]
    checked = check(client, filled(client, {"C2": 80}))
    assert confirm(client, checked).status_code == 302
    again = confirm(client, checked)
    assert again.status_code == 409 and "不会重复导入" in again.content.decode()
    assert ValueImport.objects.count() == MeasureValue.objects.count() == 1


def test_an_import_lost_with_its_worker_is_done_once(city: City, client) -> None:  # type: ignore[no-untyped-def]
    checked = check(client, filled(client, {"C2": 80, "C3": 70})).context["job"]
    job = Job.objects.create(
        room="measures", kind="measures.import", title="导入", asked_by=checked.asked_by, created=checked.created,
        arguments=checked.arguments, state=Job.RUNNING, attempts=1,
    )  # fmt: skip
    jobs.requeue_lost_jobs()
    jobs.run_job(job.pk)
    assert Job.objects.get(pk=job.pk).state == Job.DONE
    assert (ValueImport.objects.count(), MeasureValue.objects.count()) == (1, 2)
    assert TrailEntry.objects.filter(action="measures.values_imported").count() == 1


@pytest.mark.parametrize("step", [1, 2])
def test_a_stopped_import_leaves_nothing(city: City, client, monkeypatch, step: int) -> None:  # type: ignore[no-untyped-def]
    checked = check(client, filled(client, {"C2": 80, "C3": 70}))
    seen: list[int] = []

    def stop_at_step(job_id: int) -> bool:
        seen.append(job_id)
        return len(seen) >= step

    monkeypatch.setattr("lianheng.web.shell.job_progress.is_to_stop", stop_at_step)
    monkeypatch.setattr("lianheng.web.measures.services.importing.STEP", 1)
    confirm(client, checked)
    assert Job.objects.latest("pk").state == Job.CANCELLED
    assert not MeasureValue.objects.exists() and not ValueImport.objects.exists()


def test_a_dry_run_is_its_askers_alone(city: City, client, log_in) -> None:  # type: ignore[no-untyped-def]
    checked = check(client, filled(client, {"C2": 80}))
    office = log_in(city.people["office"])
    assert office.get(reverse("measures:checked_import", args=[checked.context["job"].pk])).status_code == 404
    assert confirm(office, checked).status_code == 404
    assert not MeasureValue.objects.exists()


def test_a_large_import_is_taken_back_in_the_background(city: City, client, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("lianheng.web.measures.import_job.MOST_AT_ONCE", 1)
    confirm(client, check(client, filled(client, {"C2": 80, "C3": 70})))
    url = reverse("measures:undo_import", args=[ValueImport.objects.get().pk])
    page = client.post(url, follow=True).content.decode()
    assert "2 个数回到导入之前" in page and not MeasureValue.objects.exists()
    assert "已经撤回过" in client.post(url, follow=True).content.decode()


def test_a_formula_without_its_result_is_no_empty_cell(city: City, client) -> None:  # type: ignore[no-untyped-def]
    checked = check(client, filled(client, {"C2": "=1+1", "C3": 70}))
    assert "第 2 行 C 列是没有算过的公式" in checked.content.decode() and not MeasureValue.objects.exists()


def test_rows_without_a_code_are_asked_for_one(city: City, client) -> None:  # type: ignore[no-untyped-def]
    response = check(client, filled(client, {"A2": None, "C2": 5, "A3": None, "C3": 6}))
    assert [message for *_, message in response.context["job"].findings["problems"]] == ["请填单位编码"] * 2


def test_an_archived_year_is_refused_at_the_upload(city: City, client) -> None:  # type: ignore[no-untyped-def]
    content = filled(client, {"C2": 81.5})
    Round.objects.update(state=Round.LOCKED)
    refused = check(client, content)
    assert refused.status_code == 422 and "数据不能再改" in refused.content.decode()
    assert not Job.objects.filter(room="measures").exists()
