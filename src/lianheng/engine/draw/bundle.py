"""The bundle: plan, sources of the seed, every decision and the result, in one file that anybody can check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .commit_reveal import PublicValue, check_code, combine_seed
from .errors import DrawError
from .plan import Plan, Skip, to_text
from .plan_checks import check_text
from .selection import probabilities
from .walk import Entry, Stage, Walk

FORMAT = "lianheng-draw/1"


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawn object: its stated inclusion probability as an exact fraction, and its staff."""

    id: str
    stratum: str
    generation: int
    ticket: str
    probability: str
    team: tuple[str, ...]

    def to_row(self) -> list[Any]:
        """The row as in a bundle, in the order of the fields."""
        return [self.id, self.stratum, self.generation, self.ticket, self.probability, list(self.team)]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A draw that was made. Make one with ``run_draw``, ``extend_draw`` or ``verify_bundle``."""

    plan: Plan
    codes: Mapping[str, str]
    public: Mapping[str, PublicValue]
    seed: str
    stages: tuple[Stage, ...]
    log: tuple[Entry, ...]
    result: tuple[Drawn, ...]

    @property
    def drawn(self) -> tuple[str, ...]:
        """The ids that are drawn, in the order of the draw; with replacement an id may come twice."""
        return tuple(row.id for row in self.result)

    @property
    def skips(self) -> tuple[Entry, ...]:
        """Whoever was passed over or left the draw, with the reason."""
        return tuple(entry for entry in self.log if entry.outcome != "drawn")

    def to_dict(self) -> dict[str, Any]:
        """Plain data of the file."""
        return {
            "format": FORMAT,
            "plan": self.plan.to_dict(),
            "plan_hash": self.plan.hash(),
            "codes": dict(self.codes),
            "public": {name: _plain(value) for name, value in self.public.items()},
            "seed": self.seed,
            "stages": [
                {"sizes": dict(s.sizes), "absent": [[a.side, a.id, a.reason] for a in s.absent]} for s in self.stages
            ],
            "log": [entry.to_row() for entry in self.log],
            "result": [row.to_row() for row in self.result],
        }

    def to_text(self) -> str:
        """The text of the file: ASCII, so that no mail program or code page changes it."""
        return to_text(self.to_dict())


def run_draw(
    plan: Plan,
    *,
    seed: str | None = None,
    codes: Mapping[str, str] | None = None,
    public: Mapping[str, PublicValue] | None = None,
    absent: Sequence[Skip] = (),
) -> Bundle:
    """Draw by a plan.

    Parameters
    ----------
    plan : Plan
        As published.
    seed : str, optional
        The seed, for a plan without commitments. "0" and "00" are two seeds.
    codes : mapping of str to str, optional
        Party → revealed code in hex, for a plan with commitments; every party's.
    public : mapping of str to int, sequence of int, or str, optional
        Name of the public value, as in the plan → the value.
    absent : sequence of Skip
        Objects or staff that turned out not to be there, with the reason: the next ticket's holder takes the place.

    Returns
    -------
    Bundle
        The same for the same arguments, on every machine.

    Raises
    ------
    CodeRefused
        If a code does not hash to its commitment.
    DrawError
        If something is missing, or too few are left. In either case nothing is drawn.

    Examples
    --------
    >>> plan = Plan.of([f"F{n:02d}" for n in range(1, 51)], 5)
    >>> bundle = run_draw(plan, seed="20261122")
    >>> bundle.drawn
    ('F27', 'F31', 'F19', 'F09', 'F06')
    >>> bundle.result[0].probability
    '1/10'
    >>> run_draw(plan, seed="20261122", absent=[Skip(bundle.drawn[0], "closed down")]).drawn[:4] == bundle.drawn[1:]
    True
    """
    stage = Stage(dict(plan.sizes), tuple(absent))
    codes, public = dict(codes or {}), dict(public or {})
    return compute(plan, codes, public, settle_seed(plan, seed, codes, public), (stage,))


def extend_draw(bundle: Bundle, sizes: Mapping[str, int] | None = None, absent: Sequence[Skip] = ()) -> Bundle:
    """Draw more by the same plan and seed, or replace those who have turned out absent.

    Parameters
    ----------
    bundle : Bundle
        The draw so far.
    sizes : mapping of str to int, optional
        How many are wanted in all, for the strata that grow; never fewer than before.
    absent : sequence of Skip
        Who has turned out absent since.

    Returns
    -------
    Bundle
        Its log begins with the whole log so far: nobody who was drawn is changed, except that the absent leave.

    Examples
    --------
    >>> first = run_draw(Plan.of([f"F{n:02d}" for n in range(1, 51)], 5), seed="20261122")
    >>> more = extend_draw(first, {"": 8})
    >>> more.drawn[:5] == first.drawn, len(more.drawn)
    (True, 8)
    """
    before = bundle.stages[-1].sizes
    for stratum in sorted(set(sizes or {}) - set(before)):
        raise DrawError(f"the stratum {stratum!r} is not in the plan; an extension cannot add one")
    stage = Stage({**before, **(sizes or {})}, tuple(absent))
    return compute(bundle.plan, bundle.codes, bundle.public, bundle.seed, (*bundle.stages, stage))


def compute(
    plan: Plan, codes: Mapping[str, str], public: Mapping[str, PublicValue], seed: str, stages: tuple[Stage, ...]
) -> Bundle:
    """Draw stage after stage, and state the probabilities."""
    _check_stages(plan, stages)
    walk = Walk(plan, seed)
    for stage in stages:
        walk.run(stage)
    drawn = {stratum: [ticket.id for ticket in held] for stratum, held in walk.objects.items()}
    stated = probabilities(plan, stages[-1].sizes, drawn)
    result = tuple(
        Drawn(t.id, stratum, t.generation, t.number, str(stated[t.id]), tuple(walk.teams.get(t.id, ())))
        for stratum, held in walk.objects.items()
        for t in held
    )
    return Bundle(plan, dict(codes), dict(public), seed, stages, tuple(walk.log), result)


def settle_seed(plan: Plan, seed: str | None, codes: Mapping[str, str], public: Mapping[str, PublicValue]) -> str:
    """The seed as stated, or from codes that are checked against the plan's commitments."""
    if not plan.commitments:
        if seed is None or codes or public:
            raise DrawError("the plan has no commitments: give it a seed, and neither codes nor public values")
        check_text(seed, "the seed")
        return seed
    if seed is not None:
        raise DrawError("the plan has commitments: its seed comes from codes and public values, so give no seed")
    parties = [commitment.party for commitment in plan.commitments]
    _same_names("code of", parties, codes)
    _same_names("public value", plan.public, public)
    checked = []
    for commitment in plan.commitments:
        try:
            checked.append(check_code(codes[commitment.party], commitment.value, plan.round, plan.method))
        except DrawError as error:
            raise type(error)(f"{commitment.party}: {error}; nothing is drawn") from None
    return combine_seed(checked, [public[name] for name in plan.public], plan.method)


def _same_names(what: str, wanted: Sequence[str], given: Mapping[str, Any]) -> None:
    for name in wanted:
        if name not in given:
            raise DrawError(f"the {what} {name} is missing; nothing is drawn until all are there")
    for name in given:
        if name not in wanted:
            raise DrawError(f"the {what} {name} is given, but not in the plan; check the name")


def _check_stages(plan: Plan, stages: Sequence[Stage]) -> None:
    registers = {"object": {candidate.id for candidate in plan.candidates}, "staff": set(plan.staff)}
    if stages[0].sizes != dict(plan.sizes):
        raise DrawError("the first stage does not draw what the plan says")
    before: Mapping[str, int] = plan.sizes
    for stage in stages:
        for stratum, size in stage.sizes.items():
            if size < before[stratum]:
                raise DrawError(f"{size} is fewer than the {before[stratum]} drawn already; an extension only adds")
        before = stage.sizes
        for skip in stage.absent:
            if skip.id not in registers.get(skip.side, ()):
                raise DrawError(f"absent, but not in the register of {skip.side}: {skip.id!r}; check the id")
            check_text(skip.reason, f"the reason why {skip.id} is absent")


def _plain(value: PublicValue) -> str | int | list[int]:
    return value if isinstance(value, str | int) else list(value)
