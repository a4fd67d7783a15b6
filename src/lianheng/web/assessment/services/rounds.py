"""A round from launch to lock: every change of its state."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_other_hand, require_role
from lianheng.web.assessment import closing, groups
from lianheng.web.assessment.models import Objection, Result, ResultRun, Round, Scheme, Seat, Sheet
from lianheng.web.assessment.open_seats import lacks_assessors
from lianheng.web.assessment.services.snapshots import freeze_snapshot
from lianheng.web.assessment.uncounted import newest_run, require_all_counted
from lianheng.web.shell.clock import local_day, today
from lianheng.web.shell.errors import Forbidden, InvalidInput, StaleForm, WrongState
from lianheng.web.shell.workdays import add_working_days
from lianheng.web.standards.models import Catalogue
from lianheng.web.trail.services import record
from lianheng.web.units.models import Division, Institution
from lianheng.web.units.services import lock_city

OBJECTION_DAYS = 5


def lock_round(round_id: int, *, revision: int | None, state: str | Sequence[str]) -> Round:
    """Return the round, locked and re-read, if it is as the page showed it and in (one of) the wanted states."""
    row = Round.objects.select_for_update().get(pk=round_id)
    if revision is not None and row.revision != revision:
        raise StaleForm
    wanted = [state] if isinstance(state, str) else list(state)
    if row.state not in wanted:
        names = "、".join(str(dict(Round.STATES)[name]) for name in wanted)
        raise WrongState(f"{row.name}现在是“{row.get_state_display()}”，这一步要在“{names}”时办理")
    return row


def city_of(round_: Round) -> Division:
    return Division.objects.get(pk=round_.division)


def has_seat(user: User, round_: Round) -> bool:
    return Seat.objects.filter(sheet__round=round_, assessor=user).exists()


def refuse_seated(actor: User, round_: Round, act: str) -> None:
    """Who scores in a round doesn't run it; also who was made an assessor, or an office, only afterwards."""
    if has_seat(actor, round_):
        raise Forbidden(f"您在{round_.name}有考评席位，打分的人不能{act}，请换一个人")


def _move(round_: Round, actor: User, state: str, action: str, **details: object) -> None:
    round_.state = state
    round_.revision += 1
    round_.save()
    record(actor=actor, action=action, subject=round_, unit=f"round:{round_.pk}", details=details)


@transaction.atomic
def create_round(*, actor: User, year: int, self_score_due: dt.date, assess_due: dt.date) -> Round:
    """Prepare a year from the published schemes of that year."""
    # Of two at once the second waits here and finds the year made.
    profile = lock_city()
    require_role(actor, [Role.SPECIAL_OFFICE], Division.objects.get(pk=profile.division), "筹备年度考评")
    if Round.objects.filter(year=year).exists():
        raise InvalidInput(f"{year} 年度考评已经建立", "year")
    if assess_due <= self_score_due:
        raise InvalidInput("打分截止要晚于自评截止", "assess_due")
    schemes = list(Scheme.objects.filter(year=year, state=Scheme.PUBLISHED).order_by("code", "-published_at"))
    if not schemes:
        raise WrongState(f"{year} 年度还没有已发布的考评方案，请先发布方案")
    catalogue = Catalogue.objects.filter(state=Catalogue.PUBLISHED).latest("published_at")
    round_ = Round.objects.create(
        year=year,
        name=f"{year}年度清廉建设考评",
        division=profile.division,
        catalogue=catalogue,
        self_score_due=self_score_due,
        assess_due=assess_due,
    )
    newest = {scheme.code: scheme for scheme in reversed(schemes)}
    round_.schemes.set(newest.values())
    record(actor=actor, action="assessment.round_created", subject=round_, unit=f"round:{round_.pk}")
    return round_


@transaction.atomic
def launch_round(*, actor: User, round_id: int, revision: int) -> Round:
    """Issue one sheet to every institution and scheme that concerns it, and open self-scoring."""
    round_ = lock_round(round_id, revision=revision, state=Round.DRAFT)
    require_role(actor, [Role.SPECIAL_OFFICE], city_of(round_), "启动年度考评")
    if round_.self_score_due < today():
        raise InvalidInput("自评截止日期已经过去，请先改期再启动", "self_score_due")
    sheets = [sheet for scheme in round_.schemes.all() for sheet in _sheets_for(round_, scheme)]
    if not sheets:
        raise WrongState("没有一个单位在这些方案的清单上，请先登记单位")
    Sheet.objects.bulk_create(sheets, batch_size=500)
    round_.launched_by = actor
    _move(round_, actor, Round.LAUNCHED, "assessment.round_launched", sheets=len(sheets))
    return round_


def _sheets_for(round_: Round, scheme: Scheme) -> list[Sheet]:
    subjects = Institution.objects.current().filter(city=round_.division)
    if scheme.list_code == groups.EVALUATION:
        subjects = subjects.filter(Q(is_area=True, level=Division.COUNTY) | Q(list_code=groups.ORGANS))
    else:
        subjects = subjects.filter(list_code=scheme.list_code)
    return [
        Sheet(
            round=round_,
            scheme=scheme,
            institution=institution,
            period=str(round_.year),
            name=institution.name,
            sort_key=institution.sort_key,
            list_code=scheme.list_code,
            group=groups.group_of(scheme.list_code, institution),
            due=round_.self_score_due,
            **{column: getattr(institution, column) for column in Institution.PLACE},
        )
        for institution in subjects.order_by("id")
    ]


@transaction.atomic
def close_self_scoring(*, actor: User, round_id: int, revision: int) -> Round:
    """Freeze what was handed in and open the assessors' desks; sheets not handed in stay so and are named.

    Refused while a unit may still hand in late or within an extension, and while a request for one is undecided.
    """
    round_ = lock_round(round_id, revision=revision, state=Round.LAUNCHED)
    require_role(actor, [Role.SPECIAL_OFFICE], city_of(round_), "结束自评")
    refuse_seated(actor, round_, "结束自评")
    early = closing.why_not_yet(round_, today())
    if early:
        raise WrongState(early)
    open_sheets = round_.sheets.exclude(state=Sheet.SUBMITTED).count()
    without = round_.sheets.filter(lacks_assessors()).count()
    if without:
        raise WrongState(f"还有 {without} 份考评表没有安排两名考评人员，请先安排，再结束自评")
    snapshot = freeze_snapshot(actor=actor, round_=round_, period=str(round_.year))
    _move(
        round_,
        actor,
        Round.ASSESSING,
        "assessment.self_scoring_closed",
        not_submitted=open_sheets,
        snapshot=snapshot.sha256,
    )
    return round_


def require_all_scored(round_: Round) -> None:
    """Refuse to close the desks while somebody still scores; the page asks before it offers."""
    waiting = Seat.objects.filter(sheet__round=round_, number__lte=2, done_at=None).count()
    if waiting:
        raise WrongState(f"还有 {waiting} 个席位没有打完分，催办后再开始复核")


@transaction.atomic
def start_moderation(*, actor: User, round_id: int, revision: int) -> Round:
    """Close the desks once both assessors of every sheet are done; gaps over 20 % then wait for a third person."""
    round_ = lock_round(round_id, revision=revision, state=Round.ASSESSING)
    require_role(actor, [Role.SPECIAL_OFFICE], city_of(round_), "开始分差复核")
    refuse_seated(actor, round_, "开始分差复核")
    require_all_scored(round_)
    _move(round_, actor, Round.MODERATING, "assessment.moderation_started")
    return round_


def require_other_than_computed(actor: User, round_: Round, act: str) -> ResultRun:
    """Return the newest run; who computed it, or stands in for who did, neither reviews nor publishes it."""
    newest: ResultRun = newest_run(round_)
    require_other_hand(actor, [round_.computed_by_id], local_day(newest.computed_at), act)
    return newest


@transaction.atomic
def review_round(*, actor: User, round_id: int, revision: int, opinion: str) -> Round:
    """Approve the computed results; by somebody else than who computed them."""
    round_ = lock_round(round_id, revision=revision, state=Round.COMPUTED)
    require_role(actor, [Role.SPECIAL_OFFICE, Role.LEADING_GROUP], city_of(round_), "审核考评结果")
    refuse_seated(actor, round_, "审核考评结果")
    require_all_counted(require_other_than_computed(actor, round_, "审核"))
    blocked = Result.objects.filter(run__round=round_, run__current=True, score=None).count()
    if blocked:
        raise WrongState(f"有 {blocked} 份考评表缺数据或数据有错，不能审核通过。缺数清单见考评页")
    round_.reviewed_by = actor
    _move(round_, actor, Round.REVIEWED, "assessment.round_reviewed", opinion=opinion[:500])
    return round_


@transaction.atomic
def open_notice_period(*, actor: User, round_id: int, revision: int) -> Round:
    """Show every unit its own result and open five working days for objections."""
    round_ = lock_round(round_id, revision=revision, state=Round.REVIEWED)
    require_role(actor, [Role.SPECIAL_OFFICE], city_of(round_), "开始公示")
    refuse_seated(actor, round_, "开始公示")
    # What was confirmed since would have to be computed, reviewed and shown once more.
    require_all_counted(newest_run(round_))
    round_.objection_due = add_working_days(today(), OBJECTION_DAYS)
    ResultRun.objects.filter(round=round_, current=True).update(shown=True)
    _move(round_, actor, Round.NOTICE, "assessment.notice_opened", until=round_.objection_due.isoformat())
    return round_


def require_publishable(actor: User, round_: Round) -> ResultRun:
    """Return the run that would be published, or refuse; the page asks before it offers."""
    if round_.objection_due and today() <= round_.objection_due:
        raise WrongState(f"异议期到 {round_.objection_due} 为止，期满后才能公布")
    objections = Objection.objects.filter(result__run__round=round_)
    if objections.filter(upheld=None).exists():
        raise WrongState("还有异议没有答复，答复后才能公布")
    newest = require_other_than_computed(actor, round_, "公布")
    require_all_counted(newest)
    return newest


@transaction.atomic
def publish_round(*, actor: User, round_id: int, revision: int) -> Round:
    """Make results final: by the leading group, after the objection period, with every objection answered."""
    round_ = lock_round(round_id, revision=revision, state=Round.NOTICE)
    require_role(actor, [Role.LEADING_GROUP], city_of(round_), "公布考评结果")
    newest = require_publishable(actor, round_)
    round_.published_by, round_.published_on = actor, today()
    ResultRun.objects.filter(round=round_, in_force=True).update(in_force=False)
    ResultRun.objects.filter(pk=newest.pk).update(in_force=True, published_on=today())
    _move(round_, actor, Round.PUBLISHED, "assessment.round_published", run=newest.number)
    return round_


@transaction.atomic
def lock_results(*, actor: User, round_id: int, revision: int) -> Round:
    """Archive the round; after this only reopening changes anything."""
    round_ = lock_round(round_id, revision=revision, state=Round.PUBLISHED)
    require_role(actor, [Role.SPECIAL_OFFICE], city_of(round_), "归档")
    _move(round_, actor, Round.LOCKED, "assessment.round_locked")
    return round_


@transaction.atomic
def reopen_round(*, actor: User, round_id: int, revision: int, reason: str) -> Round:
    """Go back to moderation for a correction; the published results stay in force until new ones are published."""
    round_ = lock_round(round_id, revision=revision, state=[Round.NOTICE, Round.PUBLISHED, Round.LOCKED])
    require_role(actor, [Role.LEADING_GROUP], city_of(round_), "重开考评")
    if len(reason.strip()) < 5:
        raise InvalidInput("请写明重开的理由（至少五个字），理由会随结果一起保存", "reason")
    ResultRun.objects.filter(round=round_, current=True).update(reason=reason.strip()[:200])
    round_.reviewed_by = round_.published_by = round_.published_on = None
    _move(round_, actor, Round.MODERATING, "assessment.round_reopened", reason=reason.strip()[:200])
    return round_
