"""Rounds, sheets, seats, events and what is done with results."""

import datetime as dt
from typing import Any

import yaml
from city import City
from django.core.files.uploadedfile import SimpleUploadedFile

from acts.act import Act, Before, Data, revision_of
from lianheng.web.assessment.models import ItemScore, Objection, Round, Scheme, Seat, Sheet
from lianheng.web.measures.models import MeasureValue

ROUND = revision_of(Round, "round 2026")
SHEET = revision_of(Sheet, "sheet")


def _state(state: str, year: int = 2026) -> Before:
    def move(city: City) -> None:
        Round.objects.filter(year=year).update(state=state)

    return move


def _open_sheet(city: City) -> None:
    """As if 2026 were still in self-scoring, the sheet not handed in."""
    Round.objects.filter(year=2026).update(state=Round.LAUNCHED)
    Sheet.objects.filter(pk=city["sheet"].pk).update(state=Sheet.OPEN, submitted_by=None)


def _nobody_scored(city: City) -> None:
    """A sheet that an assessor has done with is not sent back."""
    _launched(city)
    Seat.objects.filter(sheet=city["sheet"]).update(done_at=None)


def _launched(city: City) -> None:
    Round.objects.filter(year=2026).update(state=Round.LAUNCHED)


def _a_seat_is_empty(city: City) -> None:
    _launched(city)
    ItemScore.objects.filter(seat__sheet=city["other sheet"], seat__number=1).delete()
    Seat.objects.filter(sheet=city["other sheet"], number=1).delete()


def unscored(city: City) -> None:
    Round.objects.filter(year=2026).update(state=Round.ASSESSING)
    Seat.objects.filter(pk=city["seat"].pk).update(done_at=None)


def _disputed(city: City) -> None:
    """Let the two assessors differ by all points of an item."""
    Round.objects.filter(year=2026).update(state=Round.MODERATING)
    scores = ItemScore.objects.filter(seat__sheet=city["sheet"]).order_by("item", "seat__number")
    item = next(score.item for score in scores if score.points >= 2)
    scores.filter(item=item, seat__number=1).update(points=0)


def free_assessor(city: City) -> int:
    taken = set(city["sheet"].seats.values_list("assessor", flat=True))
    return next(city.people[name].pk for name in ("p1", "p2", "p3", "p4") if city.people[name].pk not in taken)


def _no_objection(city: City) -> None:
    Objection.objects.all().delete()


def _all_answered(city: City) -> None:
    Objection.objects.update(upheld=False)
    Round.objects.filter(year=2026).update(objection_due=dt.date(2026, 12, 1))
    # All of them entered before the year was computed.
    MeasureValue.objects.update(entered_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC))


def _draft_scheme(city: City) -> None:
    Scheme.objects.filter(pk=city["scheme"].pk).update(state=Scheme.DRAFT)


def _events_of(thing: str, **more: Any) -> Data:
    return lambda city: {"revision": city[thing].revision, **more}


def _scheme_file(city: City) -> dict[str, Any]:
    content = yaml.safe_dump(city["scheme"].content, allow_unicode=True).encode()
    return {"year": 2027, "version": "2027.1", "file": SimpleUploadedFile("scheme.yaml", content)}


def _scores(city: City) -> dict[str, Any]:
    seat = Seat.objects.get(pk=city["seat"].pk)
    given = {f"points.{score.item}": str(score.points) for score in seat.scores.all()}
    return {"revision": seat.revision, **given}


ACTS: dict[str, Act] = {
    "assessment:create_round": Act(
        "office",
        "CITY",
        lambda city: {"year": 2027, "self_score_due": "2027-12-15", "assess_due": "2028-01-10"},
        before=lambda city: Scheme.objects.filter(year=2025).update(year=2027),
    ),
    "assessment:take_step": Act(
        "leader", "LEADER", lambda city: {**ROUND(city), "step": "publish"}, before=_all_answered
    ),
    "assessment:reopen_round": Act("leader", "LEADER", lambda city: {**ROUND(city), "reason": "更正一处录入差错"}),
    "assessment:freeze_quarter": Act("office", "CITY", lambda city: {"quarter": 3}, before=_state(Round.ASSESSING)),
    "assessment:issue_notice": Act("office", "CITY", ROUND, before=_state(Round.PUBLISHED)),
    "assessment:make_package": Act("office", "HEADS"),
    "assessment:export_linkage": Act(
        "office",
        "CITY",
        lambda city: {"kind": "performance", "scale": "4", "office": "市绩效办"},
        parts={"round_id": "round 2025"},
    ),
    "assessment:note_receipt": Act(
        "office",
        "CITY",
        lambda city: {"revision": city["linkage"].revision, "receipt": "收文12号", "receipt_on": "2026-12-01"},
    ),
    "assessment:file_inclusion": Act(
        "x1", "UNIT+OVER", lambda city: {"kind": "target_assessment", "date": "2026-05-02"}
    ),
    "assessment:draft_schemes": Act("office", "CITY", lambda city: {"year": "2027"}),
    "assessment:upload_scheme": Act("office", "CITY", _scheme_file),
    "assessment:publish_scheme": Act("office2", "CITY", revision_of(Scheme, "scheme"), before=_draft_scheme),
    "assessment:raise_objection": Act(
        "x1", "UNIT", lambda city: {"reason": "这个条目的佐证没有计入，请重新核对一次"}, before=_no_objection
    ),
    "assessment:answer_objection": Act(
        "county", "OVER", lambda city: {"revision": 0, "upheld": "no", "answer": "核对无误，维持原分"}
    ),
    "assessment:fill_sheet": Act("x1", "UNIT", lambda city: {**SHEET(city), "self.X1.1": "1"}, before=_open_sheet),
    "assessment:submit_sheet": Act("x1", "UNIT", SHEET, before=_open_sheet),
    "assessment:return_sheet": Act(
        "lead", "OVER+LEAD", lambda city: {**SHEET(city), "reason": "缺会议记录"}, before=_nobody_scored
    ),
    "assessment:request_extension": Act(
        "x1", "UNIT", lambda city: {**SHEET(city), "new_due": "2026-12-30", "reason": "停电"}, before=_open_sheet
    ),
    "assessment:decide_extension": Act("town", "OVER", lambda city: {"granted": "no"}, before=_open_sheet),
    "assessment:save_scores": Act("seated", "SEATED", _scores, before=unscored),
    "assessment:replace_assessor": Act(
        "office",
        "CITY",
        lambda city: {"revision": Seat.objects.get(pk=city["seat"].pk).revision, "assessor": free_assessor(city)},
        before=unscored,
    ),
    "assessment:seat_third": Act("office", "CITY", lambda city: {"assessor": free_assessor(city)}, before=_disputed),
    "assessment:seat_thirds": Act("office", "CITY", before=_disputed),
    "assessment:seat_assessors": Act("office", "CITY", ROUND, before=_a_seat_is_empty),
    "assessment:enter_event": Act(
        "room",
        "OVER+ROOM",
        lambda city: {"kind": "D1|", "found": "outside", "date": "2026-11-02", "facts": "公车私用一次"},
    ),
    "assessment:confirm_event": Act(
        "office",
        "OVER+ROOM",
        _events_of("entered event", document="衡纪认〔2026〕9号"),
        parts={"event_id": "entered event"},
    ),
    "assessment:reject_event": Act(
        "office",
        "OVER+ROOM",
        _events_of("entered event", reason="查无实据", document="查无实据"),
        parts={"event_id": "entered event"},
    ),
}
