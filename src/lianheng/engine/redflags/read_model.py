"""Reads model.yaml. Strict: what is not known, misspelt or missing is named, all of it at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lianheng.engine.redflags import model as m
from lianheng.engine.redflags.fields import Fields
from lianheng.engine.redflags.register import read_type
from lianheng.engine.redflags.types import ColumnType

ID = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,47}")
FIELD = re.compile(r"\{([^{}]*)\}")
FORMAT = re.compile(r"([a-z][a-z0-9_]*)(?::(\d{1,2}|\d?%))?")


def read_model(document: Any, file: str) -> m.Model:
    """A model from the value of its model.yaml; the query is added by `Model.with_query`.

    Parameters
    ----------
    document : the value of the YAML file.
    file : its path for messages, `<id>/model.yaml`: the folder carries the model's id.

    Returns
    -------
    The model, without its query.

    Raises
    ------
    DeclarationError naming every problem with file and key.

    See docs/reference/redflags-model-format.md for every key.
    """
    row = Fields(document, file)
    id_ = row.text("id", pattern=ID)
    folder = file.split("/")[-2] if "/" in file else id_
    if id_ and id_ != folder:
        row.note("id", f"is {id_!r}, but the folder is named {folder!r}")
    about = {
        "version": row.whole("version", at_least=1),
        "title": row.text("title"),
        "domain": row.text("domain"),
        "status": row.choice("status", m.STATUSES),
        "level": row.choice("level", m.LEVELS),
        "kind": row.choice("kind", m.KINDS),
        "owner": row.text("owner"),
        "source": row.text("source"),
        "purpose": row.text("purpose"),
        "false_positives": row.texts("false_positives"),
        "blind_spots": row.texts("blind_spots", required=False),
        "next_steps": row.texts("next_steps"),
        "review": row.day("review", required=True),
        "related": tuple(_related(row)),
        **_valid(row),
        "legal_basis": tuple(_basis(fields) for fields in row.rows("legal_basis")),
        **_unit(row),
        "inputs": {name: _input(name, fields) for name, fields in row.named("inputs")},
        "prepared": row.texts("prepared", required=False),
        "parameters": {name: _parameter(name, fields) for name, fields in row.named("parameters", required=False)},
        "settings": _texts(row, "settings", required=False),
        "materiality": row.text("materiality"),
        **_window(row),
        **_missing(row),
        "measures": {name: _measure(name, fields) for name, fields in row.named("measures", required=False)},
        "reasons": _texts(row, "reasons"),
        "evidence": tuple(_evidence(fields) for fields in row.rows("evidence", required=False)),
        "decisive": row.text("decisive", default=""),
        **_privacy(row),
    }
    row.close()
    _cross_check(row, about)
    row.refuse()
    return m.Model(id=id_, file=file, **about)


def _related(row: Fields) -> list[tuple[str, str]]:
    pairs = []
    for fields in row.rows("related", required=False):
        pairs.append(
            (fields.text("id"), fields.choice("type", ("similar", "derived", "renamed", "obsolete", "merged")))
        )
        fields.close()
    return pairs


def _valid(row: Fields) -> dict[str, Any]:
    fields = row.inner("valid")
    if not fields:
        return {"valid_from": None, "valid_to": None}
    valid = {"valid_from": fields.day("from", required=True), "valid_to": fields.day("to")}
    fields.close()
    return valid


def _basis(row: Fields) -> m.Basis:
    basis = m.Basis(row.text("text"), row.text("article", default=""), row.day("valid_from"), row.day("valid_to"))
    row.close()
    return basis


def _unit(row: Fields) -> dict[str, Any]:
    fields = row.inner("unit")
    if not fields:
        return {"unit": "", "keys": {}, "key_labels": {}}
    name, keys, labels = fields.text("name"), {}, {}
    for key, column in fields.named("keys"):
        keys[key], labels[key] = read_type(column, "type"), column.text("label")
        column.close()
    fields.close()
    return {"unit": name, "keys": keys, "key_labels": labels}


def _columns(row: Fields, key: str) -> dict[str, ColumnType]:
    value = row.raw(key)
    inner = Fields(value if value is not None else {}, row.file, f"{row.where}.{key}", row.problems)
    return {name: read_type(inner, name) for name in (value if isinstance(value, dict) else {})}


def _input(name: str, row: Fields) -> m.Input:
    given = m.Input(
        register=name,
        columns=_columns(row, "columns"),
        freshness_days=row.whole("freshness_days", at_least=1),
        required=row.flag("required", True),
        purpose=row.text("purpose"),
        narrow=row.text("narrow", default=""),
    )
    row.close()
    return given


def _parameter(name: str, row: Fields) -> m.Parameter:
    type_ = read_type(row, "type")
    if type_.name == "timestamp":
        row.note("type", "a parameter is text, integer, decimal, date or boolean")
    varies = row.texts("varies", required=False)
    for word in varies:
        if word not in ("region", "day"):
            row.note("varies", f"by region and day, not by {word!r}")
    parameter = m.Parameter(
        name=name, type=type_, default=_typed(row, "default", type_), at_least=row.number("min"),
        at_most=row.number("max"), unit=row.text("unit", default=""), meaning=row.text("meaning"), varies=varies,
    )  # fmt: skip
    row.close()
    if type_.name in ("integer", "decimal") and (parameter.at_least is None or parameter.at_most is None):
        row.note("min, max", "a number needs both bounds, so that a slip of the finger is noticed")
    problem = out_of_bounds(parameter, parameter.default)
    if problem:
        row.note("default", problem)
    return parameter


def _typed(row: Fields, key: str, type_: ColumnType) -> Any:
    try:
        return type_.value(row.raw(key))
    except ValueError as error:
        row.note(key, str(error))
        return None


def out_of_bounds(parameter: m.Parameter, value: Any) -> str:
    """Why a value is outside the parameter's bounds; empty where it is inside."""
    if value is None or parameter.type.name not in ("integer", "decimal"):
        return ""
    low, high = parameter.at_least, parameter.at_most
    if (low is not None and Decimal(value) < low) or (high is not None and Decimal(value) > high):
        return f"{value} is out of bounds: {parameter.name} goes from {low} to {high} {parameter.unit}".rstrip()
    return ""


def wrong_value(parameter: m.Parameter, raw: Any) -> str:
    """Why a written value cannot be the parameter's, with what can; empty where it can."""
    try:
        return out_of_bounds(parameter, parameter.type.value(raw))
    except ValueError as error:
        low, high = parameter.at_least, parameter.at_most
        bounds = f", from {low} to {high}" if low is not None or high is not None else ""
        return f"{error}: {parameter.name} is {parameter.default} by default{bounds}"


def _window(row: Fields) -> dict[str, int | None]:
    fields = row.inner("window")
    if not fields:
        return {"lookback_years": None}
    back = fields.raw("lookback_years")
    ahead = fields.whole("lookahead_years", default=0, at_least=0)
    fields.close()
    if back != "all" and (not isinstance(back, int) or isinstance(back, bool) or back < 0):
        fields.note("lookback_years", f"a whole number of years, or all; got {back!r}")
    return {"lookback_years": back if isinstance(back, int) else None, "lookahead_years": ahead}


def _missing(row: Fields) -> dict[str, str]:
    fields = row.inner("missing")
    if not fields:
        return {"missing": "cannot_tell", "missing_text": ""}
    missing = {"missing": fields.choice("rule", m.MISSING), "missing_text": fields.text("text")}
    fields.close()
    return missing


def _measure(name: str, row: Fields) -> m.Measure:
    measure = m.Measure(
        name, read_type(row, "type"), row.text("label"), row.text("unit", default=""), row.flag("running", False)
    )
    row.close()
    return measure


def _texts(row: Fields, key: str, required: bool = True) -> dict[str, str]:
    fields = row.inner(key, required)
    return {code: fields.text(code) for code in fields.written()} if fields else {}


def _evidence(row: Fields) -> m.Evidence:
    register = row.text("register")
    match, first = (row.raw(key, required=False) or {} for key in ("match", "first"))
    between = row.raw("between", required=False) or {}
    evidence = m.Evidence(
        register=register,
        match={str(key): str(value) for key, value in match.items()} if isinstance(match, dict) else {},
        between=_ranges(row, between),
        limit=row.whole("limit", default=200, at_least=1),
        first={str(key): str(value) for key, value in first.items()} if isinstance(first, dict) else {},
        period=row.text("period", default=""),
    )
    row.close()
    if not evidence.match:
        row.note("match", "name at least one register column and the result column that it equals")
    return evidence


def _ranges(row: Fields, between: Any) -> dict[str, tuple[str, str]]:
    ranges = {}
    for column, pair in between.items() if isinstance(between, dict) else ():
        if isinstance(pair, list) and len(pair) == 2:
            ranges[str(column)] = (str(pair[0]), str(pair[1]))
        else:
            row.note("between", f"{column} needs [from column, to column] of the result")
    return ranges


def _privacy(row: Fields) -> dict[str, Any]:
    fields = row.inner("privacy")
    if not fields:
        return {"person_columns": (), "people": False}
    privacy = {
        "person_columns": fields.texts("person_columns", required=False),
        "people": fields.flag("people", False),
    }
    fields.text("note")
    fields.close()
    return privacy


def _cross_check(row: Fields, about: Mapping[str, Any]) -> None:
    """What names something must name something that is there."""
    returned = {*about["keys"], "period", *about["measures"]}
    for name in {*about["keys"], *about["measures"]} & set(m.FIXED_COLUMNS):
        row.note("measures", f"{name!r} is a column that every query returns: choose another name")
    for name in set(about["keys"]) & set(about["measures"]):
        row.note("measures", f"{name!r} is a key of the unit already")
    for name in (set(about["keys"]) | set(about["measures"])) & set(about["parameters"]):
        row.note("parameters", f"{name!r} is a key or measure already, so {{{name}}} in a text would be either")
    for code, text in about["reasons"].items():
        for found in FIELD.findall(text):
            _check_field(row, f"reasons.{code}", found, returned | set(about["parameters"]))
    for number, evidence in enumerate(about["evidence"], 1):
        _check_evidence(row, f"evidence[{number}]", evidence, about["inputs"], returned)
        if evidence.first and not about["decisive"]:
            row.note(f"evidence[{number}].first", "needs the model's `decisive` query, which says what comes first")
    if about["decisive"] and not any(evidence.first for evidence in about["evidence"]):
        row.note("decisive", "orders evidence, and no line of `evidence` says `first`")
    if about["materiality"] != "none" and about["materiality"] not in about["parameters"]:
        row.note("materiality", "names the parameter below which nothing is worth a question, or is `none`")
    for name in about["person_columns"]:
        if not any(name in given.columns for given in about["inputs"].values()):
            row.note("privacy.person_columns", f"{name!r} is a column of no input")


def _check_field(row: Fields, where: str, found: str, known: set[str]) -> None:
    match = FORMAT.fullmatch(found)
    if not match:
        row.note(where, f"{{{found}}} is not readable: {{name}}, {{name:2}} decimals, {{name:%}} or {{name:1%}}")
    elif match[1] not in known:
        row.note(where, f"{{{match[1]}}} is no key, measure or parameter; there are {', '.join(sorted(known))}")


def _check_evidence(
    row: Fields, where: str, evidence: m.Evidence, inputs: Mapping[str, m.Input], returned: set[str]
) -> None:
    given = inputs.get(evidence.register)
    if given is None:
        row.note(f"{where}.register", f"{evidence.register!r} is no input of this model")
        return
    for column in filter(None, [*evidence.match, *evidence.between, *evidence.first, evidence.period]):
        if column not in given.columns:
            row.note(where, f"{column!r} is no declared column of {evidence.register}")
    for name in [*evidence.match.values(), *(end for pair in evidence.between.values() for end in pair)]:
        if name not in returned:
            row.note(where, f"{name!r} is not returned by the query: name a key, period or a measure")
