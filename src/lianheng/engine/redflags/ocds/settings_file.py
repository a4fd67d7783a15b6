"""Settings files: INI (`[R003]` switches an indicator on) or the same names as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.ocds.settings import Settings, check_settings
from lianheng.engine.redflags.problems import DeclarationError, Problem

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b"}


def read_settings(path: Path) -> Settings:
    """The settings in a file: JSON where its name ends in `.json`, INI otherwise.

    Raises
    ------
    DeclarationError naming everything wrong, by key or line.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise _wrong(path, "file", "is not UTF-8: save it again as UTF-8") from error
    if path.suffix.lower() == ".json":
        return check_settings(_read_json(text, path), path.name)
    return check_settings(read_ini(text, path.name), path.name, as_text=True)


def _read_json(text: str, path: Path) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except ValueError as error:
        raise _wrong(path, "file", f"is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise _wrong(path, "file", "must be one JSON object of settings")
    return given


def read_ini(text: str, source: str = "settings.ini") -> dict[str, Any]:
    """Sections and keys of an INI text; all values are text, `[a.b]` is a section within `a`.

    Example
    -------
    >>> read_ini("currency = CNY\\n[R003]\\nthreshold = 20\\n[R003.procurement_method_details]\\n询价 = 7\\n; R018")
    {'currency': 'CNY', 'R003': {'threshold': '20', 'procurement_method_details': {'询价': '7'}}}
    """
    found: dict[str, Any] = {}
    section = found
    for number, raw in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        line = raw.strip()
        if not line or line[0] in ";#":
            continue
        if line[0] == "[":
            if "]" not in line:
                raise DeclarationError([Problem(source, f"line {number}", f"a section has no closing ]: {line}")])
            section = _enter(found, line[1 : line.index("]")].strip())
            continue
        place = min((line.find(mark) for mark in "=:" if mark in line), default=-1)
        if place < 0:
            text_ = f"is neither a [section] nor key = value: {line}"
            raise DeclarationError([Problem(source, f"line {number}", text_)])
        section[line[:place].strip()] = _plain(line[place + 1 :].strip())
    return found


def _enter(found: dict[str, Any], name: str) -> dict[str, Any]:
    section = found
    for part in name.split(".", 1):
        inner = section.setdefault(part, {})
        section = inner if isinstance(inner, dict) else {}
    return section


def _plain(value: str) -> str:
    """A value without the quotes around it and with its backslash escapes read."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    if "\\" not in value:
        return value
    parts, rest = [], value
    while "\\" in rest:
        before, _, rest = rest.partition("\\")
        parts += [before, _ESCAPES.get(rest[:1], rest[:1])]
        rest = rest[1:]
    return "".join([*parts, rest])


def _wrong(path: Path, where: str, text: str) -> DeclarationError:
    return DeclarationError([Problem(path.name, where, text)])
