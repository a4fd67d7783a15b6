"""Two calls of one act at once: one is done, the other is refused by name, nothing is there twice.

One year, every act of it raced where it stands; on PostgreSQL and on a SQLite file.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from lianheng.web.accounts.models import User
from lianheng.web.accounts.services import hand_over_work
from lianheng.web.assessment.models import (
    ConfirmedEvent,
    Extension,
    ItemScore,
    Objection,
    OfficialNotice,
    Result,
    ResultRun,
    Round,
    Scheme,
    Seat,
    Sheet,
)
from lianheng.web.assessment.services import computing, events, notices, objections, rounds, schemes, seats, sheets
from lianheng.web.assessment.services.handing_over import count_open_seats
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.assessment.tests.test_results import result_of
from lianheng.web.conftest import MakeUser
from lianheng.web.standards.models import Catalogue
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.racing import at_once

STALE, WRONG = ["done", "stale"], ["done", "wrong_state"]


class Race:
    """Calls acts twice at once as one person of the cast."""

    def __init__(self, city: City) -> None:
        self.city = city

    def __call__(self, act: Callable[..., Any], name: str, expected: list[str], **arguments: Any) -> None:
        before = TrailEntry.objects.count()

        def call() -> None:
            act(actor=User.objects.get(pk=self.city.people[name].pk), **arguments)

        assert at_once(call, call) == expected, act.__name__
        written = TrailEntry.objects.filter(seq__gte=before).values_list("action", "subject_type", "subject_id")
        assert written and len(written) == len(set(written)), f"{act.__name__} left two entries of one act"

    def step(self, act: Callable[..., Any], name: str = "office", **more: Any) -> Round:
        """Race a step of the round."""
        round_ = Round.objects.get()
        self(act, name, STALE, round_id=round_.pk, revision=round_.revision, **more)
        return Round.objects.get()


@pytest.fixture
def race(racing: None, city: City) -> Race:
    return Race(city)


def _opened(race: Race) -> Round:
    office = race.city.people["office"]
    drafts = schemes.draft_schemes(actor=office, catalogue_id=Catalogue.objects.get().pk, year=2026)
    race(schemes.publish_scheme, "office2", STALE, scheme_id=drafts[0].pk, revision=0)
    own = {"year": 2026, "version": "own.1", "content": drafts[1].content}
    race(schemes.upload_scheme, "office", ["done", "invalid"], **own)
    Scheme.objects.filter(version="own.1").delete()
    for draft in drafts[1:]:
        schemes.publish_scheme(actor=race.city.people["office2"], scheme_id=draft.pk, revision=0)
    assert not Scheme.objects.exclude(state=Scheme.PUBLISHED).exists()
    dates = {"self_score_due": dt.date(2026, 12, 15), "assess_due": dt.date(2027, 1, 10)}
    race(rounds.create_round, "office", ["done", "invalid"], year=2026, **dates)
    round_ = race.step(rounds.launch_round)
    assert round_.sheets.count() == round_.sheets.values("institution", "scheme").distinct().count() > 0
    return round_


def _handed_in(race: Race) -> Round:
    city = race.city
    event = events.enter_event(
        actor=city.people["room"], institution_id=city.units["X1"].pk, kind="V1", found="outside",
        date=dt.date(2026, 9, 1), facts="领导班子一名成员被立案查处。",
    )  # fmt: skip
    again = {"institution_id": city.units["X2"].pk, "kind": "D1", "found": "outside", "facts": "食堂账目不清。"}
    race(events.enter_event, "room", WRONG, **again, date=dt.date(2026, 9, 1), form_key="one form")
    assert ConfirmedEvent.objects.filter(form_key="one form").count() == 1
    ConfirmedEvent.objects.filter(form_key="one form").delete()
    race(events.confirm_event, "office", STALE, event_id=event.pk, revision=0, document="衡纪〔2026〕1号")
    assert ConfirmedEvent.objects.get().state == ConfirmedEvent.CONFIRMED
    sheet = Sheet.objects.get(institution=city.units["X1"])
    more = {"new_due": dt.date(2026, 12, 18), "reason": "换届"}
    asked = sheets.request_extension(actor=city.people["x1"], sheet_id=sheet.pk, revision=0, **more)  # type: ignore[arg-type]
    race(sheets.decide_extension, "office", WRONG, extension_id=asked.pk, granted=True)
    assert Extension.objects.get().granted and Sheet.objects.get(pk=sheet.pk).revision == 1
    for each in Sheet.objects.order_by("pk"):
        year.fill(city, each)
    sheet.refresh_from_db()
    sheets.return_sheet(actor=city.people["office"], sheet_id=sheet.pk, revision=sheet.revision, reason="请补记录")
    race(sheets.submit_sheet, "x1", WRONG, sheet_id=sheet.pk, revision=sheet.revision + 1)
    round_ = Round.objects.get()
    seats.seat_assessors(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    return race.step(rounds.close_self_scoring)


def _scored(race: Race, make_user: MakeUser) -> Round:
    race.city.people["sys"] = make_user("sys", "system_admin")
    spare, leaving = make_user("spare", "assessor", division="4304"), Seat.objects.order_by("pk")[0].assessor
    race(hand_over_work, "sys", WRONG, person_id=leaving.pk, to_id=spare.pk)
    assert not count_open_seats(leaving) and count_open_seats(spare)
    first, *others = Seat.objects.order_by("pk")

    def finish() -> None:
        year.score_seat(first)

    assert at_once(finish, finish) == STALE
    scores = ItemScore.objects.filter(seat=first)
    assert scores.count() == scores.values("item").distinct().count() > 0
    for seat in others:
        year.score_seat(seat)
    return race.step(rounds.start_moderation)


@pytest.mark.django_db(transaction=True)
def test_the_acts_of_a_year(race: Race, make_user: MakeUser, on_day: Callable[[str], None]) -> None:
    _opened(race)
    _handed_in(race)
    _scored(race, make_user)
    race.step(computing.compute_results)
    assert ResultRun.objects.count() == 1 and Result.objects.count() == Sheet.objects.count()
    race.step(rounds.review_round, "office2", opinion="同意")
    race.step(rounds.open_notice_period)
    result = result_of(race.city, "X2")
    reason = "年底已全部完成，附件为完成记录"
    race(objections.raise_objection, "x2", WRONG, result_id=result.pk, item="X1.1", reason=reason)
    objection = Objection.objects.get()
    answer = {"upheld": False, "answer": "材料不足，维持原分"}
    race(objections.answer_objection, "office", STALE, objection_id=objection.pk, revision=0, **answer)
    on_day("2026-12-20")
    round_ = race.step(rounds.publish_round, "leader")
    race(notices.issue_notice, "office", WRONG, round_id=round_.pk, revision=round_.revision)
    assert OfficialNotice.objects.get().sequence == 1
    race.step(rounds.lock_results)
    assert race.step(rounds.reopen_round, "leader", reason="公布后查实一起事件").state == Round.MODERATING
