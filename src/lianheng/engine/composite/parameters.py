"""Names and kinds of the parameters of every step of a pipeline; anything else is an error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import CompositeError

Check = Callable[[Any], Any]
Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class StepParameters:
    """What a step may be told: name → check; other spellings → name."""

    checks: Mapping[str, Check]
    aliases: Mapping[str, str] = field(default_factory=dict)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CompositeError("a number is wanted")
    # A whole number of a TOML file may be longer than a float holds.
    if not abs(value) <= sys.float_info.max:
        raise CompositeError("a finite number is wanted")
    return float(value)


def _share(value: Any) -> float:
    number = _number(value)
    if not 0 <= number <= 1:
        raise CompositeError("a share from 0 to 1 is wanted")
    return number


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise CompositeError("a whole number, 0 or more, is wanted")
    return value


def _count_or_none(value: Any) -> int | None:
    return None if value in ("none", None) else _count(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise CompositeError("true or false is wanted")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise CompositeError("a text is wanted")
    return value


def _name(value: Any) -> Any:
    """Accept a name, or a function of the caller's own (not from a file)."""
    return value if callable(value) else _text(value)


def _pair(value: Any) -> list[float]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise CompositeError("two numbers [low, high] are wanted")
    low, high = (_number(each) for each in value)
    if high <= low:
        raise CompositeError("the second number must be above the first")
    return [low, high]


def _one_or_list(check: Check) -> Check:
    def either(value: Any) -> Any:
        return [check(each) for each in value] if isinstance(value, list | tuple) else check(value)

    return either


def _mapping(check: Check) -> Check:
    def table(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise CompositeError("a table code = value is wanted")
        return {code: check(each) for code, each in value.items()}

    return table


def _reference(value: Any) -> str | int:
    """A unit's code, or its row counted from 1 in the order of the tables (COINr's r)."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else _text(value)


def _anything(value: Any) -> Any:
    return value


def _function(value: Any) -> Any:
    if not callable(value):
        raise CompositeError("a function is wanted, which a file cannot hold")
    return value


def _weights(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_weights(each) for each in value]
    return _mapping(_number)(value) if isinstance(value, Mapping) else _text(value)


TREAT_FIELDS: dict[str, Check] = {
    "f1": _name,
    "f2": _name,
    "winmax": _count_or_none,
    "force_win": _truth,
    "skew_thresh": _number,
    "kurt_thresh": _number,
    "combine_treat": _truth,
    "lam": _number,
    "makepos": _truth,
    "test": _function,
}
TREAT_ALIASES = {"method": "f1", "lambda": "lam"}
NORMALISE_FIELDS: dict[str, Check] = {
    "method": _text,
    "range": _pair,
    "l": _number,
    "u": _number,
    "scale": _number,
    "m": _number,
    "s": _number,
    "reference": _reference,
    "T": _number,
    "cap": _truth,
    "lo": _number,
    "hi": _number,
    "a": _number,
    "truncate": _truth,
    "ties": _text,
    "constant": _text,
    "use_iMeta": _truth,
}
NORMALISE_ALIASES = {"target": "T", "r": "reference", "use_imeta": "use_iMeta"}

STEPS: dict[str, StepParameters] = {
    "denominate": StepParameters(
        {"ScaleFactor": _number, "denominators": _mapping(_text)}, {"scale_factor": "ScaleFactor"}
    ),
    "screen": StepParameters(
        {"dat_thresh": _share, "nonzero_thresh": _share, "unit_screen": _text, "Force": _mapping(_truth)},
        {"min_available": "dat_thresh", "force": "Force"},
    ),
    "impute": StepParameters(
        {
            "f_i": _name,
            "impute_by": _text,
            "use_group": _text,
            "group_level": _count,
            "normalise_first": _truth,
            "disable": _truth,
            "fallback": _text,
            "max_time": _count,
        },
        {"method": "f_i", "group": "use_group"},
    ),
    "treat": StepParameters({**TREAT_FIELDS, "disable": _truth, "indicators": _mapping(_anything)}, TREAT_ALIASES),
    "normalise": StepParameters(
        {**NORMALISE_FIELDS, "global": _truth, "frozen": _text, "indicators": _mapping(_anything)}, NORMALISE_ALIASES
    ),
    "weight": StepParameters(
        {
            "method": _text,
            "weights": _weights,
            "file": _text,
            "level": _count,
            "comparisons": _mapping(_anything),
            "allocations": _mapping(_anything),
            "objective": _text,
            "targets": _mapping(_number),
            "correlation": _text,
            "lower": _share,
            "upper": _share,
        }
    ),
    "aggregate": StepParameters(
        {
            "method": _one_or_list(_name),
            "p": _one_or_list(_number),
            "min_available": _one_or_list(_share),
            "weights": _weights,
        },
        {"dat_thresh": "min_available", "f_ag": "method", "w": "weights"},
    ),
}


def check_parameters(do: str, given: Parameters, where: str = "") -> dict[str, Any]:
    """Return the parameters under their own names; an unknown one or one of a wrong kind is an error.

    Parameters
    ----------
    do : str
        A step: denominate, screen, impute, treat, normalise, weight, aggregate.
    given : mapping
        As the pipeline file has them.
    where : str
        Names the place in errors.

    Returns
    -------
    dict
        Only what was given; the steps hold the defaults.
    """
    if do not in STEPS:
        raise CompositeError(f"{where}: {do!r} is not a step; use one of {', '.join(STEPS)}")
    found = _check(STEPS[do], given, where or do)
    if do == "treat" and "indicators" in found:
        own = StepParameters(TREAT_FIELDS, TREAT_ALIASES)
        found["indicators"] = {
            code: _check(own, fields, f"{where}, indicators.{code}") for code, fields in found["indicators"].items()
        }
    if do == "normalise" and "indicators" in found:
        own = StepParameters(NORMALISE_FIELDS, NORMALISE_ALIASES)
        found["indicators"] = {
            code: _check(own, fields, f"{where}, indicators.{code}") for code, fields in found["indicators"].items()
        }
    return found


def _check(step: StepParameters, given: Any, where: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise CompositeError(f"{where}: a table of parameters is wanted")
    found: dict[str, Any] = {}
    for key, value in given.items():
        name = step.aliases.get(key, key)
        if name not in step.checks:
            raise CompositeError(f"{where}: unknown key {key!r}; known are {', '.join(step.checks)}")
        if name in found:
            raise CompositeError(f"{where}: {key!r} says again what {name!r} says")
        try:
            found[name] = step.checks[name](value)
        except CompositeError as error:
            raise CompositeError(f"{where}: {key} = {value!r}: {error.problem}") from None
    return found
