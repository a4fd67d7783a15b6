"""The plan of a draw: everything that is settled, hashed and published before anybody can know the seed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from .errors import DrawError
from .tickets import SHA256, hash_of

FORMAT = "lianheng-draw-plan/1"
WALKED = ("simple", "with_replacement", "pps_sequential")  # tickets are walked one by one, so there is a next one
WHOLE = ("systematic", "pps_systematic", "poisson")  # the sample is settled as a whole
DESIGNS = WALKED + WHOLE
SIZED = ("pps_sequential", "pps_systematic", "poisson")


class Candidate(NamedTuple):
    """One line of the roster. ``size`` is decimal text: a measure of size, or for ``poisson`` the probability."""

    id: str
    stratum: str = ""
    size: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """Somebody who is not to be drawn, and why. ``side`` is ``object`` or ``staff``."""

    id: str
    reason: str
    side: str = "object"


@dataclass(frozen=True, slots=True)
class Pair:
    """A member of staff who must not be sent to an object, and why."""

    staff: str
    object: str
    reason: str


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a party published before the draw."""

    party: str
    value: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a draw.

    Parameters
    ----------
    candidates : sequence of Candidate
        The roster, each id once. Its order matters only to ``systematic`` and ``pps_systematic`` in frame order.
    sizes : mapping of str to int
        Stratum → how many to draw; ``{"": n}`` without strata; empty for ``poisson``.
    title : str
        What is drawn; free text.
    method : str
        ``consistent-sha256``, ``consistent-sm3`` or ``vrs-sha256``.
    design : str
        ``simple``: the lowest tickets. ``with_replacement``. ``systematic``: every k-th of the list.
        ``pps_systematic``: every k-th unit of size, probabilities exactly in proportion. ``pps_sequential``: the lowest
        ticket ÷ size, can be extended. ``poisson``: whoever's ticket is below his own stated probability.
    order : {"frame", "ticket"}
        For the two systematic designs: in the order of the roster, or shuffled by ticket first.
    avoid : sequence of Skip
        Known before the draw: these objects or staff are not drawn, for the reason given.
    staff : sequence of str
        The second register; empty: a one-sided draw.
    per_object : int
        How many staff each drawn object gets; 0 without staff.
    max_load : int
        How many objects one member of staff may get; 0: no limit.
    pairs : sequence of Pair
        Declared relations between staff and objects.
    commitments : sequence of Commitment
        Empty: the seed is stated in the bundle as it is. Else the seed comes from codes and public values.
    public : sequence of str
        What each public value will be ("Welfare lottery 3D of 2026-11-20"), fixed before it is known.
    round : int
        Which round of the commitments this draw uses.

    Raises
    ------
    DrawError
        If anything does not fit together. A plan that exists can be drawn, unless too many turn out absent.

    Examples
    --------
    >>> plan = Plan.of(["F01", "F02", "F03"], 2)
    >>> plan.sizes, plan.method
    ({'': 2}, 'consistent-sha256')
    >>> Plan.of(["F01", "F01"], 1)
    Traceback (most recent call last):
        ...
    lianheng.engine.draw.errors.DrawError: the id 'F01' stands twice in the roster; each has one id of its own
    """

    candidates: Sequence[Candidate]
    sizes: Mapping[str, int]
    title: str = ""
    method: str = SHA256
    design: str = "simple"
    order: str = "frame"
    avoid: Sequence[Skip] = ()
    staff: Sequence[str] = ()
    per_object: int = 0
    max_load: int = 0
    pairs: Sequence[Pair] = ()
    commitments: Sequence[Commitment] = ()
    public: Sequence[str] = ()
    round: int = 1
    # The roster by stratum, strata in the order of their names: sorted once for all that follows.
    by_stratum: dict[str, list[Candidate]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        from .plan_checks import check_plan

        for name in ("candidates", "avoid", "staff", "pairs", "commitments", "public"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "sizes", {name: self.sizes[name] for name in sorted(self.sizes)})
        for name in sorted({candidate.stratum for candidate in self.candidates}):
            self.by_stratum[name] = []
        for candidate in self.candidates:
            self.by_stratum[candidate.stratum].append(candidate)
        check_plan(self)

    @classmethod
    def of(cls, ids: Iterable[str], size: int, **settings: Any) -> Plan:
        """A plan without strata and sizes; the other settings by name."""
        return cls([Candidate(id) for id in ids], {"": size}, **settings)

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain data, as it stands in a bundle."""
        return {
            "format": FORMAT,
            "title": self.title,
            "method": self.method,
            "design": self.design,
            "order": self.order,
            "candidates": [[c.id, c.stratum, c.size] for c in self.candidates],
            "sizes": dict(self.sizes),
            "avoid": [[s.side, s.id, s.reason] for s in self.avoid],
            "staff": list(self.staff),
            "per_object": self.per_object,
            "max_load": self.max_load,
            "pairs": [[p.staff, p.object, p.reason] for p in self.pairs],
            "commitments": [[c.party, c.value] for c in self.commitments],
            "public": list(self.public),
            "round": self.round,
        }

    @classmethod
    def from_dict(cls, data: Any) -> Plan:
        """Read a plan from plain data; a DrawError names the field that is wrong."""
        names = {item.name for item in fields(cls) if item.init} | {"format"}
        if not isinstance(data, dict) or set(data) != names or data["format"] != FORMAT:
            raise DrawError(f"this is no plan of the format {FORMAT}: fields are missing, or there are others")
        return cls(
            title=_text(data, "title"),
            method=_text(data, "method"),
            design=_text(data, "design"),
            order=_text(data, "order"),
            candidates=[Candidate(*row) for row in _rows(data, "candidates")],
            sizes=_sizes(data["sizes"]),
            avoid=[Skip(id, reason, side) for side, id, reason in _rows(data, "avoid")],
            staff=_texts(data, "staff"),
            per_object=_whole(data, "per_object"),
            max_load=_whole(data, "max_load"),
            pairs=[Pair(*row) for row in _rows(data, "pairs")],
            commitments=[Commitment(*row) for row in _rows(data, "commitments", 2)],
            public=_texts(data, "public"),
            round=_whole(data, "round"),
        )

    def hash(self) -> str:
        """The hash to publish before the draw, by the hash function of the method, in hex.

        >>> Plan.of(["F01", "F02", "F03"], 2).hash()[:16]
        '162e7bb355718d4a'
        """
        return hash_of(self.method)(canonical(self.to_dict())).hex()


def to_text(data: Mapping[str, Any]) -> str:
    """The text of a file: JSON in ASCII, one field a line. (With indents json is slow: a roster has 100,000 ids.)"""
    lines = (f"{json.dumps(name)}: {json.dumps(data[name], sort_keys=True)}" for name in sorted(data))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def canonical(data: Any) -> bytes:
    """The bytes that are hashed: JSON in ASCII, keys sorted, no blanks. Plans hold texts and whole numbers only.

    >>> canonical({"b": 1, "a": "中"})
    b'{"a":"\\\\u4e2d","b":1}'
    """
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _text(data: Mapping[str, Any], name: str) -> str:
    if type(data[name]) is not str:
        raise DrawError(f"the field {name} of the plan is not a text")
    return str(data[name])


def _whole(data: Mapping[str, Any], name: str) -> int:
    if type(data[name]) is not int:
        raise DrawError(f"the field {name} of the plan is not a whole number")
    return int(data[name])


def _texts(data: Mapping[str, Any], name: str) -> list[str]:
    if type(data[name]) is not list or any(type(item) is not str for item in data[name]):
        raise DrawError(f"the field {name} of the plan is not a list of texts")
    return list(data[name])


def _rows(data: Mapping[str, Any], name: str, width: int = 3) -> list[list[str]]:
    rows = data[name]
    good = type(rows) is list and all(type(row) is list and len(row) == width for row in rows)
    if not good or not {type(cell) for row in rows for cell in row} <= {str}:
        raise DrawError(f"the field {name} of the plan is not a list of rows of {width} texts")
    return list(rows)


def _sizes(value: Any) -> dict[str, int]:
    if type(value) is not dict or any(type(size) is not int for size in value.values()):
        raise DrawError("the field sizes of the plan does not give a whole number for every stratum")
    return dict(value)
