"""2026: self-scoring ended four days ago; latecomers, extensions, sheets sent back, assessors at work on what is in."""

import datetime as dt
from collections.abc import Callable, Sequence

from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.models import Extension, Round, Seat, Sheet
from lianheng.web.assessment.services import scoring, seats, sheets, thirds
from lianheng.web.desk.demo import accounts
from lianheng.web.desk.demo.dates import on_day
from lianheng.web.desk.demo.earlier_year import seats_of
from lianheng.web.desk.demo.foundation import Demo
from lianheng.web.desk.demo.happenings import year_of_events
from lianheng.web.desk.demo.rounds import chance, hand_in, launch, quarters, sheets_of, survey, usual_dates
from lianheng.web.desk.demo.scoring import score_all

YEAR = 2026
DUE, MORE_TIME = dt.date(2026, 12, 4), dt.date(2026, 12, 11)
QUARTER_DAYS = {1: dt.date(2026, 4, 8), 2: dt.date(2026, 7, 8), 3: dt.date(2026, 10, 12)}
# How a sheet stands at the demonstration's day.
IN, BEGUN, UNTOUCHED, EXTENDED, RETURNED = "in", "begun", "untouched", "extended", "returned"
# The people a visitor can be find their own sheets so.
OWN = {
    accounts.XIDU_SCHOOL: EXTENDED,
    accounts.HENGYANG_HOSPITAL: RETURNED,
    accounts.COUNTY_EDUCATION: UNTOUCHED,
    "衡阳县": EXTENDED,
    "衡东县洣水镇演示中学": UNTOUCHED,
}
SHARES = ((IN, 0.86), (BEGUN, 0.90), (UNTOUCHED, 0.93), (EXTENDED, 0.98), (RETURNED, 1.0))
# One sheet in so many that is in has both assessors' scores; two of those a gap that waits for a third person.
SCORED_EVERY = 24
WHY_MORE_TIME = "第三方数据还没有返回，请延后一周"
WHY_BACK = "佐证材料的月份不全，请补齐后再交"
Say = Callable[[str], None]


def run_running_year(demo: Demo, say: Say) -> Round:
    """Launch, quarters, events waiting for confirmation, most sheets in, the first ones scored."""
    round_ = launch(demo, YEAR, usual_dates(YEAR, DUE))
    quarters(demo, round_, QUARTER_DAYS)
    say("2026: three quarters taken in and frozen")
    rows = sheets_of(round_)
    count = year_of_events(demo, rows, dt.date(2026, 11, 20), confirm=0.85)
    say(f"2026: {count} events registered, some wait for confirmation")
    survey(demo, [row for row in rows if chance(row, "surveyed").random() < 0.7], dt.date(2026, 12, 2))
    handed = _self_scoring(demo, rows)
    say(f"2026: {len(handed)} of {len(rows)} sheets handed in")
    scored = _first_scores(demo, round_, handed)
    say(f"2026: {scored} seats scored, a gap waits for a third person")
    return round_


def _self_scoring(demo: Demo, rows: Sequence[Sheet]) -> list[Sheet]:
    """Let everybody report as far as they got; return what is in and stays in."""
    states = {sheet.pk: _state(demo, sheet) for sheet in rows}
    handed, sent_back = [], []
    with on_day("2026-12-03"):
        for number, sheet in enumerate(rows):
            state = states[sheet.pk]
            if state in (BEGUN, EXTENDED):
                sheet = hand_in(demo, sheet, submit=False, share=0.6)
            elif state == IN:
                handed.append(hand_in(demo, sheet, papers=3 if number % 90 == 0 else 0))
            if state in (EXTENDED, RETURNED):
                sheet = _more_time(demo, sheet)
            if state == RETURNED:
                sent_back.append(hand_in(demo, sheet))
        _village_asks(demo, rows)
    with on_day("2026-12-07"):
        for sheet in sent_back:
            sheets.return_sheet(
                actor=demo.people["office"], sheet_id=sheet.pk, revision=sheet.revision, reason=WHY_BACK
            )
    return handed


def _state(demo: Demo, sheet: Sheet) -> str:
    if sheet.institution.name in OWN:
        return OWN[sheet.institution.name]
    if sheet.institution_id == demo.people.home("village"):
        return UNTOUCHED
    draw = chance(sheet, "state").random()
    return next(state for state, below in SHARES if draw < below)


def _more_time(demo: Demo, sheet: Sheet) -> Sheet:
    asked = _ask(demo, sheet, MORE_TIME, WHY_MORE_TIME)
    extension = sheets.decide_extension(actor=demo.people["office"], extension_id=asked.pk, granted=True)
    sheet.due, sheet.revision = extension.new_due, sheet.revision + 1
    return sheet


def _ask(demo: Demo, sheet: Sheet, new_due: dt.date, reason: str) -> Extension:
    return sheets.request_extension(
        actor=demo.people.reporter(sheet.institution),
        sheet_id=sheet.pk,
        revision=sheet.revision,
        new_due=new_due,
        reason=reason,
    )


def _village_asks(demo: Demo, rows: Sequence[Sheet]) -> None:
    """One request for more time is still undecided."""
    home = demo.people.home("village")
    sheet = next(row for row in rows if row.institution_id == home)
    _ask(demo, sheet, dt.date(2026, 12, 22), "村委会换届交接，台账正在核对，请求延后")


def _first_scores(demo: Demo, round_: Round, handed: Sequence[Sheet]) -> int:
    """Seat everybody; some of what is in is scored, two sheets with a gap: one has its third person, one has not."""
    office = demo.people["office"]
    with on_day("2026-12-04"):
        seats.seat_assessors(actor=office, round_id=round_.pk, revision=round_.revision)
    chosen = {sheet.pk for sheet in handed[::SCORED_EVERY]}
    # A gap shows best where an assessor judges freely: on lists with computed items.
    disputed = sorted(chosen)[:2]
    half = {sheet.pk for sheet in handed[SCORED_EVERY // 2 :: SCORED_EVERY]}
    wanted = [
        seat for seat in seats_of(round_) if seat.sheet_id in chosen or (seat.sheet_id in half and seat.number == 1)
    ]
    with on_day("2026-12-07"):
        score_all(demo, wanted, disputed=frozenset(disputed))
        _name_third(demo, disputed)
    return len(wanted)


def _name_third(demo: Demo, disputed: Sequence[int]) -> None:
    """The first gap has its third person, who has not scored yet; the second waits to be given one."""
    for sheet in Sheet.objects.filter(pk__in=disputed[:1]).select_related("scheme", "round", "institution"):
        if not any(settled.needs_third for settled in scoring.settle(sheet, engine_scheme(sheet.scheme)).values()):
            continue
        seated = set(Seat.objects.filter(sheet=sheet).values_list("assessor_id", flat=True))
        free = [p for p in demo.people.assessors if p.pk not in seated and seats.why_not(p, sheet) is None]
        thirds.seat_third(actor=demo.people["office"], sheet_id=sheet.pk, assessor_id=free[0].pk)
