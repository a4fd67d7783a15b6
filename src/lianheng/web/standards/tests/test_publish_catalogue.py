"""Publishing and undoing a draft."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from lianheng.library.tests.editing import copied, edit
from lianheng.web.accounts.models import User
from lianheng.web.shell.errors import WrongState
from lianheng.web.standards.models import Catalogue, StandardSearch
from lianheng.web.standards.search import matching
from lianheng.web.standards.services import publish_catalogue
from lianheng.web.trail.models import TrailEntry


@pytest.fixture
def draft(hengyang: Catalogue, tmp_path: Path) -> Catalogue:
    folder = edit(copied(tmp_path), "catalogue.yaml", lambda data: data.update({"version": "2027.1"}))
    call_command("standards_load", str(folder))
    return Catalogue.objects.get(version="2027.1")


def post(client: Client, draft: Catalogue, act: str, revision: int | None = None) -> int:
    values = {"revision": draft.revision if revision is None else revision}
    return client.post(f"/standards/versions/{draft.pk}/{act}/", values).status_code


def test_publishing_supersedes_the_version_before_and_records(office: Client, draft: Catalogue) -> None:
    assert post(office, draft, "publish") == 302
    states = dict(Catalogue.objects.values_list("version", "state"))
    assert states == {"2026.1": "superseded", "2027.1": "published"}
    entry = TrailEntry.objects.filter(action="standards.catalogue_published").latest("seq")
    assert entry.subject_id == str(draft.pk)
    page = office.get(f"/standards/versions/{draft.pk}/").content.decode()
    assert "发布标准目录" in page and "装载标准目录为草稿" in page


def test_publishing_twice_is_refused_by_name(office: Client, draft: Catalogue) -> None:
    assert post(office, draft, "publish") == 302
    assert post(office, draft, "publish") == 409  # the page is older than the row
    assert post(office, draft, "publish", revision=1) == 409


def test_a_draft_is_undone_with_its_search_words(office: Client, draft: Catalogue) -> None:
    assert matching(draft.pk, "食堂").exists()
    assert post(office, draft, "delete") == 302
    assert not Catalogue.objects.filter(version="2027.1").exists()
    assert not StandardSearch.objects.filter(catalogue_id=draft.pk).exists()
    assert TrailEntry.objects.filter(action="standards.draft_deleted", subject_id=str(draft.pk)).exists()


def test_a_published_version_is_not_deleted(office: Client, hengyang: Catalogue) -> None:
    assert post(office, hengyang, "delete") == 409
    assert Catalogue.objects.filter(pk=hengyang.pk).exists()


def test_only_the_office_publishes_deletes_and_sees_drafts(
    reader: Client, office: Client, draft: Catalogue, make_user: Callable[..., User], log_in: Callable[[User], Client]
) -> None:
    county = log_in(make_user("xianban", "special_office", division="430421"))
    for client in (reader, county):
        assert post(client, draft, "publish") == 403
        assert post(client, draft, "delete") == 403
        assert client.get(f"/standards/versions/{draft.pk}/").status_code == 404
        assert client.get("/standards/?version=2027.1").status_code == 404
        assert "2027.1" not in client.get("/standards/versions/").content.decode()
    assert office.get("/standards/?version=2027.1").status_code == 200
    assert post(Client(), draft, "publish") == 302
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_draft_that_was_altered_in_the_database_is_refused(draft: Catalogue) -> None:
    draft.content["catalogue"]["lists"][0]["name"] = "另一张清单"
    draft.save()
    with pytest.raises(WrongState, match="指纹"):
        publish_catalogue(actor=None, catalogue_id=draft.pk, revision=draft.revision)


def test_a_draft_made_against_an_older_version_is_refused(
    office: Client, hengyang: Catalogue, draft: Catalogue, tmp_path: Path
) -> None:
    (tmp_path / "b").mkdir()
    folder = edit(copied(tmp_path / "b"), "catalogue.yaml", lambda data: data.update({"version": "2027.2"}))
    call_command("standards_load", str(folder), "--publish")
    assert post(office, draft, "publish") == 409
