"""异议: raised by the institution within the notice period, answered by somebody who did not score."""

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_other_hand, require_role
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.models import Objection, Result, Round, Seat
from lianheng.web.evidence.models import Evidence
from lianheng.web.shell.clock import local_day, now, today
from lianheng.web.shell.errors import Forbidden, InvalidInput, StaleForm, WrongState
from lianheng.web.shell.workdays import add_working_days
from lianheng.web.trail.services import record

ANSWER_DAYS = 10
MAY_RAISE = (Role.UNIT_ADMIN, Role.UNIT_LEADER)


@transaction.atomic
def raise_objection(*, actor: User, result_id: int, item: str, reason: str, evidence: Sequence[int] = ()) -> Objection:
    """Object to an item, or to the result as a whole (item empty), while the notice period lasts."""
    result = (
        Result.objects.select_for_update(of=("self",)).select_related("run__round", "sheet__scheme").get(pk=result_id)
    )
    require_role(actor, MAY_RAISE, result, "提出异议")
    round_ = result.run.round
    if round_.state != Round.NOTICE or not result.current:
        raise WrongState("只有公示期间可以对结果提出异议")
    if round_.objection_due and today() > round_.objection_due:
        raise WrongState(f"异议期到 {round_.objection_due} 已结束")
    if item and item not in {declared.code for declared in engine_scheme(result.sheet.scheme).items}:
        raise InvalidInput("没有这个条目，请从列表中选", "item")
    if len(reason.strip()) < 10:
        raise InvalidInput("请写明理由（至少十个字）：哪里不对、依据是什么", "reason")
    if result.objections.filter(item=item, upheld=None).exists():
        raise WrongState("这个条目已经提过异议，正在答复")
    files = Evidence.objects.filter(pk__in=evidence, institution_id=result.institution_id)
    if files.count() != len(set(evidence)):
        raise InvalidInput("引用的材料不属于这个单位，请重新选择", "evidence")
    objection = Objection.objects.create(
        result=result,
        item=item,
        reason=reason.strip()[:2000],
        raised_by=actor,
        raised_at=now(),
        due=add_working_days(today(), ANSWER_DAYS),
    )
    objection.evidence.set(files)
    record(
        actor=actor,
        action="assessment.objection_raised",
        subject=objection,
        unit=f"institution:{result.institution_id}",
        details={"item": item, "result": result.pk},
    )
    return objection


def require_answerer(actor: User, objection: Objection) -> None:
    """Refuse who may not answer: no office, who raised it, who scored the sheet; the page asks before it offers."""
    require_role(actor, [Role.SPECIAL_OFFICE], objection.result, "答复异议")
    require_other_hand(actor, [objection.raised_by_id], local_day(objection.raised_at), "答复")
    if Seat.objects.filter(sheet=objection.result.sheet_id, assessor=actor).exists():
        raise Forbidden("给这份表打过分的人不能答复，请换一个人")


@transaction.atomic
def answer_objection(
    *, actor: User, objection_id: int, revision: int, upheld: bool, answer: str, points: Decimal | None = None
) -> Objection:
    """Answer an objection; upheld for an item, the item's points are set and count at the next computation."""
    objection = (
        Objection.objects.select_for_update(of=("self",))
        .select_related("result__run__round", "result__sheet__scheme")
        .get(pk=objection_id)
    )
    result = objection.result
    require_answerer(actor, objection)
    if objection.revision != revision:
        raise StaleForm
    if objection.upheld is not None:
        raise WrongState("这个异议已经答复过了")
    if len(answer.strip()) < 5:
        raise InvalidInput("请写明答复的内容和理由", "answer")
    if upheld and objection.item:
        limit = engine_scheme(result.sheet.scheme).item(objection.item).points
        if points is None or not 0 <= points <= limit:
            raise InvalidInput(f"采纳异议要写明改为多少分，0 到 {limit:f}", "points")
    objection.upheld, objection.answer = upheld, answer.strip()[:2000]
    objection.points = points if upheld and objection.item else None
    objection.answered_by, objection.answered_at = actor, now()
    objection.revision += 1
    objection.save()
    record(
        actor=actor,
        action="assessment.objection_answered",
        subject=objection,
        unit=f"institution:{result.institution_id}",
        details={"upheld": upheld, "points": str(points) if objection.points is not None else None},
    )
    return objection
