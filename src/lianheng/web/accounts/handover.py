"""移交: rooms register how the work that lies open with one person goes to another."""

from collections.abc import Callable
from dataclasses import dataclass

from lianheng.web.accounts.models import User

# (actor, from_user, to_user) → how many things changed hands; runs inside the transaction of the handing over.
Move = Callable[[User, User, User], int]
Count = Callable[[User], int]


@dataclass(frozen=True)
class OpenWork:
    """One kind of work of a room, e.g. 考评席位."""

    label: str
    move: Move
    count: Count | None = None


_KINDS: list[OpenWork] = []


def register(move: Move, *, label: str, count: Count | None = None) -> None:
    """Add a room's kind of open work; called from its AppConfig.ready. `count` lets the page say how much there is."""
    if all(kind.label != label for kind in _KINDS):
        _KINDS.append(OpenWork(label, move, count))


def open_work(person: User) -> dict[str, int]:
    """Return how much of each kind lies open with a person, as far as rooms count it."""
    return {kind.label: kind.count(person) for kind in _KINDS if kind.count}


def move_all(actor: User, person: User, to: User) -> dict[str, int]:
    """Move every registered kind; the caller holds the transaction and has checked that the actor may."""
    return {kind.label: kind.move(actor, person, to) for kind in _KINDS}
