"""tests.yaml: small registers in, rows out; every model carries the cases that show what it means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lianheng.engine.redflags.fields import Fields
from lianheng.engine.redflags.model import RESULTS, Model
from lianheng.engine.redflags.read_model import out_of_bounds
from lianheng.engine.redflags.types import ColumnType

SHOWS = ("flag", "just_under", "cannot_tell", "false_positive", "other")
NEEDED = SHOWS[:3]
EVIDENCE = "evidence"
_FIXED_TYPES = {
    "period": ColumnType("text"),
    "result": ColumnType("text"),
    "colour": ColumnType("text"),
    "score": ColumnType("integer"),
    "reason": ColumnType("text"),
    "explainable": ColumnType("boolean"),
}
Rows = tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Deciding:
    """A row that must be frozen with the flag of this `key` (keys and period); the first of a register comes first."""

    key: tuple[Any, ...]
    register: str
    row: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One test: `given` holds every input's rows in the order of its declared columns."""

    name: str
    shows: str
    today: dt.date
    parameters: dict[str, Any]
    given: dict[str, Rows]
    expect: tuple[dict[str, Any], ...]
    evidence: tuple[Deciding, ...] = ()


def read_cases(document: Any, model: Model, file: str) -> tuple[Case, ...]:
    """The cases of a tests.yaml.

    Parameters
    ----------
    document : the value of the YAML file.
    model : whose inputs, keys and measures the rows have.
    file : its name, for messages.

    Returns
    -------
    Cases in the order of the file.

    Raises
    ------
    DeclarationError naming every problem; also where no case shows a flag, one just under it, or a cannot-tell.
    """
    top = Fields(document, file)
    common = _given(top.inner("common", required=False), model)
    cases = tuple(_case(fields, model, common) for fields in top.rows("cases"))
    top.close()
    for word in NEEDED:
        if not any(case.shows == word for case in cases):
            top.note("cases", f"no case with `shows: {word}`: each model has at least one")
    top.refuse()
    return cases


def _case(row: Fields, model: Model, common: Mapping[str, Rows]) -> Case:
    name = row.text("name")
    expected = [(_expected(fields, model), fields) for fields in row.rows("expect")]
    case = Case(
        name=name,
        shows=row.choice("shows", SHOWS),
        today=row.day("today") or dt.date(2024, 12, 31),
        parameters=_parameters(row, model),
        given=dict.fromkeys(model.inputs, ()) | dict(common) | _given(row.inner("given", False), model),
        expect=tuple(values for values, _ in expected),
        evidence=tuple(row for values, fields in expected for row in _deciding(fields, model, values)),
    )
    row.close()
    flags = [values for values in case.expect if values["result"] == "flag"]
    if case.shows == "flag" and not flags:
        row.note("expect", f"{name}: shows a flag, and expects none")
    if case.shows == "cannot_tell" and all(values["result"] != "cannot_tell" for values in case.expect):
        row.note("expect", f"{name}: shows a cannot_tell, and expects none")
    return case


def _parameters(row: Fields, model: Model) -> dict[str, Any]:
    given = row.raw("parameters", required=False) or {}
    values = {}
    for name, value in given.items() if isinstance(given, dict) else ():
        parameter = model.parameters.get(name)
        if parameter is None:
            row.note("parameters", f"{name!r} is no parameter of {model.id}")
            continue
        values[name] = _value(row, f"parameters.{name}", parameter.type, value)
        problem = out_of_bounds(parameter, values[name])
        if problem:
            row.note(f"parameters.{name}", problem)
    return values


def _given(row: Fields | None, model: Model) -> dict[str, Rows]:
    if row is None:
        return {}
    given = {}
    for register, source in model.inputs.items():
        table = row.raw(register, required=False) if row.has(register) else None
        if table is not None:
            given[register] = tuple(_rows(row, register, source.columns, table))
    for key in row.written():
        if key not in model.inputs:
            row.note(key, f"is no input of {model.id}; there are {', '.join(model.inputs)}")
    return given


def _rows(row: Fields, register: str, columns: Mapping[str, ColumnType], table: Any) -> list[tuple[Any, ...]]:
    """Rows from a list of mappings, or from `{columns: […], rows: [[…], …]}`; a column left out is null."""
    if isinstance(table, dict) and set(table) == {"columns", "rows"}:
        table = [dict(zip(table["columns"], cells, strict=False)) for cells in table["rows"]]
    rows = []
    for number, entry in enumerate(table if isinstance(table, list) else [table], 1):
        where = f"{register}[{number}]"
        if not isinstance(entry, dict):
            row.note(where, "expected a mapping from column to value")
            continue
        for name in entry:
            if name not in columns:
                row.note(where, f"{name!r} is no declared column; there are {', '.join(columns)}")
        rows.append(tuple(_value(row, f"{where}.{name}", type_, entry.get(name)) for name, type_ in columns.items()))
    return rows


def _value(row: Fields, where: str, type_: ColumnType, raw: Any) -> Any:
    try:
        return type_.value(raw)
    except ValueError as error:
        row.note(where, str(error))
        return None


def result_types(model: Model) -> dict[str, ColumnType]:
    """The type of every column that the query returns."""
    measures = {name: measure.type for name, measure in model.measures.items()}
    return {**model.keys, **_FIXED_TYPES, **measures}


def _expected(row: Fields, model: Model) -> dict[str, Any]:
    types = result_types(model)
    expected: dict[str, Any] = {"result": row.choice("result", RESULTS)}
    for name, type_ in types.items():
        if name != "result" and row.has(name):
            expected[name] = _value(row, name, type_, row.maybe(name))
    for key in row.written():
        if key not in types and key != EVIDENCE:
            row.note(key, f"is not returned by the query; there are {', '.join(types)}")
    for key in (*model.keys, "period"):
        if key not in expected:
            row.note(key, "is missing: a row is named by its keys and its period")
    if expected.get("reason") and expected["reason"] not in model.reasons:
        row.note("reason", f"{expected['reason']!r} is not declared under reasons")
    return expected


def _deciding(row: Fields, model: Model, expected: Mapping[str, Any]) -> list[Deciding]:
    """What `evidence` of an expected row says: register → the rows that decide, by some of their columns."""
    named = row.inner(EVIDENCE, required=False)
    if named is None:
        return []
    if expected["result"] != "flag":
        row.note(EVIDENCE, "only a flag has evidence")
    key = tuple(expected.get(name) for name in (*model.keys, "period"))
    rows = []
    for register in named.written():
        if all(register != line.register for line in model.evidence):
            named.note(register, f"{model.id} freezes no rows of it")
            continue
        for entry in named.rows(register):
            columns = model.inputs[register].columns
            for name in set(entry.written()) - set(columns):
                entry.note(name, f"is no declared column; there are {', '.join(columns)}")
            cells = {
                name: _value(entry, name, columns[name], entry.maybe(name))
                for name in entry.written()
                if name in columns
            }
            rows.append(Deciding(key, register, cells))
    return rows
