"""What makes a plan impossible: found when the plan is made, never in the middle of a draw."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

from .errors import DrawError
from .tickets import VRS, hash_of

if TYPE_CHECKING:
    from .plan import Plan

_NUMBER = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?")
_HEX = re.compile(r"[0-9a-f]{64}")
# Below the blank: control characters, which also keep the ids of a pair apart; and halves of surrogate pairs.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def check_plan(plan: Plan) -> None:
    """Raise a DrawError at the first thing that does not fit together."""
    _check_settings(plan)
    _check_ids((candidate.id for candidate in plan.candidates), "roster")
    _check_ids(plan.staff, "staff register")
    _check_sizes(plan)
    _check_skips(plan)
    _check_room(plan)
    _check_staff(plan)
    _check_sources(plan)


def check_text(text: str, what: str) -> None:
    """Refuse an empty text, and one with control characters or broken letters."""
    if not text or text != text.strip() or _FORBIDDEN.search(text):
        raise DrawError(f"{what} {text!r} is empty, has blanks at its ends, or holds a control character; correct it")


def _check_settings(plan: Plan) -> None:
    from .plan import DESIGNS

    hash_of(plan.method)
    if plan.design not in DESIGNS:
        raise DrawError(f"the design {plan.design!r} is not known; there are {', '.join(DESIGNS)}")
    if plan.order not in ("frame", "ticket"):
        raise DrawError(f"the order {plan.order!r} is not known; write frame or ticket")
    if plan.method == VRS and plan.design == "with_replacement":
        raise DrawError("vrs-sha256 has no second ticket; draw with replacement by consistent-sha256 or consistent-sm3")
    if not plan.candidates:
        raise DrawError("the roster is empty; there is nobody to draw")
    if _FORBIDDEN.search(plan.title):
        raise DrawError("the title holds a control character; correct it")


def _check_ids(ids: Iterable[str], where: str) -> None:
    ids = list(ids)
    if len(set(ids)) < len(ids):
        twice = next(id for id, count in Counter(ids).items() if count > 1)
        raise DrawError(f"the id {twice!r} stands twice in the {where}; each has one id of its own")
    # All at once first: a roster has 100,000 ids.
    if _FORBIDDEN.search("".join(ids)) or any(not id or id != id.strip() for id in ids):
        for id in ids:
            check_text(id, f"the id in the {where}")


def _check_sizes(plan: Plan) -> None:
    from .plan import SIZED

    for candidate in plan.candidates if plan.design in SIZED or any(c.size for c in plan.candidates) else ():
        if plan.design not in SIZED:
            if candidate.size:
                raise DrawError(f"{candidate.id}: the design {plan.design} uses no sizes; leave them out")
        elif not _NUMBER.fullmatch(candidate.size) or Fraction(candidate.size) <= 0:
            raise DrawError(f"{candidate.id}: the size {candidate.size!r} is not a decimal number above 0, like 12.5")
        elif plan.design == "poisson" and Fraction(candidate.size) > 1:
            raise DrawError(f"{candidate.id}: the probability {candidate.size} is above 1")


def _check_skips(plan: Plan) -> None:
    known = {"object": {candidate.id for candidate in plan.candidates}, "staff": set(plan.staff)}
    for skip in plan.avoid:
        if skip.side not in known or skip.id not in known[skip.side]:
            raise DrawError(f"to be avoided, but not in the register of {skip.side}: {skip.id!r}")
        check_text(skip.reason, f"the reason why {skip.id} is avoided")
    for pair in plan.pairs:
        if pair.staff not in known["staff"] or pair.object not in known["object"]:
            raise DrawError(f"the pair {pair.staff!r}, {pair.object!r} names somebody who is in no register")
        check_text(pair.reason, f"the reason for the pair {pair.staff}, {pair.object}")


def _check_room(plan: Plan) -> None:
    """Are there as many candidates as are to be drawn?"""
    if plan.design == "poisson":
        if plan.sizes:
            raise DrawError("the design poisson has no fixed size; the probabilities settle it, so leave sizes empty")
        return
    out = {skip.id for skip in plan.avoid if skip.side == "object"}
    strata = set(plan.by_stratum)
    room = {name: len(members) for name, members in plan.by_stratum.items()}
    for name, members in plan.by_stratum.items() if out else ():
        room[name] -= sum(candidate.id in out for candidate in members)
    for stratum in sorted(strata ^ set(plan.sizes)):
        missing = "has no size in the plan" if stratum in strata else "has a size but no candidate"
        raise DrawError(f"the stratum {stratum!r} {missing}; give each stratum of the roster one size (0 is allowed)")
    for stratum, size in plan.sizes.items():
        if size < 0 or (size > room[stratum] and (plan.design != "with_replacement" or not room[stratum])):
            name = f"the stratum {stratum!r}" if stratum else "the roster"
            raise DrawError(f"{size} are to be drawn, but {name} has {room[stratum]} that may be; change the size")


def _check_staff(plan: Plan) -> None:
    if min(plan.per_object, plan.max_load) < 0 or bool(plan.staff) != (plan.per_object > 0):
        raise DrawError("a two-sided draw needs a staff register and 1 or more for each object; else leave out both")
    if plan.staff and plan.design == "with_replacement":
        raise DrawError("a two-sided draw is without replacement: no object is visited twice")
    if plan.staff:
        _check_staff_room(plan)


def _check_staff_room(plan: Plan) -> None:
    """Can every object get its staff? (Relations and chance may use them up all the same; the draw says so then.)"""
    out = {skip.id for skip in plan.avoid if skip.side == "staff"}
    there = sum(id not in out for id in plan.staff)
    if plan.per_object > there:
        raise DrawError(
            f"each object is to get {plan.per_object} staff, but the staff register has {there} that may be drawn; "
            "lower the number for each object or add staff"
        )
    objects = sum(plan.sizes.values())
    places = objects * plan.per_object
    if plan.max_load and places > there * plan.max_load:
        raise DrawError(
            f"{objects} objects with {plan.per_object} staff each are {places} places, but {there} staff "
            f"with at most {plan.max_load} objects each fill {there * plan.max_load}; change one of these numbers"
        )


def _check_sources(plan: Plan) -> None:
    if bool(plan.commitments) != bool(plan.public):
        raise DrawError("commit and reveal needs both commitments and the names of public values; else leave out both")
    _check_ids((commitment.party for commitment in plan.commitments), "list of parties")
    _check_ids(plan.public, "list of public values")
    for commitment in plan.commitments:
        if not _HEX.fullmatch(commitment.value):
            raise DrawError(f"the commitment of {commitment.party} is not 64 lower-case hex digits")
    if not 1 <= plan.round <= 1_000_000:
        raise DrawError(f"the round is 1 or more, not {plan.round}")
    if plan.method == VRS and not plan.commitments:
        raise DrawError("vrs-sha256 takes its seed from commitments and public values; name them in the plan")
