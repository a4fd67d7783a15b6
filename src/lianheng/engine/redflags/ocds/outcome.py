"""What a run found, and its JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TextIO

from lianheng.engine.redflags.ocds.lines import Lines
from lianheng.engine.redflags.ocds.maps import Maps

GROUPS = ("OCID", "Buyer", "ProcuringEntity", "Tenderer")
_PIECES = 20_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """Flags by group, id and indicator. Ids are in their JSON writing, quotes included."""

    flags: Mapping[str, Mapping[str, Mapping[str, float]]]
    meta: Mapping[str, Mapping[str, float]]
    maps: Maps | None
    lines: Lines
    processes: int
    warnings: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        """How many ids are flagged in each group that has any."""
        return {group: len(self.flags[group]) for group in GROUPS if group in self.flags}

    def write(self, file: TextIO, *, meta: bool = True) -> None:
        """Write the result as one JSON object."""
        parts: list[Iterator[str]] = [
            _object(group, (_flags(id_, codes) for id_, codes in self.flags[group].items()))
            for group in GROUPS
            if group in self.flags
        ]
        if meta:
            parts.append(_object("Meta", (_meta(code, values) for code, values in self.meta.items())))
        if self.maps is not None:
            parts.append(_object("Maps", ("".join(_object(name, iter(rows))) for name, rows in self.maps.items())))
        file.write("{")
        for number, part in enumerate(parts):
            file.write(",\n" if number else "")
            file.writelines(part)
        file.write("}\n")


def rounded(value: float) -> float | None:
    """A figure of Meta: four decimals, halves away from zero; None for what is not finite.

    Example
    -------
    >>> rounded(0.00005), rounded(-0.20165), rounded(float("nan"))
    (0.0001, -0.2017, None)
    """
    scaled = value * 10_000
    if not math.isfinite(scaled):
        return None
    whole = math.trunc(scaled)
    # The remainder is exact, so a half is a half.
    if abs(scaled - whole) >= 0.5:
        whole += 1 if scaled > 0 else -1
    return whole / 10_000


def _object(name: str, members: Iterator[str]) -> Iterator[str]:
    yield f'"{name}":{{'
    pieces: list[str] = []
    separator = ""
    for member in members:
        pieces.append(member)
        if len(pieces) == _PIECES:
            yield separator + ",".join(pieces)
            pieces, separator = [], ","
    if pieces:
        yield separator + ",".join(pieces)
    yield "}"


def _flags(id_: str, codes: Mapping[str, float]) -> str:
    rows = [f'"{code}":{_number(value)}' for code, value in codes.items()]
    return f"{id_}:{{{','.join(rows)}}}"


def _meta(code: str, values: Mapping[str, float]) -> str:
    rows = (f'"{name}":{_number(rounded(value))}' for name, value in values.items())
    return f'"{code}":{{{",".join(rows)}}}'


def _number(value: float | None) -> str:
    return "null" if value is None or not math.isfinite(value) else repr(float(value))
