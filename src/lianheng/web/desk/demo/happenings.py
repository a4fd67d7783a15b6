"""Confirmed events: what went wrong, or well, in a year; entered by one person and confirmed by another."""

import datetime as dt
from collections.abc import Sequence

from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.models import ConfirmedEvent, Sheet
from lianheng.web.assessment.services import events
from lianheng.web.desk.demo.dates import on_day
from lianheng.web.desk.demo.foundation import Demo
from lianheng.web.desk.demo.rounds import EVALUATION, chance, level_of

OUTSIDE, SELF, CONCEALED = ConfirmedEvent.OUTSIDE, ConfirmedEvent.SELF, ConfirmedEvent.CONCEALED
FACTS = {
    "D1": "监督检查发现一项制度没有执行到位，已要求整改。",
    "D2": "上半年检查发现的问题到期没有完成整改。",
    "D3": "回头看发现一项整改只有材料、没有实际措施。",
    "D4": "复核发现一项数据与原始台账不符，且不能说明来源。",
    "B1": "一项经验收入市级经验库，被两个单位借鉴采用。",
    "N-X1": "监督检查认定一起违规收费，已责令清退。",
}
# Drawn for every institution: kind, how found, mended, chance at full standing's distance from 1.
ORDINARY = (
    ("D1", OUTSIDE, False, 0.16),
    ("D1", SELF, True, 0.2),
    ("D1", CONCEALED, False, 0.03),
    ("D2", OUTSIDE, False, 0.12),
)


def year_of_events(demo: Demo, sheets: Sequence[Sheet], day: dt.date, *, confirm: float = 1.0) -> int:
    """Register a year's events on a day; a share of them is confirmed, the others wait. Returns how many."""
    lists = [sheet for sheet in sheets if sheet.list_code != EVALUATION]
    with on_day(day):
        made = [event for sheet in lists for event in _ordinary(demo, sheet, day)]
        made += _singular(demo, lists, day)
        for number, event in enumerate(made):
            if number < len(made) * confirm:
                events.confirm_event(
                    actor=demo.people["office2"],
                    event_id=event.pk,
                    revision=0,
                    document=f"认定书〔{day.year}〕{number + 1}号（演示）",
                )
    return len(made)


def _ordinary(demo: Demo, sheet: Sheet, day: dt.date) -> list[ConfirmedEvent]:
    rng, distance = chance(sheet, "events"), 1 - level_of(sheet)
    drawn = [row for row in ORDINARY if rng.random() < row[3] * distance]
    hits_item = rng.random() < distance * 0.9
    if not (drawn or hits_item):
        return []
    made = [
        _enter(demo, sheet, kind, found, _date(day, rng.randint(20, 150)), mended=mended, overdue=rng.randint(31, 95))
        for kind, found, mended, _ in drawn
    ]
    if hits_item:
        kinds = events.kinds_for(sheet.institution, day.year)
        # The first count of an item is what others found; what a unit found itself stands behind it.
        hit = [(kind, terms[0]) for kind, terms in kinds.items() if terms]
        for kind, term in rng.choices(hit, k=rng.choice((1, 1, 2))) if hit else ():
            made.append(_enter(demo, sheet, kind, OUTSIDE, _date(day, rng.randint(20, 150)), term=term))
    return made


def _singular(demo: Demo, sheets: Sequence[Sheet], day: dt.date) -> list[ConfirmedEvent]:
    """One of each rare kind, on institutions that have no account: a veto, false mending, false data, good examples."""
    schools = [sheet for sheet in sheets if sheet.list_code == "X"][2:]
    others = [sheet for sheet in sheets if sheet.list_code in ("Y", "C")][-4:]
    return [
        _enter(demo, schools[0], "N-X1", OUTSIDE, _date(day, 60)),
        _enter(demo, others[0], "D3", OUTSIDE, _date(day, 50)),
        _enter(demo, others[1], "D4", OUTSIDE, _date(day, 40), item=_first_item(others[1])),
        _enter(demo, others[2], "B1", SELF, _date(day, 90), by="office"),
        _enter(demo, schools[1], "B1", SELF, _date(day, 80), by="office"),
    ]


def _first_item(sheet: Sheet) -> str:
    return {"Y": "Y2.1", "C": "C2.1"}[sheet.list_code]


def _date(day: dt.date, before: int) -> dt.date:
    """Return a day of the same year, some days before."""
    return max(dt.date(day.year, 1, 5), day - dt.timedelta(days=before))


def _item_fact(sheet: Sheet, kind: str, term: str) -> str:
    """Say what was found in the words of the item's own count: 经确认的违规从教事件数 → 违规从教事件."""
    name = engine_scheme(sheet.scheme).item(kind).variable(term).name
    return f"监督检查查明：{name.removeprefix('经确认的').removesuffix('数').removesuffix('次')} 1 起，已要求纠正。"


def _enter(
    demo: Demo,
    sheet: Sheet,
    kind: str,
    found: str,
    date: dt.date,
    *,
    term: str = "",
    item: str = "",
    mended: bool = False,
    overdue: int | None = None,
    by: str = "supervision",
) -> ConfirmedEvent:
    return events.enter_event(
        actor=demo.people[by],
        institution_id=sheet.institution_id,
        kind=kind,
        found=found,
        date=date,
        facts=FACTS.get(kind) or _item_fact(sheet, kind, term),
        term=term,
        item=item,
        mended=mended,
        days_overdue=overdue if kind == "D2" else None,
    )
