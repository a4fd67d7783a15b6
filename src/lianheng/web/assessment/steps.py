"""What may be done with a round now: one list for the page's button and for the address that takes the step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import grant_for
from lianheng.web.assessment import closing, jobs
from lianheng.web.assessment.models import Round
from lianheng.web.assessment.services import reminding, rounds, seats
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import why_refused
from lianheng.web.units.models import Division


@dataclass(frozen=True)
class Step:
    """One act on a round: its label, who does it, and from which states."""

    code: str
    label: str
    why: str
    states: tuple[str, ...]
    roles: tuple[str, ...]
    act: Callable[..., Any]
    asks_opinion: bool = False
    unseated: bool = False  # not for who has a seat in the round: `rounds.refuse_seated`
    final: bool = False  # asks before doing, since it cannot be taken back


OFFICE = (Role.SPECIAL_OFFICE,)
STEPS = (
    Step("launch", "启动自评", "给清单上的每个单位发考评表", (Round.DRAFT,), OFFICE, rounds.launch_round),
    Step(
        "seat",
        "自动安排考评人员",
        "每份表两名，回避本单位和本县，按负担均分",
        (Round.DRAFT, Round.LAUNCHED),
        OFFICE,
        seats.seat_assessors,
        unseated=True,
    ),
    Step(
        "remind",
        "催办未提交的单位",
        "每天最多一次；截止前三个工作日系统会自动催一次",
        (Round.LAUNCHED,),
        OFFICE,
        reminding.remind_sheets,
    ),
    Step(
        "close_self",
        "结束自评，冻结数据",
        "之后单位不能再改填报",
        (Round.LAUNCHED,),
        OFFICE,
        rounds.close_self_scoring,
        unseated=True,
        final=True,
    ),
    Step(
        "moderate",
        "开始分差复核",
        "两名考评人员都打完分后",
        (Round.ASSESSING,),
        OFFICE,
        rounds.start_moderation,
        unseated=True,
    ),
    Step(
        "compute",
        "计算结果",
        "冻结数据和认定事件，算分、定等、排名",
        (Round.MODERATING, Round.COMPUTED, Round.REVIEWED, Round.NOTICE),
        OFFICE,
        jobs.start_computing,
        unseated=True,
    ),
    Step(
        "review",
        "审核通过",
        "由没有参与计算的人审核",
        (Round.COMPUTED,),
        (Role.SPECIAL_OFFICE, Role.LEADING_GROUP),
        rounds.review_round,
        asks_opinion=True,
        unseated=True,
    ),
    Step(
        "notice",
        "开始公示",
        "各单位看到自己的结果，五个工作日内可提异议",
        (Round.REVIEWED,),
        OFFICE,
        rounds.open_notice_period,
        unseated=True,
    ),
    Step(
        "publish",
        "公布结果",
        "异议期满、异议全部答复后，由领导小组公布",
        (Round.NOTICE,),
        (Role.LEADING_GROUP,),
        rounds.publish_round,
        final=True,
    ),
    Step("lock", "归档", "归档后只有重开才能再改", (Round.PUBLISHED,), OFFICE, rounds.lock_results, final=True),
)
BY_CODE = {step.code: step for step in STEPS}


@dataclass(frozen=True)
class Offer:
    """A step as the page shows it; one that is off says why."""

    step: Step
    off: str = ""


def offers(user: User, round_: Round, city: Division) -> tuple[list[Offer], str]:
    """Return the steps of the round's state, and a sentence on those that this person's own seat leaves to others.

    Those that can be taken come first; those of others say whose they are.
    """
    steps = [step for step in STEPS if round_.state in step.states]
    kept = [step for step in steps if step.unseated and grant_for(user, step.roles, city) is not None]
    if kept and not rounds.has_seat(user, round_):
        kept = []
    shown = [_offer(user, step, round_, city) for step in steps if step not in kept]
    return sorted(shown, key=_last), _left_to_others(kept, round_)


def _offer(user: User, step: Step, round_: Round, city: Division) -> Offer:
    if grant_for(user, step.roles, city) is None:
        # A round is the city's: the same role in a county takes no step of it.
        return Offer(step, f"由{_hands(step)}办理")
    if step.code == "remind":
        return Offer(step, why_refused(reminding.require_somebody_late, round_))
    if step.code == "moderate":
        return Offer(step, why_refused(rounds.require_all_scored, round_))
    if step.code == "review" and user.pk == round_.computed_by_id:
        return Offer(step, "您计算了结果，要由另一个人审核")
    if step.code == "review":
        return Offer(step, why_refused(rounds.require_other_than_computed, user, round_, "审核"))
    if step.code == "publish":
        return Offer(step, why_refused(rounds.require_publishable, user, round_))
    if step.code == "close_self":
        return Offer(step, closing.why_not_yet(round_, today()))
    if step.code == "seat" and not seats.lacks_seats(round_):
        waits = round_.state == Round.DRAFT
        return Offer(step, "启动自评以后再安排" if waits else "席位都已经安排好了")
    return Offer(step)


def _left_to_others(kept: list[Step], round_: Round) -> str:
    if not kept:
        return ""
    labels = "".join(f"“{step.label}”" for step in kept)
    hands = "、".join(dict.fromkeys(_hands(step) for step in kept))
    return f"您在{round_.name}有考评席位，打分的人不办理{labels}，由没有席位的{hands}办理。"


def _hands(step: Step) -> str:
    return "、".join(f"市级{Role(role).label}" for role in step.roles)


def _last(offer: Offer) -> int:
    """The page's one filled button is the first: empty seats, then the step that ends the stage, then the others."""
    if offer.off:
        return 3
    return {"seat": 0, "close_self": 1}.get(offer.step.code, 2)
