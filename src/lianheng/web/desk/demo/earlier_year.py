"""2024: the evaluation of areas and organs alone, made up for in January 2025, so that 2025 has a year before it."""

import datetime as dt
from collections.abc import Callable

from lianheng.web.assessment.models import Round, Seat
from lianheng.web.assessment.services import computing, rounds, seats
from lianheng.web.desk.demo.dates import on_day
from lianheng.web.desk.demo.foundation import Demo
from lianheng.web.desk.demo.rounds import EVALUATION, Dates, hand_in, launch, sheets_of, survey
from lianheng.web.desk.demo.scoring import score_all, settle_disputes

YEAR = 2024
DATES = Dates(dt.date(2025, 1, 3), dt.date(2025, 1, 3), dt.date(2025, 1, 13), dt.date(2025, 1, 20))
Say = Callable[[str], None]


def run_earlier_year(demo: Demo, say: Say) -> Round:
    """From launch to lock, without quarters, events and objections."""
    office, office2, leader = (demo.people[name] for name in ("office", "office2", "leader"))
    round_ = launch(demo, YEAR, DATES, EVALUATION)
    rows = sheets_of(round_)
    with on_day("2025-01-10"):
        for sheet in rows:
            hand_in(demo, sheet)
    survey(demo, rows, dt.date(2025, 1, 10), YEAR)
    with on_day("2025-01-14"):
        seats.seat_assessors(actor=office, round_id=round_.pk, revision=round_.revision)
        round_ = rounds.close_self_scoring(actor=office, round_id=round_.pk, revision=round_.revision)
    with on_day("2025-01-17"):
        differing = score_all(demo, seats_of(round_))
    with on_day("2025-01-20"):
        round_ = rounds.start_moderation(actor=office, round_id=round_.pk, revision=round_.revision)
        settle_disputes(demo, differing)
    with on_day("2025-01-21"):
        computing.compute_results(actor=office, round_id=round_.pk, revision=round_.revision)
        round_ = Round.objects.get(pk=round_.pk)
    with on_day("2025-01-22"):
        round_ = rounds.review_round(
            actor=office2, round_id=round_.pk, revision=round_.revision, opinion="补评资料齐全，同意公示"
        )
        round_ = rounds.open_notice_period(actor=office, round_id=round_.pk, revision=round_.revision)
    with on_day("2025-02-14"):
        round_ = rounds.publish_round(actor=leader, round_id=round_.pk, revision=round_.revision)
        round_ = rounds.lock_results(actor=office, round_id=round_.pk, revision=round_.revision)
    say(f"2024: {len(rows)} areas and organs, published")
    return round_


def seats_of(round_: Round) -> list[Seat]:
    """Return a round's seats with what scoring reads; the schemes' long content stays unread."""
    rows = Seat.objects.filter(sheet__round=round_).select_related(
        "sheet__scheme", "sheet__institution", "sheet__round"
    )
    return list(rows.defer("sheet__scheme__content").order_by("id"))
