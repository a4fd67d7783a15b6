"""What may be done with a round now: one list for the page's button and for the address that takes the step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import grant_for
from lianheng.web.assessment import closing, duties, jobs
from lianheng.web.assessment.models import Round
from lianheng.web.assessment.services import reminding, rounds, seats
from lianheng.web.assessment.uncounted import newest_run, require_all_counted
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import why_refused
from lianheng.web.units.models import Division


def _nothing(user: User, round_: Round) -> str:
    return ""


@dataclass(frozen=True)
class Step:
    """One act on a round: its label, who does it, and from which states."""

    code: str
    label: str
    why: str
    states: tuple[str, ...]
    roles: tuple[str, ...]
    act: Callable[..., Any]
    # What the inbox asks of whoever may take the step, and when; every step has to say.
    duty: duties.Ask
    asks_opinion: bool = False
    unseated: bool = False  # not for who has a seat in the round: `rounds.refuse_seated`
    final: bool = False  # asks before doing, since it cannot be taken back
    # Why it cannot be taken now by somebody with its role, or nothing.
    why_off: Callable[[User, Round], str] = _nothing
    # Whether that depends on the person, too: the inbox then asks it before it shows the duty.
    other_hand: bool = False
    # The page's one filled button is the first: empty seats, then the step that ends the stage, then the others.
    rank: int = 2


def _seats_filled(user: User, round_: Round) -> str:
    if seats.lacks_seats(round_):
        return ""
    return "启动自评以后再安排" if round_.state == Round.DRAFT else "席位都已经安排好了"


def _nobody_late(user: User, round_: Round) -> str:
    return why_refused(reminding.require_somebody_late, round_)


def _still_open(user: User, round_: Round) -> str:
    return closing.why_not_yet(round_, today())


def _not_all_scored(user: User, round_: Round) -> str:
    return why_refused(rounds.require_all_scored, round_)


def _own_results(user: User, round_: Round) -> str:
    if user.pk == round_.computed_by_id:
        return "您计算了结果，要由另一个人审核"
    return why_refused(_require_reviewable, user, round_)


def _require_reviewable(user: User, round_: Round) -> None:
    require_all_counted(rounds.require_other_than_computed(user, round_, "审核"))


def _lacks_events(user: User, round_: Round) -> str:
    return why_refused(require_all_counted, newest_run(round_))


def _not_publishable(user: User, round_: Round) -> str:
    return why_refused(rounds.require_publishable, user, round_)


OFFICE = (Role.SPECIAL_OFFICE,)
STEPS = (
    Step(
        "launch", "启动自评", "给清单上的每个单位发考评表", (Round.DRAFT,), OFFICE, rounds.launch_round, duties.launch
    ),
    Step(
        "seat",
        "自动安排考评人员",
        "每份表两名，回避本单位和本县，按负担均分；停用的账号和调到本县的人的席位另换人",
        seats.SEATED_IN,
        OFFICE,
        seats.seat_assessors,
        duties.seat,
        unseated=True,
        why_off=_seats_filled,
        rank=0,
    ),
    Step(
        "remind",
        "催办未提交的单位",
        "每天最多一次；截止前三个工作日系统会自动催一次",
        (Round.LAUNCHED,),
        OFFICE,
        reminding.remind_sheets,
        duties.no_duty,
        why_off=_nobody_late,
    ),
    Step(
        "close_self",
        "结束自评，冻结数据",
        "之后单位不能再改填报",
        (Round.LAUNCHED,),
        OFFICE,
        rounds.close_self_scoring,
        duties.close_self,
        unseated=True,
        final=True,
        why_off=_still_open,
        rank=1,
    ),
    Step(
        "moderate",
        "开始分差复核",
        "两名考评人员都打完分后",
        (Round.ASSESSING,),
        OFFICE,
        rounds.start_moderation,
        duties.moderate,
        unseated=True,
        why_off=_not_all_scored,
    ),
    Step(
        "compute",
        "计算结果",
        "冻结数据和认定事件，算分、定等、排名",
        (Round.MODERATING, Round.COMPUTED, Round.REVIEWED, Round.NOTICE),
        OFFICE,
        jobs.start_computing,
        duties.compute,
        unseated=True,
    ),
    Step(
        "review",
        "审核通过",
        "由没有参与计算的人审核",
        (Round.COMPUTED,),
        (Role.SPECIAL_OFFICE, Role.LEADING_GROUP),
        rounds.review_round,
        duties.review,
        asks_opinion=True,
        unseated=True,
        why_off=_own_results,
        other_hand=True,
    ),
    Step(
        "notice",
        "开始公示",
        "各单位看到自己的结果，五个工作日内可提异议",
        (Round.REVIEWED,),
        OFFICE,
        rounds.open_notice_period,
        duties.notice,
        unseated=True,
        why_off=_lacks_events,
    ),
    Step(
        "publish",
        "公布结果",
        "异议期满、异议全部答复后，由领导小组公布",
        (Round.NOTICE,),
        (Role.LEADING_GROUP,),
        rounds.publish_round,
        duties.publish,
        final=True,
        why_off=_not_publishable,
        other_hand=True,
    ),
    Step(
        "lock",
        "归档",
        "归档后只有重开才能再改",
        (Round.PUBLISHED,),
        OFFICE,
        rounds.lock_results,
        duties.lock,
        final=True,
    ),
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
    return sorted(shown, key=lambda offer: (bool(offer.off), offer.step.rank)), _left_to_others(kept, round_)


def _offer(user: User, step: Step, round_: Round, city: Division) -> Offer:
    if grant_for(user, step.roles, city) is None:
        # A round is the city's: the same role in a county takes no step of it.
        return Offer(step, f"由{_hands(step)}办理")
    return Offer(step, step.why_off(user, round_))


def _left_to_others(kept: list[Step], round_: Round) -> str:
    if not kept:
        return ""
    labels = "".join(f"“{step.label}”" for step in kept)
    hands = "、".join(dict.fromkeys(_hands(step) for step in kept))
    return f"您在{round_.name}有考评席位，打分的人不办理{labels}，由没有席位的{hands}办理。"


def _hands(step: Step) -> str:
    return "、".join(f"市级{Role(role).label}" for role in step.roles)
