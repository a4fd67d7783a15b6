"""The bundle: plan, sources of the seed, every decision and the result, in one file that anybody can check."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .commit_reveal import PublicValue, canonical_value, check_code, combine_seed
from .errors import BundleRefused, DrawError
from .plan import Plan, Skip, to_text
from .plan_checks import check_text
from .selection import probabilities
from .walk import Entry, Stage, Walk

FORMAT = "lianheng-draw/1"
MAX_CHARS = 200_000_000


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
    DrawError
        If a code does not hash to its commitment, something is missing, or too few are left. Nothing is drawn then.

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
    return _compute(plan, codes, public, _settle_seed(plan, seed, codes, public), (stage,))


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
    return _compute(bundle.plan, bundle.codes, bundle.public, bundle.seed, (*bundle.stages, stage))


def verify_bundle(text: str) -> Bundle:
    """Check a bundle: draw again from its plan and its sources, and compare everything.

    Parameters
    ----------
    text : str
        Content of the file.

    Returns
    -------
    Bundle
        The draw, if all is as it should be. That the plan is the one published beforehand is for the reader to see:
        compare ``bundle.plan.hash()``.

    Raises
    ------
    BundleRefused
        With the first thing that does not hold.

    Examples
    --------
    >>> text = run_draw(Plan.of(["F01", "F02", "F03"], 1), seed="2026").to_text()
    >>> verify_bundle(text).drawn
    ('F01',)
    >>> verify_bundle(text.replace('"2026"', '"2028"'))
    Traceback (most recent call last):
        ...
    lianheng.engine.draw.errors.BundleRefused: line 1 of the log differs: the file says F01 drawn, not F03 drawn
    """
    data = _read(text)
    try:
        bundle = _recompute(data)
    except BundleRefused:
        raise
    except DrawError as error:
        raise BundleRefused(str(error)) from None
    _compare(data, bundle.to_dict())
    return bundle


def _compute(
    plan: Plan, codes: Mapping[str, str], public: Mapping[str, PublicValue], seed: str, stages: tuple[Stage, ...]
) -> Bundle:
    _check_stages(plan, stages)
    walk = Walk(plan, seed)
    for stage in stages:
        walk.run(stage)
    stated = probabilities(plan, stages[-1].sizes)
    result = tuple(
        Drawn(t.id, stratum, t.generation, t.number, str(stated[t.id]), tuple(walk.teams.get(t.id, ())))
        for stratum, held in walk.objects.items()
        for t in held
    )
    return Bundle(plan, dict(codes), dict(public), seed, stages, tuple(walk.log), result)


def _settle_seed(plan: Plan, seed: str | None, codes: Mapping[str, str], public: Mapping[str, PublicValue]) -> str:
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
            raise DrawError(f"{commitment.party}: {error}; nothing is drawn") from None
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


def _read(text: str) -> dict[str, Any]:
    if len(text) > MAX_CHARS:
        raise BundleRefused(f"the bundle is longer than {MAX_CHARS} characters")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise BundleRefused("the bundle is not JSON: it was cut or changed; use the original") from None
    names = {"format", "plan", "plan_hash", "codes", "public", "seed", "stages", "log", "result"}
    if not isinstance(data, dict) or set(data) != names or data["format"] != FORMAT:
        raise BundleRefused(f"this is no bundle of the format {FORMAT}: fields are missing, or there are others")
    return data


def _recompute(data: Mapping[str, Any]) -> Bundle:
    plan = Plan.from_dict(data["plan"])
    codes, public, seed = data["codes"], data["public"], data["seed"]
    if not _texts_by_name(codes) or not isinstance(public, dict) or type(seed) is not str:
        raise BundleRefused("codes, public values or seed are not of the right kind")
    for value in public.values():
        if type(value) not in (str, int) and not (type(value) is list and all(type(n) is int for n in value)):
            raise BundleRefused("a public value is neither a number, nor a list of numbers, nor a text")
        canonical_value(value)
    settled = _settle_seed(plan, None if plan.commitments else seed, codes, public)
    if settled != seed:
        raise BundleRefused("the seed is not the one that codes and public values give")
    stages = _stages(plan, data["stages"])
    # Before drawing: a file that asks for more than its own log holds is wrong already, and could ask for ever.
    if any(sum(stage.sizes.values()) > len(data["log"]) for stage in stages if isinstance(data["log"], list)):
        raise BundleRefused("a stage wants more than the log holds")
    return _compute(plan, codes, public, seed, stages)


def _stages(plan: Plan, rows: Any) -> tuple[Stage, ...]:
    if type(rows) is not list or not rows:
        raise BundleRefused("the bundle has no stages")
    return tuple(_stage(plan, row) for row in rows)


def _stage(plan: Plan, row: Any) -> Stage:
    good = isinstance(row, dict) and set(row) == {"sizes", "absent"} and isinstance(row["sizes"], dict)
    good = good and set(row["sizes"]) == set(plan.sizes) and all(type(n) is int for n in row["sizes"].values())
    good = good and type(row["absent"]) is list
    good = good and all(type(a) is list and len(a) == 3 and all(type(t) is str for t in a) for a in row["absent"])
    if not good:
        raise BundleRefused("a stage of the bundle is not of the right form")
    return Stage(row["sizes"], tuple(Skip(id, reason, side) for side, id, reason in row["absent"]))


def _texts_by_name(value: Any) -> bool:
    return isinstance(value, dict) and all(type(text) is str for text in value.values())


def _compare(given: Mapping[str, Any], right: Mapping[str, Any]) -> None:
    for name, what in (("log", "log"), ("result", "result")):
        rows = given[name] if isinstance(given[name], list) else []
        for place, row in enumerate(right[name]):
            if place >= len(rows) or rows[place] != row:
                said = _spoken(rows[place]) if place < len(rows) else "nothing"
                raise BundleRefused(f"line {place + 1} of the {what} differs: the file says {said}, not {_spoken(row)}")
        if rows[len(right[name]) :] or given[name] != right[name]:
            raise BundleRefused(f"the {what} has {len(rows) - len(right[name])} lines more than the draw gives")
    if given["plan_hash"] != right["plan_hash"]:
        raise BundleRefused("the hash of the plan is not the one that the file states")
    # 1 == 1.0 == True in Python; the text tells them apart.
    if json.dumps(given, sort_keys=True) != json.dumps(right, sort_keys=True):
        raise BundleRefused("the bundle is not as issued: a value differs in kind; use the original")


def _spoken(row: Any) -> str:
    """The telling part of a row of the log (8 fields) or of the result (6)."""
    if not isinstance(row, list) or len(row) not in (6, 8):
        return "something else"
    return f"{row[3]} {row[6]}" if len(row) == 8 else f"{row[0]} with probability {row[4]}"
