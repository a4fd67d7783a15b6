"""A whole assessment year as one pure function: package in, results out, equal bytes anywhere.

The package is plain JSON-ready data. The server builds one from its frozen snapshot and keeps it; `lianheng assess
recompute` gets the same bytes from it on another machine, without a database.

Form of a package::

    {"format": "lianheng-year/1", "year": 2025,
     "schemes": {"X": <declared form>, …},
     "sheets": [{"unit": "X430421-003", "scheme": "X", "group": "X", "county": "430421", "parent": "", "area": "",
                 "values": {measure: value}, "judged": {item: points}, "events": [{…}],
                 "quarters": {"2025Q1": {measure: value}, …}}, …]}

List scores come first: an evaluation reads them as the measures `assessment.units_at_standard` and `assessment.units`
(for an area: the institutions in its county; for an organ: its subordinates), and as its own list score (V2).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import rfc8785

from lianheng.engine.scoring.inputs import Event, UnitInput
from lianheng.engine.scoring.ranking import Placing
from lianheng.engine.scoring.scheme import Scheme
from lianheng.engine.scoring.score import rank, score_all, score_unit

FORMAT = "lianheng-year/1"
# "Units of the area at or above 80 on their standard list" (indicator EB1.2).
STANDARD_LINE = Decimal(80)
AT_STANDARD, UNITS = "assessment.units_at_standard", "assessment.units"
_NO_LISTS = {AT_STANDARD: 0, UNITS: 0}


class PackageError(ValueError):
    """A package that is not of the declared form."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One sheet's result: what went into the engine, and its place in its group."""

    unit: str
    scheme: str
    group: str
    input: UnitInput
    placing: Placing


def compute_year(package: Mapping[str, Any]) -> list[Outcome]:
    """Score and rank every sheet of a year.

    Parameters
    ----------
    package : the form above; numbers as int or text.

    Returns
    -------
    Outcomes ordered by scheme, group, place and unit code; sheets without a score come last in their group. No sheets
    give an empty list.

    Raises
    ------
    PackageError for another format or an unknown scheme; SchemeError for a scheme that does not hold.
    """
    if package.get("format") != FORMAT:
        raise PackageError(f"format is {package.get('format')!r}, expected {FORMAT!r}")
    schemes = {code: Scheme.from_dict(content) for code, content in package["schemes"].items()}
    by_scheme: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for sheet in package["sheets"]:
        if sheet["scheme"] not in schemes:
            raise PackageError(f"sheet of unit {sheet['unit']} names the unknown scheme {sheet['scheme']!r}")
        by_scheme[sheet["scheme"]].append(sheet)
    lists = [code for code in sorted(by_scheme) if schemes[code].kind == "list"]
    evaluations = [code for code in sorted(by_scheme) if schemes[code].kind != "list"]
    outcomes = [outcome for code in lists for outcome in _scheme_outcomes(code, schemes[code], by_scheme[code])]
    derived = _Derived(outcomes, package["sheets"])
    for code in evaluations:
        outcomes += _scheme_outcomes(code, schemes[code], by_scheme[code], derived)
    return outcomes


def results_bytes(outcomes: Iterable[Outcome]) -> bytes:
    """Write outcomes as canonical JSON (RFC 8785): equal results, equal bytes."""
    return rfc8785.dumps({"format": "lianheng-results/1", "results": [outcome_dict(outcome) for outcome in outcomes]})


def outcome_dict(outcome: Outcome) -> dict[str, Any]:
    """Return one outcome as JSON-ready data."""
    placing = outcome.placing
    return {
        "unit": outcome.unit,
        "scheme": outcome.scheme,
        "group": outcome.group,
        "place": placing.place,
        "grade": placing.grade,
        "praised": placing.praised,
        "interviewed": placing.interviewed,
        "score": placing.score.to_dict(),
    }


def input_dict(unit: UnitInput) -> dict[str, Any]:
    """Return an input as JSON-ready data; `input_from` reads it back."""
    return {
        "code": unit.code,
        "values": {key: _text(value) for key, value in unit.values.items()},
        "judged": {item: str(points) for item, points in unit.judged.items()},
        "events": [event_dict(event) for event in unit.events],
        "quarters": [str(score) for score in unit.quarters],
        "list_score": _text(unit.list_score),
    }


def input_from(data: Mapping[str, Any]) -> UnitInput:
    """Read back what `input_dict` wrote."""
    return UnitInput(
        code=data["code"],
        values=data["values"],
        judged={item: Decimal(points) for item, points in data["judged"].items()},
        events=tuple(Event(**event) for event in data["events"]),
        quarters=tuple(Decimal(score) for score in data["quarters"]),
        list_score=None if data["list_score"] is None else Decimal(data["list_score"]),
    )


def event_dict(event: Event) -> dict[str, Any]:
    """Return an event as JSON-ready data."""
    return {
        "code": event.code,
        "kind": event.kind,
        "found": event.found,
        "mended": event.mended,
        "item": event.item,
        "days_overdue": event.days_overdue,
    }


class _Derived:
    """What an evaluation reads from the list scores of the same year."""

    def __init__(self, outcomes: Sequence[Outcome], sheets: Sequence[Mapping[str, Any]]) -> None:
        place = {sheet["unit"]: sheet for sheet in sheets}
        self.own: dict[str, Decimal] = {}
        self._counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for outcome in outcomes:
            final = outcome.placing.final
            if final is None:
                continue
            self.own[outcome.unit] = final
            for kind in ("county", "parent"):
                key = place[outcome.unit].get(kind) or ""
                if key:
                    count = self._counts[kind, key]
                    count[0] += final >= STANDARD_LINE
                    count[1] += 1

    def values(self, sheet: Mapping[str, Any]) -> dict[str, int]:
        """Return the two measures of an area (its county) or an organ (its subordinates)."""
        key = ("county", sheet["area"]) if sheet.get("area") else ("parent", sheet["unit"])
        at_standard, units = self._counts.get(key, (0, 0))
        return {AT_STANDARD: at_standard, UNITS: units}


def _scheme_outcomes(
    code: str, scheme: Scheme, sheets: Sequence[Mapping[str, Any]], derived: _Derived | None = None
) -> list[Outcome]:
    inputs = {sheet["unit"]: _unit_input(scheme, sheet, derived) for sheet in sheets}
    group_of = {sheet["unit"]: sheet["group"] for sheet in sheets}
    if len(inputs) != len(sheets):
        raise PackageError(f"a unit has two sheets of scheme {code!r}")
    scores: dict[str, list[Any]] = defaultdict(list)
    for score in score_all(scheme, inputs.values()):
        scores[group_of[score.unit]].append(score)
    return [
        Outcome(placing.unit, code, group, inputs[placing.unit], placing)
        for group in sorted(scores)
        for placing in rank(scheme, scores[group])
    ]


def _unit_input(scheme: Scheme, sheet: Mapping[str, Any], derived: _Derived | None) -> UnitInput:
    values = dict(sheet["values"])
    own = None
    if derived is not None:
        values |= derived.values(sheet)
        own = derived.own.get(sheet["unit"])
    return UnitInput(
        code=sheet["unit"],
        values=values,
        judged={item: Decimal(points) for item, points in sheet["judged"].items()},
        events=tuple(Event(**event) for event in sheet["events"]),
        quarters=_quarter_scores(scheme, sheet) if scheme.daily else (),
        list_score=own,
    )


def _quarter_scores(scheme: Scheme, sheet: Mapping[str, Any]) -> tuple[Decimal, ...]:
    """Score each quarterly snapshot that is complete; one with a missing value does not count as a quarter.

    List scores come once a year: in a quarter the indicator that reads them does not apply, unless values were entered.
    """
    scores = (
        score_unit(scheme, UnitInput(code=sheet["unit"], values=_NO_LISTS | values)).final
        for _, values in sorted(sheet.get("quarters", {}).items())
    )
    return tuple(score for score in scores if score is not None)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
