"""2025: a year through all its states, from launch to lock."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.models import Inclusion, Linkage, Objection, Result, Round
from lianheng.web.assessment.services import computing, notices, objections, rounds, seats, use
from lianheng.web.desk.demo import accounts, files
from lianheng.web.desk.demo.dates import on_day
from lianheng.web.desk.demo.earlier_year import seats_of
from lianheng.web.desk.demo.foundation import Demo
from lianheng.web.desk.demo.happenings import year_of_events
from lianheng.web.desk.demo.rounds import hand_in, launch, quarters, sheets_of, survey, usual_dates
from lianheng.web.desk.demo.scoring import score_all, settle_disputes
from lianheng.web.evidence.services import add_evidence
from lianheng.web.units.models import Institution

YEAR = 2025
QUARTER_DAYS = {1: dt.date(2025, 4, 8), 2: dt.date(2025, 7, 8), 3: dt.date(2025, 10, 13)}
# The fourth quarter is frozen after the year's end, while assessors score.
LAST_QUARTER = {4: dt.date(2026, 1, 6)}
Say = Callable[[str], None]
SCHOOL, HOSPITAL, ORGAN = accounts.XIDU_SCHOOL, accounts.HENGYANG_HOSPITAL, accounts.COUNTY_EDUCATION
# Who objects, to which item, and whether it is upheld (with the share of the item's points) or not.
OBJECTIONS = (
    ("school", SCHOOL, "X4.1", "招生公开栏照片上传时日期看错，实际在期限内公开，有当日存档。", Decimal("0.9")),
    ("hospital", HOSPITAL, "Y4.3", "两家供应商已在核查前退出，不应计入在册供应商数。", Decimal("0.95")),
    ("village", accounts.VILLAGE, "C4.2", "文化阵地去年底已扩建，请求按现状重新评定等次。", None),
    ("organ", ORGAN, "J2.1", "权力清单年中已更新并公布，请求重新评定等次。", None),
)
RECEIVERS = {
    Linkage.CIVILISED: "市文明办（演示）",
    Linkage.ORDER: "市委政法委（演示）",
    Linkage.PARTY: "市委组织部（演示）",
    Linkage.PERFORMANCE: "市绩效办（演示）",
    Linkage.RURAL: "市乡村振兴局（演示）",
}


def run_finished_year(demo: Demo, say: Say) -> Round:
    """Call what people call, day by day."""
    round_ = launch(demo, YEAR, usual_dates(YEAR, dt.date(YEAR, 12, 15)))
    _self_scoring(demo, round_, say)
    round_ = _assessing(demo, round_, say)
    round_ = _results(demo, round_, say)
    round_ = _objections(demo, round_, say)
    return _publishing(demo, round_, say)


def _self_scoring(demo: Demo, round_: Round, say: Say) -> None:
    quarters(demo, round_, QUARTER_DAYS)
    say("2025: three quarters entered and frozen")
    rows = sheets_of(round_)
    count = year_of_events(demo, rows, dt.date(2025, 11, 20))
    say(f"2025: {count} events registered and confirmed")
    with on_day("2025-12-09"):
        for number, sheet in enumerate(rows):
            shows_papers = number % 60 == 0 or sheet.institution.name in (SCHOOL, HOSPITAL, ORGAN)
            hand_in(demo, sheet, papers=3 if shows_papers else 0)
    say(f"2025: {len(rows)} sheets handed in")
    survey(demo, rows, dt.date(2025, 12, 12))
    say("2025: surveys entered")


def _assessing(demo: Demo, round_: Round, say: Say) -> Round:
    office = demo.people["office"]
    with on_day("2025-12-19"):
        seats.seat_assessors(actor=office, round_id=round_.pk, revision=round_.revision)
        round_ = rounds.close_self_scoring(actor=office, round_id=round_.pk, revision=round_.revision)
    rows = seats_of(round_)
    with on_day("2026-01-05"):
        differing = score_all(demo, rows)
    say(f"2025: {len(rows)} seats scored")
    quarters(demo, round_, LAST_QUARTER)
    with on_day("2026-01-12"):
        round_ = rounds.start_moderation(actor=office, round_id=round_.pk, revision=round_.revision)
        thirds = settle_disputes(demo, differing)
    say(f"2025: {thirds} disputes settled by a third person")
    return round_


def _results(demo: Demo, round_: Round, say: Say) -> Round:
    round_ = _compute_and_show(demo, round_, dt.date(2026, 1, 14))
    say("2025: computed, reviewed, shown to the units")
    return round_


def _compute_and_show(demo: Demo, round_: Round, day: dt.date) -> Round:
    """Compute, have it reviewed by another person, and open the notice period, each on a day of its own."""
    office, office2 = demo.people["office"], demo.people["office2"]
    with on_day(day):
        computing.compute_results(actor=office, round_id=round_.pk, revision=round_.revision)
        round_ = Round.objects.get(pk=round_.pk)
    with on_day(day + dt.timedelta(days=1)):
        round_ = rounds.review_round(
            actor=office2, round_id=round_.pk, revision=round_.revision, opinion="抽查二十份结果，计算无误，同意公示"
        )
        return rounds.open_notice_period(actor=office, round_id=round_.pk, revision=round_.revision)


def _objections(demo: Demo, round_: Round, say: Say) -> Round:
    raised: list[tuple[Objection, Decimal | None]] = []
    with on_day("2026-01-19"):
        for username, _, item, reason, share in OBJECTIONS:
            actor = demo.people[username]
            result = Result.objects.get(
                run__round=round_, current=True, institution_id=demo.people.home(username), list_code=item[0]
            )
            raised.append(
                (objections.raise_objection(actor=actor, result_id=result.pk, item=item, reason=reason), share)
            )
    with on_day("2026-01-23"):
        for objection, share in raised:
            scheme = engine_scheme(objection.result.sheet.scheme)
            limit = scheme.item(objection.item).points
            objections.answer_objection(
                actor=demo.people["office2"],
                objection_id=objection.pk,
                revision=0,
                upheld=share is not None,
                answer="经核对存档，情况属实，予以采纳。" if share else "等次按考评时的现状评定，维持原评定。",
                points=(limit * share).quantize(Decimal("0.01")) if share else None,
            )
    round_ = _compute_and_show(demo, round_, dt.date(2026, 1, 26))
    say("2025: 4 objections answered, 2 upheld, computed again")
    return round_


def _publishing(demo: Demo, round_: Round, say: Say) -> Round:
    people = demo.people
    with on_day("2026-02-06"):
        round_ = rounds.publish_round(actor=people["leader"], round_id=round_.pk, revision=round_.revision)
    with on_day("2026-02-09"):
        notice = notices.issue_notice(actor=people["office"], round_id=round_.pk, revision=round_.revision)
    say(f"2025: published; notice {notice.number} issued")
    _linkages(demo, round_)
    _inclusions(demo)
    with on_day("2026-02-27"):
        return rounds.lock_results(actor=people["office"], round_id=round_.pk, revision=round_.revision)


def _linkages(demo: Demo, round_: Round) -> None:
    """Hand the results over to five other assessments; one receipt is still out."""
    office = demo.people["office"]
    made = []
    with on_day("2026-02-11"):
        for kind, receiver in RECEIVERS.items():
            made.append(
                use.export_linkage(actor=office, round_id=round_.pk, kind=kind, scale=Decimal(5), office=receiver)
            )
    with on_day("2026-02-25"):
        for number, linkage in enumerate(made[:4], start=1):
            use.note_receipt(
                actor=office,
                linkage_id=linkage.pk,
                revision=0,
                receipt=f"收文〔2026〕{number + 20}号（演示）",
                receipt_on=dt.date(2026, 2, 24),
            )


def _inclusions(demo: Demo) -> None:
    """Areas file the four inclusions; 衡阳县 has evidence for three of four, the first others for all or two."""
    areas = list(Institution.objects.filter(is_area=True).order_by("code"))
    with on_day("2026-02-26"):
        for number, area in enumerate(areas):
            actor = demo.people.reporter(area)
            complete = 3 if area.name == "衡阳县" else (4, 2, 3, 1)[number % 4]
            for position, (kind, _) in enumerate(Inclusion.KINDS):
                evidence_id = None
                if position < complete:
                    upload, title = files.paper(position, YEAR)
                    evidence_id = add_evidence(
                        actor=actor, institution_id=area.pk, upload=upload, title=title, dated=dt.date(2025, 6, 30)
                    ).pk
                use.file_inclusion(
                    actor=actor,
                    institution_id=area.pk,
                    year=YEAR,
                    kind=kind,
                    date=dt.date(2025, 3 + position, 20) if evidence_id else None,
                    evidence_id=evidence_id,
                )
