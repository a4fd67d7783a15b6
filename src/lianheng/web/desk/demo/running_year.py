"""2026: a year in its self-scoring, one week before it ends."""

import datetime as dt
from collections.abc import Callable

from lianheng.web.assessment.models import Round, Sheet
from lianheng.web.assessment.services import sheets
from lianheng.web.desk.demo import accounts
from lianheng.web.desk.demo.dates import on_day
from lianheng.web.desk.demo.foundation import Demo
from lianheng.web.desk.demo.happenings import year_of_events
from lianheng.web.desk.demo.rounds import chance, hand_in, launch, quarters, sheets_of, survey

YEAR = 2026
QUARTER_DAYS = {1: dt.date(2026, 4, 8), 2: dt.date(2026, 7, 8), 3: dt.date(2026, 10, 12)}
# The people a visitor can be find their own sheets in these states.
BEGUN, UNTOUCHED = "begun", "untouched"
OWN = {accounts.XIDU_SCHOOL: BEGUN, accounts.COUNTY_EDUCATION: UNTOUCHED}
Say = Callable[[str], None]


def run_running_year(demo: Demo, say: Say) -> Round:
    """Launch, quarters, events waiting for confirmation, most sheets in."""
    round_ = launch(demo, YEAR)
    quarters(demo, round_, QUARTER_DAYS)
    say("2026: three quarters entered and frozen")
    rows = sheets_of(round_)
    count = year_of_events(demo, rows, dt.date(2026, 11, 20), confirm=0.85)
    say(f"2026: {count} events registered, some wait for confirmation")
    survey(demo, [row for row in rows if chance(row, "surveyed").random() < 0.7], dt.date(2026, 12, 2))
    handed = []
    with on_day("2026-12-04"):
        for number, sheet in enumerate(rows):
            state = _state(demo, sheet)
            if state == BEGUN:
                hand_in(demo, sheet, submit=False, share=0.6)
            elif state != UNTOUCHED:
                handed.append(hand_in(demo, sheet, papers=3 if number % 90 == 0 else 0))
    say(f"2026: {len(handed)} of {len(rows)} sheets handed in")
    _loose_ends(demo, rows, handed)
    return round_


def _state(demo: Demo, sheet: Sheet) -> str:
    if sheet.institution.name in OWN:
        return OWN[sheet.institution.name]
    if sheet.institution_id == demo.people.home("village"):
        return UNTOUCHED
    if sheet.institution_id == demo.people.home("area"):
        return BEGUN
    draw = chance(sheet, "state").random()
    return "" if draw < 0.8 else BEGUN if draw < 0.92 else UNTOUCHED


def _loose_ends(demo: Demo, rows: list[Sheet], handed: list[Sheet]) -> None:
    """One sheet comes back for correction, one unit asks for more time."""
    with on_day("2026-12-07"):
        school = next(sheet for sheet in handed if sheet.list_code == "X")
        sheets.return_sheet(
            actor=demo.people["edu"],
            sheet_id=school.pk,
            revision=school.revision,
            reason="膳食公示事项数与公示栏照片不一致，请核对后重新提交",
        )
        village = demo.people["village"]
        asking = Sheet.objects.get(round=rows[0].round_id, institution_id=demo.people.home("village"))
        sheets.request_extension(
            actor=village,
            sheet_id=asking.pk,
            revision=asking.revision,
            new_due=dt.date(2026, 12, 22),
            reason="村委会换届交接，台账正在核对，请求延后一周",
        )
