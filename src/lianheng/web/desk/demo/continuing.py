"""The rest of the city goes on: what waits for its people in the running year is done, so that a visitor can go on too.

Each act is a transaction of its own, as on the pages: a run that is stopped has done what it has done, and the next one
does the rest. What the office and the leading group do stays for the visitor.
"""

from collections.abc import Callable
from random import Random

from django.conf import settings

from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.disputes import disputed_items
from lianheng.web.assessment.models import Round, Seat, Sheet
from lianheng.web.assessment.queries import supplied_measures
from lianheng.web.assessment.services import scoring, thirds
from lianheng.web.assessment.services.sheets import last_day
from lianheng.web.desk.demo.accounts import existing_people
from lianheng.web.desk.demo.earlier_year import seats_of
from lianheng.web.desk.demo.foundation import Demo
from lianheng.web.desk.demo.loading import SEED, Say, is_complete, is_demo
from lianheng.web.desk.demo.rounds import hand_in, sheets_of, survey
from lianheng.web.desk.demo.scoring import decide, score_all, third_of
from lianheng.web.measures.models import MeasureValue
from lianheng.web.shell.batches import in_batches
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import WrongState
from lianheng.web.standards.models import Catalogue

# What a visitor does next, by the state of the year.
NEXT = {
    Round.LAUNCHED: "office: 结束自评，冻结数据",
    Round.ASSESSING: "office: 开始分差复核",
    Round.MODERATING: "office: 计算结果",
    Round.COMPUTED: "office2: 审核通过",
    Round.REVIEWED: "office: 开始公示",
    Round.NOTICE: "leader: 公布结果, after the period for objections: stop, then bin/up --today with a later day",
    Round.PUBLISHED: "office: 印发通报",
}


def continue_year(say: Say) -> None:
    """Do what the city's people owe the newest year at the day on which the demonstration stands."""
    if settings.MODE == "production" or not (is_complete() and is_demo()):
        raise WrongState("这里不是示范城市")
    if not settings.FIXED_TODAY:
        raise WrongState("示范城市没有停在某一天")
    round_ = Round.objects.order_by("-year").first()
    assert round_ is not None, "a complete demonstration has years"
    demo = Demo(existing_people(), Catalogue.objects.latest("published_at"), Random(SEED), 1.0)
    acts: dict[str, Callable[[Demo, Round, Say], None]] = {
        Round.LAUNCHED: _report,
        Round.ASSESSING: _score,
        Round.MODERATING: _settle,
    }
    act = acts.get(round_.state)
    if act:
        act(demo, round_, say)
    say(f"{round_.year} stands at {round_.get_state_display()}; next: {NEXT.get(round_.state, 'nothing is left')}")


def _report(demo: Demo, round_: Round, say: Say) -> None:
    """Hand in every sheet that still can be, and take in what the survey has not brought yet."""
    rows = sheets_of(round_)
    waiting = [sheet for sheet in rows if sheet.state != Sheet.SUBMITTED]
    late = [sheet for sheet in waiting if today() > last_day(sheet)]
    for sheet in waiting:
        if sheet not in late:
            hand_in(demo, sheet)
    say(f"{len(waiting) - len(late)} sheets handed in")
    if late:
        say(f"{len(late)} sheets are too late: their items stay without numbers, and the result cannot be approved")
    known: dict[int, set[str]] = {}
    for institution, code in (
        MeasureValue.objects.filter(period=str(round_.year)).exclude(value="").values_list("institution", "measure")
    ):
        known.setdefault(institution, set()).add(code)
    missing = [
        sheet
        for sheet in rows
        if not {use.code for use in supplied_measures(sheet.scheme)} <= known.get(sheet.institution_id, set())
    ]
    survey(demo, missing, today(), round_.year)
    say(f"survey values of {len(missing)} institutions entered")


def _score(demo: Demo, round_: Round, say: Say) -> None:
    """Score every seat that is still open."""
    rows = [seat for seat in seats_of(round_) if seat.done_at is None and seat.number < 3]
    scored = 0
    for batch in in_batches(rows):
        score_all(demo, batch)
        scored += len(batch)
        say(f"{scored:,} of {len(rows):,} seats scored")


def _settle(demo: Demo, round_: Round, say: Say) -> None:
    """Name a third person for each gap that has none, and let those decide who have not."""
    sheets = Sheet.objects.filter(pk__in=disputed_items(round_)).select_related("scheme", "round", "institution")
    for sheet in sheets:
        if not Seat.objects.filter(sheet=sheet, number=3).exists():
            third = third_of(demo, sheet)
            thirds.seat_third(actor=demo.people["office"], sheet_id=sheet.pk, assessor_id=third.pk)
    people = {person.pk: person for person in demo.people.assessors}
    open_seats = [seat for seat in seats_of(round_) if seat.number == 3 and seat.done_at is None]
    for seat in open_seats:
        if scoring.items_of(seat, engine_scheme(seat.sheet.scheme)):
            decide(seat, people[seat.assessor_id])
    say(f"{len(open_seats)} gaps decided by a third person")
