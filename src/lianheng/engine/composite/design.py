"""What an uncertainty or sensitivity analysis varies, and the low-discrepancy design over it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .chain import Step
from .errors import CompositeError
from .framework import Framework
from .parameters import STEPS, check_parameters
from .tables import Floats

KEYS = ("name", "step", "parameter", "values", "alternatives", "between", "noise", "levels", "sets")


@dataclass(frozen=True)
class Assumption:
    """One uncertain choice.

    Exactly one of: ``alternatives`` (parameter sets of a step, equally likely; each replaces the step's parameters
    whole, or one parameter where ``parameter`` is set), ``between`` (a parameter, uniform), or ``noise`` (weights of
    ``levels`` multiplied by 1 + noise·(2u − 1), ``sets`` equally likely sets).
    """

    name: str
    step: int = -1
    parameter: str = ""
    alternatives: tuple[Mapping[str, Any], ...] = ()
    between: tuple[float, float] | None = None
    noise: float = 0.0
    levels: tuple[int, ...] = ()
    sets: int = 100
    shown: tuple[str, ...] = field(default=())

    @property
    def count(self) -> int | None:
        """Number of equally likely alternatives; None for a continuous one."""
        if self.between is not None:
            return None
        return self.sets if self.levels else len(self.alternatives)

    def choose(self, u: Floats) -> Floats:
        """Turn uniform numbers in [0, 1) into choices: ⌊q·u⌋, or a + u(b − a)."""
        if self.between is not None:
            low, high = self.between
            return low + u * (high - low)
        assert self.count is not None
        return np.minimum(np.floor(u * self.count), self.count - 1)

    def parameters(self, choice: float) -> dict[str, Any]:
        """Return the parameters of the step that a choice sets."""
        if self.between is not None:
            return {self.parameter: float(choice)}
        return dict(self.alternatives[int(choice)])

    def describe(self, choice: float) -> str:
        """Return the choice in words, for tables."""
        if self.between is not None:
            return repr(float(choice))
        if self.levels:
            return f"set {int(choice) + 1}"
        return self.shown[int(choice)]


def vary(name: str, steps: Sequence[Step], step: str | int, parameter: str, values: Sequence[Any]) -> Assumption:
    """Declare alternatives of one parameter.

    Examples
    --------
    >>> steps = [Step("treat"), Step("normalise"), Step("aggregate")]
    >>> vary("Winmax", steps, "treat", "winmax", [1, 5]).alternatives
    ({'winmax': 1}, {'winmax': 5})
    """
    return assumption_from({"name": name, "step": step, "parameter": parameter, "values": list(values)}, name, steps)


def vary_step(
    name: str, steps: Sequence[Step], step: str | int, alternatives: Sequence[Mapping[str, Any]]
) -> Assumption:
    """Declare alternative parameter sets of a step; each replaces the step's parameters whole."""
    return assumption_from({"name": name, "step": step, "alternatives": list(alternatives)}, name, steps)


def vary_between(
    name: str, steps: Sequence[Step], step: str | int, parameter: str, low: float, high: float
) -> Assumption:
    """Declare a parameter that is uniform between two numbers."""
    return assumption_from({"name": name, "step": step, "parameter": parameter, "between": [low, high]}, name, steps)


def vary_weights(name: str, noise: float, levels: Sequence[int], sets: int = 100) -> Assumption:
    """Declare noise on the weights of some levels."""
    return assumption_from({"name": name, "noise": noise, "levels": list(levels), "sets": sets}, name, ())


def assumption_from(raw: Mapping[str, Any], where: str, steps: Sequence[Step]) -> Assumption:
    """Check one declared assumption (a table of the pipeline file)."""
    for key in raw:
        if key not in KEYS:
            raise CompositeError(f"{where}: unknown key {key!r}; known are {', '.join(KEYS)}")
    name = raw.get("name")
    if not isinstance(name, str) or not name:
        raise CompositeError(f"{where}: an assumption needs a name")
    kinds = [key for key in ("values", "alternatives", "between", "noise") if key in raw]
    if len(kinds) != 1:
        raise CompositeError(f"{where}: give exactly one of values, alternatives, between, noise")
    if kinds == ["noise"]:
        return _noise(raw, name, where)
    place = _place(raw.get("step"), steps, where)
    if kinds == ["alternatives"]:
        return _alternatives(raw, name, place, steps[place], where)
    return _parameter(raw, name, place, steps[place], where)


def _noise(raw: Mapping[str, Any], name: str, where: str) -> Assumption:
    noise, levels, sets = raw["noise"], raw.get("levels"), raw.get("sets", 100)
    if isinstance(noise, bool) or not isinstance(noise, int | float) or not 0 <= noise <= 1:
        raise CompositeError(f"{where}: noise is {noise!r}; it is a share from 0 to 1, else weights turn negative")
    if not isinstance(levels, list) or not levels or not all(isinstance(each, int) and each > 0 for each in levels):
        raise CompositeError(f"{where}: levels is a list of level numbers, such as [2, 3]")
    if not isinstance(sets, int) or isinstance(sets, bool) or sets < 1:
        raise CompositeError(f"{where}: sets is {sets!r}; it is a whole number, 1 or more")
    if {"step", "parameter"} & set(raw):
        raise CompositeError(f"{where}: noise acts on the weights of the aggregation; leave out step and parameter")
    return Assumption(name, noise=float(noise), levels=tuple(levels), sets=sets)


def _place(step: Any, steps: Sequence[Step], where: str) -> int:
    if isinstance(step, int) and not isinstance(step, bool):
        if not 1 <= step <= len(steps):
            raise CompositeError(f"{where}: there is no step {step}; steps are 1 to {len(steps)}")
        return step - 1
    places = [place for place, each in enumerate(steps) if each.do == step]
    if len(places) != 1:
        found = "no" if not places else "more than one"
        raise CompositeError(f"{where}: there is {found} step {step!r}; name one step, or give its number")
    return places[0]


def _alternatives(raw: Mapping[str, Any], name: str, place: int, step: Step, where: str) -> Assumption:
    found = raw["alternatives"]
    if "parameter" in raw or not isinstance(found, list) or not found:
        raise CompositeError(f"{where}: alternatives is a list of parameter tables, without parameter")
    checked = tuple(check_parameters(step.do, each, f"{where} ({step.do})") for each in found)
    shown = tuple(", ".join(f"{key} {value}" for key, value in each.items()) for each in found)
    return Assumption(name, place, alternatives=checked, shown=shown)


def _parameter(raw: Mapping[str, Any], name: str, place: int, step: Step, where: str) -> Assumption:
    parameter = raw.get("parameter")
    if not isinstance(parameter, str):
        raise CompositeError(f"{where}: say which parameter varies")
    if "between" in raw:
        ends = raw["between"]
        if not (isinstance(ends, list) and len(ends) == 2 and all(map(_finite, ends))):
            raise CompositeError(f"{where}: between is two finite numbers")
        low, high = float(ends[0]), float(ends[1])
        if high <= low:
            raise CompositeError(f"{where}: between {low:g} and {high:g} is empty")
        check_parameters(step.do, {parameter: low}, where)
        own = STEPS[step.do].aliases.get(parameter, parameter)
        return Assumption(name, place, own, between=(low, high))
    values = raw["values"]
    if not isinstance(values, list) or not values:
        raise CompositeError(f"{where}: values is a list of at least one value")
    checked = tuple(check_parameters(step.do, {parameter: value}, f"{where} ({step.do})") for value in values)
    own = next(iter(checked[0]))
    return Assumption(name, place, own, alternatives=checked, shown=tuple(str(value) for value in values))


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) <= sys.float_info.max


def sobol_points(n: int, dimensions: int, seed: int) -> Floats:
    """Return n scrambled Sobol points; the first points stay the same when n grows.

    Examples
    --------
    >>> a, b = sobol_points(4, 2, seed=1), sobol_points(8, 2, seed=1)
    >>> bool((a == b[:4]).all())
    True
    """
    from scipy.stats import qmc

    if seed < 0:
        raise CompositeError(f"the seed is {seed}; it is a whole number, 0 or more")

    sampler = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    exponent = max(int(np.ceil(np.log2(max(n, 1)))), 0)
    # A power of two keeps the balance of the sequence; what is over is cut off.
    points: Floats = sampler.random_base2(exponent)[:n]
    return points


def choices_of(assumptions: Sequence[Assumption], points: Floats) -> Floats:
    """Return the choice of every assumption at every point, of shape (n, n_assumptions)."""
    columns = [assumption.choose(points[:, place]) for place, assumption in enumerate(assumptions)]
    return np.column_stack(columns) if columns else np.empty((len(points), 0))


def noise_factors(assumption: Assumption, framework: Framework, seed: int) -> tuple[tuple[str, ...], Floats]:
    """Return the codes whose weights vary, and factors of shape (sets, n_codes): 1 + noise·(2u − 1)."""
    codes = tuple(code for level in assumption.levels for code in framework.at_level(level))
    if any(not framework.at_level(level) for level in assumption.levels):
        raise CompositeError(f"{assumption.name}: the index has levels 1 to {framework.height}")
    u: NDArray[np.float64] = np.random.default_rng([seed, 7919]).random((assumption.sets, len(codes)))
    return codes, 1.0 + assumption.noise * (2.0 * u - 1.0)
