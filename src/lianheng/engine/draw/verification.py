"""Checking a bundle: draw again from its plan and its sources, and compare everything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .bundle import FORMAT, Bundle, compute, settle_seed
from .commit_reveal import canonical_value
from .errors import BundleRefused, DrawError
from .plan import Plan, Skip
from .walk import Stage

MAX_CHARS = 200_000_000


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
    >>> from lianheng.engine.draw import Plan, run_draw
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
    settled = settle_seed(plan, None if plan.commitments else seed, codes, public)
    if settled != seed:
        raise BundleRefused("the seed is not the one that codes and public values give")
    stages = _stages(plan, data["stages"])
    # Before drawing: a file that asks for more than its own log holds is wrong already, and could ask for ever.
    if any(sum(stage.sizes.values()) > len(data["log"]) for stage in stages if isinstance(data["log"], list)):
        raise BundleRefused("a stage wants more than the log holds")
    return compute(plan, codes, public, seed, stages)


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
