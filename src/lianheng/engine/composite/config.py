"""The pipeline file (TOML): inputs, steps, and what an uncertainty or sensitivity analysis varies."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .chain import Step, check_order
from .design import Assumption, assumption_from
from .errors import CompositeError
from .parameters import check_parameters
from .reading import Inputs, read_inputs

SECTIONS = ("input", "step", "assumption", "uncertainty", "sensitivity", "report")
INPUT = ("indicators", "units", "meta", "exclude", "time")
UNCERTAINTY = ("replicates", "seed", "top")
SENSITIVITY = ("replicates", "seed", "bootstrap", "confidence", "exact")
REPORT = ("title", "language")


@dataclass(frozen=True)
class Config:
    """A checked pipeline file."""

    path: Path
    files: Mapping[str, Path]
    exclude: tuple[str, ...]
    time: float | None
    steps: tuple[Step, ...]
    assumptions: tuple[Assumption, ...]
    uncertainty: Mapping[str, Any]
    sensitivity: Mapping[str, Any]
    report: Mapping[str, str]

    def sources(self) -> list[Path]:
        """Return every file that a result depends on."""
        return [self.path, *self.files.values(), *(path for step in self.steps for path in step.files())]

    def read(self) -> Inputs:
        """Read the input tables."""
        inputs = read_inputs(
            self.files["indicators"], self.files["meta"], self.files.get("units"), exclude=self.exclude
        )
        if self.time is None:
            return inputs
        if inputs.table.times is None or self.time not in inputs.table.times:
            raise CompositeError(f"time = {self.time:g}: the data have no such time", file=self.path.name)
        one = inputs.table.at(self.time)
        return Inputs(
            type(one)(one.units, one.codes, one.values, None, one.rows),
            inputs.framework,
            inputs.names,
            inputs.groups,
            inputs.denominators,
        )


def read_config(path: Path) -> Config:
    """Read and check a pipeline file.

    Parameters
    ----------
    path : path
        TOML with ``[input]``, one ``[[step]]`` per step, and optionally ``[[assumption]]``, ``[uncertainty]``,
        ``[sensitivity]``, ``[report]``. Paths are relative to the file.

    Returns
    -------
    Config

    Raises
    ------
    CompositeError
        For anything that cannot be read, and for every unknown key.
    """
    content = _load(path)
    _only(content, SECTIONS, "the file", path)
    section = _table(content, "input", path)
    _only(section, INPUT, "[input]", path)
    files = _files(section, path)
    steps = tuple(_step(raw, number, path) for number, raw in enumerate(_list(content, "step", path), start=1))
    try:
        check_order(steps)
        assumptions = tuple(
            assumption_from(raw, f"assumption {number}", steps)
            for number, raw in enumerate(_list(content, "assumption", path), start=1)
        )
    except CompositeError as error:
        raise CompositeError(error.problem, file=path.name) from None
    return Config(
        path=path,
        files=files,
        exclude=tuple(_texts(section.get("exclude", []), "exclude", path)),
        time=_time(section.get("time"), path),
        steps=steps,
        assumptions=assumptions,
        uncertainty=_numbers(_table(content, "uncertainty", path), UNCERTAINTY, "[uncertainty]", path),
        sensitivity=_numbers(_table(content, "sensitivity", path), SENSITIVITY, "[sensitivity]", path),
        report=_report(_table(content, "report", path), path),
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise CompositeError(f"cannot be read: {error.strerror}", file=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CompositeError(f"is not TOML: {error}", file=path.name) from None


def _only(table: Mapping[str, Any], known: tuple[str, ...], where: str, path: Path) -> None:
    for key in table:
        if key not in known:
            raise CompositeError(f"{where}: unknown key {key!r}; known are {', '.join(known)}", file=path.name)


def _table(content: Mapping[str, Any], name: str, path: Path) -> dict[str, Any]:
    section = content.get(name, {})
    if not isinstance(section, dict):
        raise CompositeError(f"write [{name}] as one table", file=path.name)
    return section


def _list(content: Mapping[str, Any], name: str, path: Path) -> list[dict[str, Any]]:
    found = content.get(name, [])
    if not isinstance(found, list):
        raise CompositeError(f"write [[{name}]] with two brackets on each side", file=path.name)
    return found


def _files(section: Mapping[str, Any], path: Path) -> dict[str, Path]:
    files = {}
    for name in ("indicators", "meta", "units"):
        value = section.get(name)
        if value is None and name == "units":
            continue
        if not isinstance(value, str):
            raise CompositeError(f"[input] needs {name}, the path of a CSV file", file=path.name)
        files[name] = path.parent / value
    return files


def _step(raw: Mapping[str, Any], number: int, path: Path) -> Step:
    do = raw.get("do")
    if not isinstance(do, str):
        raise CompositeError(f"step {number} does not say what to do", file=path.name)
    given = {key: value for key, value in raw.items() if key != "do"}
    try:
        return Step(do, check_parameters(do, given, f"step {number} ({do})"), path.parent)
    except CompositeError as error:
        raise CompositeError(error.problem, file=path.name) from None


def _texts(value: Any, name: str, path: Path) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise CompositeError(f"{name} is a list of codes", file=path.name)
    return value


def _time(value: Any, path: Path) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CompositeError(f"time = {value!r} is not a number", file=path.name)
    return float(value)


def _numbers(section: Mapping[str, Any], known: tuple[str, ...], where: str, path: Path) -> dict[str, Any]:
    _only(section, known, where, path)
    for key, value in section.items():
        if key == "exact":
            good = isinstance(value, bool)
        elif key == "confidence":
            good = isinstance(value, float) and 0 < value < 1
        elif key == "top":
            good = isinstance(value, list) and all(isinstance(k, int) and k > 0 for k in value)
        else:
            good = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        if not good:
            raise CompositeError(f"{where}: {key} = {value!r} cannot be used", file=path.name)
    return dict(section)


def _report(section: Mapping[str, Any], path: Path) -> dict[str, str]:
    _only(section, REPORT, "[report]", path)
    for key, value in section.items():
        if not isinstance(value, str):
            raise CompositeError(f"[report]: {key} = {value!r} is not a text", file=path.name)
    if section.get("language", "en") not in ("en", "zh-CN"):
        raise CompositeError("[report]: language is en or zh-CN", file=path.name)
    return dict(section)
