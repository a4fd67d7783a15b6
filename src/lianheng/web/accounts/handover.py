"""移交: rooms register how the work that lies open with one person goes to another, and what cannot go."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import Grant, grants_of
from lianheng.web.accounts.why import grant_of
from lianheng.web.shell.clock import today


@dataclass(frozen=True)
class Moved:
    """How many things changed hands, and why how many others could not go to this person."""

    done: int = 0
    stays: Mapping[str, int] = field(default_factory=Counter)


# (actor, from_user, to_user) → what changed hands; runs inside the transaction of the handing over.
Move = Callable[[User, User, User], Moved]
Count = Callable[[User], int]


@dataclass(frozen=True)
class OpenWork:
    """One kind of work of a room that lies with one person by name, e.g. 考评席位; `others`: who goes on with it."""

    label: str
    move: Move
    count: Count
    others: str
    # How many things lie with a person who may no longer do them, and what then becomes of them.
    stranded: Count
    stranded_words: str


_KINDS: list[OpenWork] = []
_DUTIES: list[Count] = []


def register(kind: OpenWork) -> None:
    """Add a room's kind of open work; called from its AppConfig.ready."""
    if all(other.label != kind.label for other in _KINDS):
        _KINDS.append(kind)


def register_duties(count: Count) -> None:
    """Add what counts a person's duties that come with roles: whoever has the role does them, nothing is moved."""
    _DUTIES.append(count)


def open_work(person: User) -> dict[str, int]:
    """Return how much of each kind lies open with a person by name."""
    return {kind.label: kind.count(person) for kind in _KINDS}


def move_all(actor: User, person: User, to: User) -> Moved:
    """Move every registered kind; the caller holds the transaction and has checked that the actor may."""
    done, stays = 0, Counter[str]()
    for kind in _KINDS:
        moved = kind.move(actor, person, to)
        done += moved.done
        stays.update(moved.stays)
    return Moved(done, stays)


def stranded(person: User) -> str:
    """Say what a person has to leave after moving to another institution; empty where nothing has to go."""
    counts = [(kind, kind.stranded(person)) for kind in _KINDS]
    texts = [f"{person.name}名下有{kind.label} {count} 件{kind.stranded_words}" for kind, count in counts if count]
    return "；".join(texts)


def told(stays: Mapping[str, int]) -> str:
    """Say what stays and why, with how to go on."""
    reasons = "；".join(f"{reason}（{count} 件）" for reason, count in sorted(stays.items(), key=lambda row: -row[1]))
    ways = "，或者".join(("请再移交给另一个人", *(kind.others for kind in _KINDS)))
    return f"还有 {sum(stays.values())} 件没有移交：{reasons}。{ways}"


def left_behind(person: User) -> str:
    """Say what nobody would do if this account were switched off now; empty where nothing would lie open."""
    kept = {label: count for label, count in open_work(person).items() if count}
    texts = (
        [f"{person.name}名下还有{'、'.join(f'{label} {count} 件' for label, count in kept.items())}"] if kept else []
    )
    return "；".join([*texts, *(text for text in [duties_left(person)] if text)])


def duties_left(person: User) -> str:
    """Say which duties of a role nobody else could do: they are not handed over, the role is granted; else nothing."""
    duties = sum(count(person) for count in _DUTIES)
    alone = sole_roles(person) if duties else []
    if not alone:
        return ""
    names = "、".join(f"“{label}”" for label in alone)
    return f"待办里有 {duties} 项按角色办理，{names}只有{person.name}一个人有，请安全管理员先授予接手的人"


def sole_roles(person: User) -> list[str]:
    """Return the roles by which a person acts and that nobody else, with an account in use, has for the same place."""
    mine = [grant for grant in grants_of(person) if grant.capture and grant.on_behalf_of is None]
    day = today()
    rows = Assignment.objects.filter(
        role__in={grant.role for grant in mine}, capture=True, ended=None, valid_from__lte=day, user__is_active=True
    )
    others = [grant_of(row, None) for row in rows.exclude(valid_to__lt=day).exclude(user=person)]
    alone = [grant for grant in mine if not any(_holds(other, grant) for other in others)]
    return list(dict.fromkeys(str(Role(grant.role).label) for grant in alone))


def _holds(other: Grant, grant: Grant) -> bool:
    """Say whether another right of the same role reaches all of this one's place; an institution only by its name."""
    lines = other.business_line in ("", grant.business_line)
    place = other.institution_id == grant.institution_id and grant.division.startswith(other.division)
    return other.role == grant.role and lines and place
