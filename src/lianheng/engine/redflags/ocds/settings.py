"""Settings of a run: which indicators, with which thresholds. An unknown key or a wrong type is an error."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lianheng.engine.redflags.problems import DeclarationError, Problem

_I64, _U64 = (-(2**63), 2**63 - 1), (0, 2**64 - 1)
_WORDS = {"true": 1, "on": 1, "yes": 1, "false": 0, "off": 0, "no": 0}
# What each indicator takes: key → (kind, default).
INDICATORS: dict[str, dict[str, tuple[str, Any]]] = {
    "R003": {
        "threshold": ("integer", 15),
        "procurement_methods": ("pipe list", None),
        "procurement_method_details": ("map of integers", None),
    },
    "R018": {"procurement_methods": ("pipe list", "open|selective")},
    "R024": {"threshold": ("number", None)},
    "R025": {"percentile": ("natural", 75), "threshold": ("number", None)},
    "R028": {},
    "R030": {},
    "R035": {"threshold": ("natural", 1)},
    "R036": {},
    "R038": {
        "threshold": ("number", None),
        "minimum_submitted_bids": ("natural", 2),
        "minimum_contracting_processes": ("natural", 2),
    },
    "R048": {
        "digits": ("natural", 2),
        "threshold": ("natural", None),
        "minimum_contracting_processes": ("natural", 20),
    },
    "R058": {"threshold": ("number", None)},
}
_TOP: dict[str, tuple[str, Any]] = {
    "currency": ("text", None),
    "no_price_comparison_procurement_methods": ("pipe list", None),
    "price_comparison_procurement_methods": ("pipe list", None),
}
_SECTIONS: dict[str, dict[str, tuple[str, Any]]] = {
    "exclusions": {"procurement_method_details": ("pipe list", None)},
    "output": {"info_currency_mismatches": ("boolean", False)},
}
# For cleaning data, which is another program's work; they may stand in a shared file.
_WITHOUT_EFFECT = ("codelists", "defaults", "redactions", "corrections", "modifications")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run computes: settings of each indicator that is on, and those that several share."""

    indicators: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    currency: str | None = None
    price_comparison: frozenset[str] = frozenset()
    no_price_comparison: frozenset[str] = frozenset()
    excluded_details: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()


def check_settings(given: Mapping[str, Any], source: str = "settings", *, as_text: bool = False) -> Settings:
    """Settings from plain data as a JSON or INI file holds them.

    Parameters
    ----------
    given : keys to values; an indicator that is a key, even with an empty mapping, is on. None means: not given.
    source : the file's name, for messages.
    as_text : values are text and are converted, as in an INI file.

    Returns
    -------
    The settings, with the defaults of the indicators that are on.

    Raises
    ------
    DeclarationError naming every unknown key and every value of a wrong type.

    Example
    -------
    >>> check_settings({"R024": {}, "R025": {"percentile": 90}}).indicators["R025"]
    {'percentile': 90, 'threshold': None}
    >>> check_settings({"R024": {"treshold": 0.1}})
    Traceback (most recent call last):
    lianheng.engine.redflags.problems.DeclarationError: settings: R024.treshold: is no setting; R024 takes threshold
    """
    reader = _Reader(source, as_text)
    top = {key: value for key, value in given.items() if key in _TOP}
    shared = reader.section("", top, _TOP)
    for key in given:
        if key not in _TOP and key not in _SECTIONS and key not in INDICATORS and key not in _WITHOUT_EFFECT:
            reader.note(key, f"is no setting; there are {', '.join([*_TOP, *_SECTIONS, *INDICATORS])}")
    sections = {name: reader.section(name, given.get(name), keys) for name, keys in _SECTIONS.items()}
    indicators = {
        code: reader.section(code, given[code], keys)
        for code, keys in INDICATORS.items()
        if given.get(code) is not None
    }
    if reader.problems:
        raise DeclarationError(reader.problems)
    included, left_out = (shared[f"{prefix}price_comparison_procurement_methods"] for prefix in ("", "no_"))
    both = "price_comparison_procurement_methods is set: no_price_comparison_procurement_methods has no effect"
    return Settings(
        indicators,
        shared["currency"],
        included or frozenset(),
        left_out or frozenset(),
        sections["exclusions"]["procurement_method_details"] or frozenset(),
        (both,) if included and left_out else (),
    )


class _Reader:
    """Checks values, and notes what is wrong with any of them."""

    def __init__(self, source: str, as_text: bool) -> None:
        self.source, self.as_text, self.problems = source, as_text, list[Problem]()

    def note(self, where: str, text: str) -> None:
        self.problems.append(Problem(self.source, where, text))

    def section(self, name: str, given: Any, keys: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
        """The values of a section, with defaults for what is absent."""
        prefix = f"{name}." if name else ""
        if given is None:
            given = {}
        if not isinstance(given, Mapping):
            self.note(name, f"must be a section of settings, not {given!r}")
            given = {}
        for key in given:
            if key not in keys:
                takes = ", ".join(keys) or "none"
                self.note(f"{prefix}{key}", f"is no setting; {name} takes {takes}")
        found = {}
        for key, (kind, default) in keys.items():
            value = given.get(key)
            value = default if value is None else value
            found[key] = None if value is None else self._value(f"{prefix}{key}", kind, value, value is default)
        return found

    def _value(self, where: str, kind: str, value: Any, ours: bool) -> Any:
        try:
            return _KINDS[kind](value, self.as_text and not ours)
        except (ValueError, TypeError):
            self.note(where, f"must be {_EXPECTED[kind]}, not {value!r}")
            return None


def _text(value: Any, as_text: bool) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def split_list(value: str) -> frozenset[str]:
    """The set in a pipe list: `a|b`; one trailing `|` adds nothing, the empty text is the empty set."""
    parts = value.split("|")
    return frozenset(parts[:-1] if parts[-1] == "" else parts)


def _whole(value: Any, as_text: bool, low: int, high: int) -> int:
    if as_text and isinstance(value, str):
        word = value.lower()
        value = _WORDS[word] if word in _WORDS else _integer(value)
    if type(value) is not int or not low <= value <= high:
        raise TypeError
    return value


def _integer(text: str) -> int:
    digits = text[1:] if text[:1] in ("-", "+") else text
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError
    return int(text)


def _number(value: Any, as_text: bool) -> float:
    if as_text and isinstance(value, str):
        word = value.lower()
        if word not in _WORDS and (value != value.strip() or "_" in value):
            raise ValueError
        return float(_WORDS.get(word, value))
    if type(value) not in (int, float) or not math.isfinite(value):
        raise TypeError
    return float(value)


def _boolean(value: Any, as_text: bool) -> bool:
    if as_text and isinstance(value, str):
        words = {**_WORDS, "1": 1, "0": 0}
        if value.lower() not in words:
            raise ValueError
        return bool(words[value.lower()])
    if type(value) is not bool:
        raise TypeError
    return value


def _map(value: Any, as_text: bool) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise TypeError
    return {name: _whole(days, as_text, *_I64) for name, days in value.items()}


_KINDS: dict[str, Callable[[Any, bool], Any]] = {
    "text": _text,
    "pipe list": lambda value, as_text: split_list(_text(value, as_text)),
    "integer": lambda value, as_text: _whole(value, as_text, *_I64),
    "natural": lambda value, as_text: _whole(value, as_text, *_U64),
    "number": _number,
    "boolean": _boolean,
    "map of integers": _map,
}
_EXPECTED = {
    "text": "a text",
    "pipe list": "a text such as a|b|c",
    "integer": "a whole number",
    "natural": "a whole number from 0",
    "number": "a number",
    "boolean": "true or false",
    "map of integers": "names with whole numbers",
}
