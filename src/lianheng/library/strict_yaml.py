"""YAML as the library writes it: YAML 1.2 booleans, no dates, no repeated keys, no aliases, bounded size."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # a PyYAML built without libyaml: the same values, some five times slower
    from yaml import SafeLoader as _Base  # type: ignore[assignment]

MAX_BYTES = 2_000_000


class YamlError(ValueError):
    """A file that cannot be read as library YAML; the text says where and why."""


class _Loader(_Base):
    """SafeLoader without YAML 1.1's surprises: `yes`, `on`, `2026-01-01` and `1:30` stay text."""


_DROPPED = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int")
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag not in _DROPPED]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
# Octal and sexagesimal forms are left out: 010 is a code that lost its quotes, not the number eight.
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"key {key!r} stands twice", key_node.start_mark)
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def parse_yaml(text: str) -> Any:
    """The value that a YAML text holds.

    Parameters
    ----------
    text : one YAML document.

    Returns
    -------
    Dicts with text keys, lists, text, int, float, bool, None. An empty text gives None.

    Raises
    ------
    YamlError with line and column.

    Example
    -------
    >>> parse_yaml("{yes: current, day: 2026-01-01, on: true}")
    {'yes': 'current', 'day': '2026-01-01', 'on': True}
    """
    try:
        # Aliases are refused before anything is built: nested ones grow without bound. None is without its star.
        for token in yaml.scan(text, Loader=_Loader) if "*" in text else ():
            if isinstance(token, yaml.AliasToken):
                raise YamlError(f"line {token.start_mark.line + 1}: aliases (*{token.value}) are not allowed")
        return yaml.load(text, Loader=_Loader)  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise YamlError(f"{place}{error.problem or error.context}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise YamlError(f"not readable as YAML ({type(error).__name__})") from error


def read_yaml(path: Path) -> Any:
    """The value in a YAML file; YamlError also for a file that is absent, too large or not UTF-8."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise YamlError(f"larger than {MAX_BYTES} bytes")
        return parse_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise YamlError(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise YamlError("not UTF-8 text") from error
