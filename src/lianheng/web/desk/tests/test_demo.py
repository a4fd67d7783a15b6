"""The demonstration city, a corner of it: every state by services, the same every time."""

import datetime as dt
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client, override_settings

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.assessment.disputes import disputed_items
from lianheng.web.assessment.models import (
    ConfirmedEvent,
    Inclusion,
    Linkage,
    Objection,
    OfficialNotice,
    Result,
    ResultRun,
    Round,
    Seat,
    Sheet,
    Snapshot,
)
from lianheng.web.assessment.services.packages import package_files
from lianheng.web.assessment.views.sheet_table import sheet_light
from lianheng.web.desk import inbox
from lianheng.web.desk.demo import loading
from lianheng.web.desk.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from lianheng.web.evidence.models import EvidenceFile
from lianheng.web.shell.errors import WrongState
from lianheng.web.standards.models import PolicyDocument
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.verification import verify
from lianheng.web.units.models import CityProfile, Institution

SCALE = 0.03
STEPS = """
round_created round_launched assessors_seated self_scoring_closed moderation_started results_computed round_reviewed
notice_opened round_published notice_issued linkage_exported receipt_noted round_locked
"""


def content_hashes() -> dict[str, Any]:
    """Return what must be the same in every load: rows, scores, documents."""
    found: dict[str, Any] = {}
    for run in ResultRun.objects.order_by("round__year", "number"):
        files = package_files(run)
        found |= {
            f"{run.round.year}/{run.number}/{name}": hashlib.sha256(files[name]).hexdigest()
            for name in ("year.json", "results.json")
        }
    notice = OfficialNotice.objects.get()
    found |= {"docx": notice.docx_id, "pdf": notice.pdf_id}
    found["files"] = sorted(EvidenceFile.objects.values_list("sha256", flat=True))
    found["institutions"] = list(Institution.objects.order_by("code").values_list("code", "name", "parent__code"))
    found["sheets"] = list(
        Sheet.objects.order_by("id").values_list("institution__code", "period", "list_code", "state", "late")
    )
    found["snapshots"] = list(Snapshot.objects.order_by("id").values_list("period", "sha256"))
    found["people"] = list(User.objects.order_by("username").values_list("username", "name"))
    found["acts"] = list(TrailEntry.objects.order_by("seq").values_list("actor", "action", "subject_type"))
    return found


@pytest.fixture(scope="module")
def loaded(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """A corner of the city, loaded twice; the second one stays for the tests of this file and is rolled back."""
    evidence = tmp_path_factory.mktemp("evidence")
    with django_db_blocker.unblock(), override_settings(EVIDENCE=evidence, FIXED_TODAY="2026-12-08"):
        with transaction.atomic():
            loading.load_demo(say=lambda text: None, scale=SCALE)
            first = content_hashes()
            transaction.set_rollback(True)
        with transaction.atomic():
            loading.load_demo(say=lambda text: None, scale=SCALE)
            yield first
            transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def demo_day(settings: Any, fixed_day: None) -> None:
    settings.FIXED_TODAY = "2026-12-08"


def test_it_runs_2025_through_all_states(loaded: dict[str, Any]) -> None:
    round_ = Round.objects.get(year=2025)
    assert round_.state == Round.LOCKED
    taken = set(TrailEntry.objects.filter(unit=f"round:{round_.pk}").values_list("action", flat=True))
    assert {f"assessment.{step}" for step in STEPS.split()} <= taken
    assert not Result.objects.filter(run__round=round_, run__current=True, score=None).exists()
    assert set(Snapshot.objects.filter(round=round_).values_list("period", flat=True)) == {
        "2025", "2025Q1", "2025Q2", "2025Q3", "2025Q4"
    }  # fmt: skip
    assert Seat.objects.filter(sheet__round=round_, number=3).exists()
    assert list(Objection.objects.order_by("id").values_list("upheld", flat=True)) == [True, True, False, False]
    assert ResultRun.objects.filter(round=round_).count() == 2
    assert Linkage.objects.exclude(receipt="").count() == 4 and Linkage.objects.count() == 5
    county = Inclusion.objects.filter(institution__name="衡阳县")
    assert county.count() == 4 and county.exclude(evidence=None).count() == 3


def test_quarters_count_in_the_evaluation(loaded: dict[str, Any]) -> None:
    result = Result.objects.get(run__current=True, year=2025, list_code="E", institution__name="衡阳县")
    assert len(result.inputs["quarters"]) == 4


def test_scores_are_spread(loaded: dict[str, Any]) -> None:
    results = Result.objects.filter(run__current=True, year=2025)
    scores = [float(row.score) for row in results if row.score is not None]
    assert 78 < sum(scores) / len(scores) < 90
    assert {"优秀", "良好", "合格", "较差"} <= set(results.values_list("grade", flat=True))
    assert results.filter(vetoes="N-X1", grade="合格").count() == 1
    kinds = set(ConfirmedEvent.objects.filter(state=ConfirmedEvent.CONFIRMED).values_list("kind", flat=True))
    assert {"D1", "D3", "D4", "B1", "N-X1"} <= kinds


def test_2026_stands_where_an_office_would(loaded: dict[str, Any]) -> None:
    """Four days after self-scoring ended: latecomers, extensions, sheets sent back, first scores, a gap."""
    round_ = Round.objects.get(year=2026)
    day = dt.date(2026, 12, 8)
    assert round_.state == Round.LAUNCHED and round_.self_score_due == dt.date(2026, 12, 4)
    lights = Counter(sheet_light(sheet, day)[0] for sheet in round_.sheets.all())
    assert set(lights) == {"done", "red", "yellow", "blue"} and lights["done"] > sum(lights.values()) / 2
    assert round_.sheets.filter(extensions__granted=None, extensions__isnull=False).count() == 1
    assert ConfirmedEvent.objects.filter(date__year=2026, state=ConfirmedEvent.ENTERED).exists()
    done = Seat.objects.filter(sheet__round=round_).exclude(done_at=None)
    assert done.exists() and set(done.values_list("sheet__state", flat=True)) == {Sheet.SUBMITTED}
    gaps = disputed_items(round_)
    third = Seat.objects.get(sheet__round=round_, number=3)
    assert len(gaps) == 2 and third.sheet_id in gaps and third.done_at is None


def test_areas_are_compared_with_2024(loaded: dict[str, Any]) -> None:
    assert Round.objects.get(year=2024).state == Round.LOCKED
    areas = Result.objects.filter(year=2025, run__in_force=True, list_code="E")
    assert areas.exists() and not areas.filter(last_year=None).exists()


@pytest.mark.parametrize(
    "username",
    ["office", "office2", "leader", "edu", "county", "town", "school", "principal", "hospital", "village", "organ",
     "area", "supervision", "assessor01"],
)  # fmt: skip
def test_everybody_finds_something_to_do(loaded: dict[str, Any], username: str) -> None:
    assert inbox.items_for(User.objects.get(username=username))


def test_every_kind_of_unit_and_document_is_there(loaded: dict[str, Any]) -> None:
    assert set(Institution.objects.values_list("list_code", flat=True)) == set("JXYCQMFW") | {""}
    assert Institution.objects.filter(is_area=True).count() == 14
    assert Institution.objects.filter(name__contains="洣水镇").exists()
    assert PolicyDocument.objects.filter(filed=True).exclude(kind="").count() == 10
    assert not Institution.objects.filter(is_area=False).exclude(name__contains="演示").exists()


def test_its_trail_is_whole(loaded: dict[str, Any]) -> None:
    report = verify(None)
    assert report.problems == [] and report.size == TrailEntry.objects.count()


def test_a_second_load_is_the_same(loaded: dict[str, Any]) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("a rolled-back load leaves PostgreSQL's sequences moved on; a fresh database gives equal rows")
    assert json.dumps(content_hashes(), default=str) == json.dumps(loaded, default=str)


def test_everybody_on_the_list_gets_in(loaded: dict[str, Any]) -> None:
    for username, _, _ in DEMO_ACCOUNTS:
        client = Client()
        answer = client.post("/login/", {"username": username, "password": DEMO_PASSWORD})
        assert answer.status_code == 302, username
        user = User.objects.get(username=username)
        assert user.is_demo and user.assignments.exists()
    held = set(User.objects.values_list("assignments__role", flat=True))
    assert {Role.LEADING_GROUP, Role.SPECIAL_OFFICE, Role.ASSESSOR, Role.THIRD_PARTY, Role.AUDIT_ADMIN} <= held


def test_no_assessor_scores_at_home(loaded: dict[str, Any]) -> None:
    seats = Seat.objects.select_related("assessor__institution", "sheet")
    for seat in seats:
        home = seat.assessor.institution
        assert home is None or (home.pk != seat.sheet.institution_id and home.county != seat.sheet.county)


def test_it_refuses_a_second_load(loaded: dict[str, Any]) -> None:
    assert loading.is_complete() and loading.is_demo()
    assert CityProfile.objects.get().office_code == "衡廉办"
    with pytest.raises(CommandError, match="holds data already"):
        call_command("demo_load")
    out = io.StringIO()
    call_command("demo_load", "--if-empty", stdout=out)
    call_command("demo_accounts", stdout=out)
    assert out.getvalue().startswith("the demonstration city is here: ") and DEMO_PASSWORD in out.getvalue()
    assert all(username in out.getvalue() for username, _, _ in DEMO_ACCOUNTS)


@pytest.mark.django_db
def test_it_refuses_production(settings: Any) -> None:
    settings.MODE = "production"
    with pytest.raises(CommandError, match="production"):
        call_command("demo_load")
    with pytest.raises(WrongState):
        loading.load_demo(say=print)


@pytest.mark.django_db
def test_reset_spares_real_people(make_user: Any, settings: Any, tmp_path: Path) -> None:
    make_user("someone", Role.SPECIAL_OFFICE, division="4304")
    settings.MODE = "demo"
    with pytest.raises(CommandError, match="no demonstration"):
        call_command("demo_load", reset=True)
    assert User.objects.filter(username="someone").exists()


@pytest.mark.django_db
def test_a_load_that_breaks_leaves_nothing(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EVIDENCE = tmp_path

    def broken(*_: object) -> None:
        raise RuntimeError("killed here")

    monkeypatch.setattr(loading, "run_finished_year", broken)
    with pytest.raises(RuntimeError):
        loading.load_demo(say=lambda text: None, scale=SCALE)
    assert not loading.holds_data() and not loading.is_complete()


@pytest.mark.django_db
def test_the_running_year_can_be_finished(loaded: dict[str, Any], settings: Any, log_in: Any) -> None:
    """What the tutorial says: the city goes on by the command, the visitor takes the office's steps on the pages."""
    settings.MODE = "demo"
    browsers = {name: log_in(User.objects.get(username=name)) for name in ("office", "office2", "leader")}

    def go_on() -> str:
        out = io.StringIO()
        call_command("demo_continue", stdout=out)
        return out.getvalue()

    def step(who: str, code: str, state: str, **more: str) -> None:
        round_ = Round.objects.get(year=2026)
        browsers[who].post(f"/assessment/{round_.pk}/step/", {"step": code, "revision": round_.revision, **more})
        assert Round.objects.get(year=2026).state == state, code

    assert "too late" not in go_on() and not Sheet.objects.filter(round__year=2026).exclude(state="submitted").exists()
    step("office", "close_self", Round.ASSESSING)
    go_on()
    step("office", "moderate", Round.MODERATING)
    go_on()
    step("office", "compute", Round.COMPUTED)
    step("office2", "review", Round.REVIEWED, opinion="同意")
    step("office", "notice", Round.NOTICE)
    assert "bin/up --today" in go_on()
    step("leader", "publish", Round.NOTICE)
    settings.FIXED_TODAY = "2026-12-18"
    step("leader", "publish", Round.PUBLISHED)
