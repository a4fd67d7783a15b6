"""`lianheng standards load`: a folder becomes a draft, or the live version; what is wrong is named and nothing kept."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from lianheng.library.tests.editing import copied, edit, item, write
from lianheng.web.measures.models import Measure
from lianheng.web.standards.models import Catalogue, Item, PolicyDocument
from lianheng.web.trail.models import TrailEntry

pytestmark = pytest.mark.django_db


def next_version(folder: Path) -> Path:
    return edit(folder, "catalogue.yaml", lambda data: data.update({"version": "2027.1"}))


def test_it_loads_the_shipped_catalogue_as_a_draft_and_records(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("standards_load")
    catalogue = Catalogue.objects.get()
    assert (catalogue.state, Item.objects.count(), PolicyDocument.objects.count()) == ("draft", 95, 11)
    assert "9 lists, draft" in capsys.readouterr().out
    entry = TrailEntry.objects.get(action="standards.catalogue_loaded")
    assert catalogue.fingerprint in entry.payload.content


def test_publishing_registers_the_measures(hengyang: Catalogue) -> None:
    assert hengyang.state == "published"
    assert Measure.objects.get(pk="form.x1_1.list_items_done").part_of == "form.x1_1.list_items"


def test_loading_again_changes_nothing(hengyang: Catalogue) -> None:
    entries = TrailEntry.objects.filter(action="standards.catalogue_loaded").count()
    call_command("standards_load", "--publish")
    assert Catalogue.objects.get() == hengyang
    assert TrailEntry.objects.filter(action="standards.catalogue_loaded").count() == entries
    assert PolicyDocument.objects.count() == 11


@pytest.mark.seed("S21")
@pytest.mark.parametrize(
    ("key", "empty", "named"),
    [("lead", "", "lead department (lead) is missing"), ("problems", [], "problem description (problems) is missing")],
)
def test_publishing_an_item_without_one_of_its_parts_is_refused(
    tmp_path: Path, key: str, empty: Any, named: str
) -> None:
    folder = edit(copied(tmp_path), "X.yaml", lambda data: item(data, "X1.1").update({key: empty}))
    with pytest.raises(CommandError) as refused:
        call_command("standards_load", str(folder), "--publish")
    assert f"X.yaml: X1.1: {named}" in str(refused.value)
    assert not Catalogue.objects.exists()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is not a folder") as refused:
        call_command("standards_load", str(tmp_path / "none"))
    assert refused.value.returncode == 2


def test_a_published_version_is_frozen(hengyang: Catalogue, tmp_path: Path) -> None:
    folder = edit(copied(tmp_path), "X.yaml", lambda data: data.update({"lead": "市教体局"}))
    with pytest.raises(CommandError, match="published or in use"):
        call_command("standards_load", str(folder))
    hengyang.refresh_from_db()
    assert hengyang.lists.get(code="X").lead_department == "市教育局"


def _renumber(data: Any) -> None:
    canteen = item(data, "X4.2")
    canteen["code"] = "X4.3"
    for problem in canteen["problems"]:
        problem["code"] = problem["code"].replace("X4.2", "X4.3")


def test_a_code_that_is_gone_needs_a_crosswalk_row(hengyang: Catalogue, tmp_path: Path) -> None:
    folder = next_version(edit(copied(tmp_path), "X.yaml", _renumber))
    with pytest.raises(CommandError, match=r"X4\.2: is gone in version 2027\.1 and has no row"):
        call_command("standards_load", str(folder))
    assert Catalogue.objects.count() == 1


def test_a_new_version_carries_its_diff_and_crosswalk_on_its_page(
    hengyang: Catalogue, reader: Client, tmp_path: Path
) -> None:
    folder = next_version(edit(copied(tmp_path), "X.yaml", _renumber))
    rows = [{"old": f"X4.2{end}", "new": [f"X4.3{end}"], "reason": "重新编号"} for end in ("", "-a", "-b", "-c", "-d")]
    write(folder / "crosswalk.yaml", {"from": "2026.1", "to": "2027.1", "rows": rows})
    call_command("standards_load", str(folder), "--publish")
    new = Catalogue.objects.get(version="2027.1")
    assert new.based_on == hengyang
    assert Catalogue.objects.get(version="2026.1").state == "superseded"
    page = reader.get(f"/standards/versions/{new.pk}/").content.decode()
    # Codes of our own files are no words for readers.
    assert "以五篇公开报道和研究文章为依据整理" in page and "种子" not in page
    assert "重新编号" in page and 'data-code="X4.3"' in page and new.fingerprint in page
    # A running year stays on its version.
    assert reader.get("/standards/items/X4.2/").status_code == 404
    assert "食堂膳食与采购" in reader.get("/standards/items/X4.2/?version=2026.1").content.decode()
