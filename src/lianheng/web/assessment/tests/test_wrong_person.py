"""Each act of the room refuses a person without the role, whatever page or job calls it."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from lianheng.web.accounts.models import User
from lianheng.web.assessment import jobs
from lianheng.web.assessment.models import ConfirmedEvent, Inclusion, Linkage, ResultRun, Round, Seat, Sheet
from lianheng.web.assessment.services import (
    computing,
    events,
    notices,
    objections,
    packages,
    reminding,
    rounds,
    seats,
    sheets,
    snapshots,
    thirds,
    use,
)
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.conftest import TODAY
from lianheng.web.shell.errors import Forbidden
from lianheng.web.standards.models import Catalogue

pytestmark = pytest.mark.django_db
NO_ROLE = "您的账号在这里没有这个角色|您是“.+”，但这件事不在您管的范围内"
# Who holds the same role in one county only, and who holds another role in the whole city.
OUTSIDE = ("county", "lead", "x1")


def _refused(city: City, people: tuple[str, ...], act: Callable[..., Any], **arguments: Any) -> None:
    for name in people:
        with pytest.raises(Forbidden, match=NO_ROLE):
            act(actor=User.objects.get(pk=city.people[name].pk), **arguments)


@pytest.mark.parametrize(
    ("act", "state", "more"),
    [
        (rounds.launch_round, Round.DRAFT, {}),
        (seats.seat_assessors, Round.LAUNCHED, {}),
        (reminding.remind_sheets, Round.LAUNCHED, {}),
        (rounds.close_self_scoring, Round.LAUNCHED, {}),
        (rounds.start_moderation, Round.ASSESSING, {}),
        (computing.compute_results, Round.MODERATING, {}),
        (jobs.start_computing, Round.MODERATING, {}),
        (rounds.review_round, Round.COMPUTED, {"opinion": "同意"}),
        (rounds.open_notice_period, Round.REVIEWED, {}),
        (rounds.publish_round, Round.NOTICE, {}),
        (notices.issue_notice, Round.PUBLISHED, {}),
        (jobs.start_notice, Round.PUBLISHED, {}),
        (rounds.lock_results, Round.PUBLISHED, {}),
        (rounds.reopen_round, Round.LOCKED, {"reason": "公布后查实一起事件"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_steps_of_a_round(city: City, act: Callable[..., Any], state: str, more: dict[str, str]) -> None:
    round_ = Round.objects.create(
        year=2026, name="2026", division="4304", state=state, self_score_due=TODAY, assess_due=TODAY,
        catalogue=Catalogue.objects.get(),
    )  # fmt: skip
    _refused(city, OUTSIDE, act, round_id=round_.pk, revision=0, **more)
    round_.refresh_from_db()
    assert (round_.state, round_.revision) == (state, 0)


def test_naming_thirds(city: City) -> None:
    round_ = Round.objects.create(
        year=2026, name="2026", division="4304", state=Round.MODERATING, self_score_due=TODAY, assess_due=TODAY,
        catalogue=Catalogue.objects.get(),
    )  # fmt: skip
    _refused(city, OUTSIDE, thirds.seat_thirds, round_id=round_.pk)


def test_packages_of_a_run(city: City) -> None:
    year.computed(city)
    run = ResultRun.objects.get()
    for act in (packages._make_package, packages.note_download, jobs.start_package):
        _refused(city, OUTSIDE, act, run_id=run.pk)
    run.refresh_from_db()
    assert run.package_id is None


def test_seats_of_a_sheet(city: City) -> None:
    year.assessing(city)
    seat = Seat.objects.filter(sheet__institution=city.units["X1"]).first()
    assert seat is not None
    free = User.objects.filter(username__in=["p1", "p2", "p3"]).exclude(seats__sheet=seat.sheet_id).get()
    _refused(city, OUTSIDE, seats.replace_assessor, seat_id=seat.pk, revision=seat.revision, assessor_id=free.pk)
    _refused(city, OUTSIDE, thirds.seat_third, sheet_id=seat.sheet_id, assessor_id=free.pk)


def test_sheets_of_a_unit(city: City) -> None:
    sheet = year.launched(city).sheets.get(institution=city.units["X1"])
    same = {"sheet_id": sheet.pk, "revision": sheet.revision}
    others = ("x2", "office", "lead")
    _refused(city, others, sheets.submit_sheet, **same)
    _refused(city, others, sheets.fill_sheet, **same, values={})
    _refused(city, others, sheets.request_extension, **same, new_due=dt.date(2026, 12, 30), reason="换届")
    _refused(city, ("x1", "county"), sheets.return_sheet, **same, reason="补材料")
    asked = sheets.request_extension(actor=city.people["x1"], **same, new_due=dt.date(2026, 12, 30), reason="换届")
    _refused(city, ("x1", "lead", "county"), sheets.decide_extension, extension_id=asked.pk, granted=True)
    assert Sheet.objects.get(pk=sheet.pk).state == sheet.state


def test_events_of_a_unit(city: City) -> None:
    year.prepared(city)
    new = {"kind": "D1", "found": "outside", "date": TODAY, "facts": "收受礼品"}
    _refused(city, ("x1", "county", "p1"), events.enter_event, institution_id=city.units["X1"].pk, **new)
    event = ConfirmedEvent.objects.create(
        institution=city.units["X1"], kind="D1", found="outside", date=TODAY, facts="收受礼品",
        entered_by=city.people["room"], entered_at=dt.datetime(2026, 12, 1, tzinfo=dt.UTC),
        city="4304", county="430421",
    )  # fmt: skip
    same = {"event_id": event.pk, "revision": event.revision}
    _refused(city, ("x1", "county", "lead"), events.confirm_event, **same, document="衡纪决〔2026〕1号")
    _refused(city, ("x1", "county", "lead"), events.reject_event, **same, reason="查无此事")
    event.refresh_from_db()
    assert event.state == ConfirmedEvent.ENTERED


def test_results_in_use_and_what_begins_a_year(city: City) -> None:
    """Services that the pages ask of nobody without the right: they refuse by themselves, too."""
    round_ = year.in_notice(city)
    result = ResultRun.objects.get().results.get(institution=city.units["X1"])
    _refused(
        city, ("x2", "office", "lead"), objections.raise_objection, result_id=result.pk, item="", reason="再核对" * 5
    )
    due = {"self_score_due": TODAY, "assess_due": TODAY + dt.timedelta(days=9)}
    _refused(city, OUTSIDE, rounds.create_round, year=2027, **due)
    _refused(city, OUTSIDE, snapshots.freeze_quarter, round_id=round_.pk, quarter=1)
    slot = {"institution_id": city.units["X1"].pk, "year": 2026, "kind": Inclusion.SURVEY}
    _refused(city, ("x2", "lead"), use.file_inclusion, **slot, date=TODAY, evidence_id=None, revision=0)
    Round.objects.filter(pk=round_.pk).update(state=Round.PUBLISHED)
    linkage = {"kind": Linkage.CIVILISED, "scale": Decimal(5), "office": "演示办"}
    _refused(city, OUTSIDE, use.export_linkage, round_id=round_.pk, **linkage)
    made = use.export_linkage(actor=city.people["office"], round_id=round_.pk, **linkage)
    noted = {"revision": 0, "receipt": "收讫", "receipt_on": TODAY}
    _refused(city, OUTSIDE, use.note_receipt, linkage_id=made.pk, **noted)
