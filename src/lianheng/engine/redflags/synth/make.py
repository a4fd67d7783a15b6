"""Finds the generators of this package and runs those that are asked for."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable
from importlib import import_module

from lianheng.engine.redflags import synth
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.synth.world import World


def generators() -> dict[str, Callable[[World], None]]:
    """By model, in the order of their ids.

    Example
    -------
    >>> "M05" in generators()
    True
    """
    found: dict[str, Callable[[World], None]] = {}
    for module in pkgutil.iter_modules(synth.__path__):
        found |= getattr(import_module(f"{synth.__name__}.{module.name}"), "GENERATORS", {})
    return dict(sorted(found.items()))


def make_world(models: Iterable[str], world: World) -> World:
    """Fill a world with the registers and the truth of these models; rows that two generators share stand once.

    Raises
    ------
    RunError: a model without a generator, or a world too small.

    Example
    -------
    >>> sorted(make_world(["M05"], World(1, background=0.02)).tables)
    ['crop_survey', 'insurance', 'land_right', 'lease', 'subsidy']
    """
    known = generators()
    wanted = list(models) or list(known)
    unknown = [model for model in wanted if model not in known]
    if unknown:
        raise RunError(f"no generator for {', '.join(unknown)}; there are {', '.join(known)}")
    if world.village_count < 12 or not world.years:
        raise RunError("give at least 12 villages and one year: fewer have no room for what is planted")
    for model in wanted:
        known[model](world)
    for name, rows in world.tables.items():
        world.tables[name] = [dict(row) for row in dict.fromkeys(tuple(row.items()) for row in rows)]
    return world
