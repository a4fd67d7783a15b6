"""The office's own values of parameters, and its suppressions: files beside the models, never changes in them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lianheng.engine.redflags.fields import Fields
from lianheng.engine.redflags.model import LocalValue, Model
from lianheng.engine.redflags.problems import DeclarationError, Problem, note_faults
from lianheng.engine.redflags.read_model import wrong_value


@dataclass(frozen=True, slots=True)
class Suppression:
    """抑制: a unit of a model that stays quiet for a time, with its reason and who approved it."""

    model: str
    unit: dict[str, str]
    period: str
    reason: str
    approver: str
    valid_from: dt.date
    expires: dt.date


def with_settings(
    models: Mapping[str, Model],
    document: Any,
    file: str = "settings.yaml",
    faults: dict[str, list[Problem]] | None = None,
) -> dict[str, Model]:
    """The models with the local values of a settings file.

    Parameters
    ----------
    models : by id.
    document : `{"parameters": [{model, parameter, value, region?, from?, reason, set_by, set_on, withdrawn?}]}`, or
        None. An entry with `withdrawn: true` takes the last entry above it with the same parameter, region and value
        back.
    file : its name, for messages.
    faults : gets the problems of an entry under its model's id, and the others keep their values; None: all are raised.

    Returns
    -------
    The models; those that the file does not name are the same objects.

    Raises
    ------
    DeclarationError: unknown model or parameter, a value out of bounds or of the wrong type, an entry without a reason.
    """
    if document is None:
        return dict(models)
    top = Fields(document, file)
    changed = dict(models)
    for row in top.rows("parameters", required=False):
        start_of_row = len(top.problems)
        model_id, name, reason = row.text("model"), row.text("parameter"), row.text("reason")
        row.text("set_by")
        row.text("was", default="")
        row.day("set_on", required=True)
        raw, region, start = row.raw("value"), row.text("region", default=""), row.day("from")
        withdrawn = row.flag("withdrawn", False)
        row.close()
        if withdrawn:
            _withdraw(row, models, changed, model_id, name, LocalValue(raw, region))
        else:
            _apply(row, changed, model_id, name, LocalValue(raw, region, start, reason))
        _set_apart(top, start_of_row, model_id, faults)
    top.close()
    top.refuse()
    return changed


def _set_apart(top: Fields, since: int, model_id: str, faults: dict[str, list[Problem]] | None) -> None:
    """Move the problems of one entry to its model; without a model they stay those of the whole file."""
    if faults is not None and model_id:
        note_faults(faults, model_id, top.problems[since:])
        del top.problems[since:]


def _withdraw(
    row: Fields, shipped: Mapping[str, Model], models: dict[str, Model], model_id: str, name: str, local: LocalValue
) -> None:
    """Leave out the value that the entry takes back; what the model's own file says cannot be taken back."""
    model = models.get(model_id)
    if model is None or name not in model.parameters:
        _apply(row, models, model_id, name, local)  # notes what is wrong
        return
    parameter = model.parameters[name]
    own = len(shipped[model_id].parameters[name].values)
    given = parameter.values[own:]
    try:
        value = parameter.type.value(local.value)
    except ValueError as error:
        row.note("value", str(error))
        return
    fitting = [place for place, one in enumerate(given) if (one.region, one.value) == (local.region, value)]
    if not fitting:
        row.note("withdrawn", f"no entry above sets {name} to {value}: there is nothing to take back")
        return
    left = (*parameter.values[:own], *given[: fitting[-1]], *given[fitting[-1] + 1 :])
    models[model_id] = replace(model, parameters={**model.parameters, name: replace(parameter, values=left)})


def standing_releases(document: Any, model_id: str) -> list[dict[str, Any]]:
    """The entries of a model in a settings file that were not taken back, in order.

    Example
    -------
    >>> first = {"model": "M05", "parameter": "g0", "value": "0.3"}
    >>> second = {"model": "M05", "parameter": "g0", "value": "0.4"}
    >>> rows = standing_releases({"parameters": [first, second, {**second, "withdrawn": True}]}, "M05")
    >>> [row["value"] for row in rows]
    ['0.3']
    """
    standing: list[dict[str, Any]] = []
    rows = (document or {}).get("parameters") if isinstance(document, dict) else None
    for row in rows or []:
        if not isinstance(row, dict) or row.get("model") != model_id:
            continue
        if not row.get("withdrawn"):
            standing.append(row)
            continue
        said = _said(row)
        places = [place for place, other in enumerate(standing) if _said(other) == said]
        if places:
            del standing[places[-1]]
    return standing


def _said(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row.get(key, "")) for key in ("parameter", "region", "value"))


def _apply(row: Fields, models: dict[str, Model], model_id: str, name: str, local: LocalValue) -> None:
    model = models.get(model_id)
    if model is None:
        return  # a library of its own may hold it
    parameter = model.parameters.get(name)
    if parameter is None:
        row.note("parameter", f"{name!r} is no parameter of {model_id}; there are {', '.join(model.parameters)}")
        return
    problem = wrong_value(parameter, local.value)
    if problem:
        row.note("value", problem)
        return
    value = parameter.type.value(local.value)
    if local.region and "region" not in parameter.varies:
        row.note("region", f"{name} does not vary by region: the query asks for ${name}")
    widened = replace(parameter, values=(*parameter.values, replace(local, value=value)))
    models[model_id] = replace(model, parameters={**model.parameters, name: widened})


def parameters_hash(model: Model, today: dt.date) -> str:
    """A short hash of the query and of every value in force: equal hash, equal question.

    A value that has not come into force yet is hashed as one that will: on its day the question changes.
    """
    values = {
        name: [str(p.default), [_hashed(value, today) for value in p.values]] for name, p in model.parameters.items()
    }
    said = json.dumps([model.id, model.version, model.query, values], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _hashed(value: LocalValue, today: dt.date) -> tuple[str, ...]:
    waits = value.valid_from is not None and value.valid_from > today
    return (str(value.value), value.region, str(value.valid_from), *(["waits"] if waits else []))


def read_suppressions(
    document: Any, file: str = "suppressions.yaml", faults: dict[str, list[Problem]] | None = None
) -> list[Suppression]:
    """The suppressions of a file; each needs a reason, an approver and a day on which it ends.

    `faults` gets the problems of an entry under its model's id, as for `with_settings`: a model with a suppression that
    cannot be read must not run as if nothing were suppressed.

    Example
    -------
    >>> read_suppressions({"suppressions": [{"model": "M05", "unit": {"village": "430400000001"}, "reason": "整治",
    ...     "approver": "李四", "from": "2024-01-01", "expires": "2024-12-31"}]})[0].expires
    datetime.date(2024, 12, 31)
    """
    if document is None:
        return []
    top = Fields(document, file)
    found = []
    for row in top.rows("suppressions", required=False):
        start_of_row = len(top.problems)
        unit = row.raw("unit")
        start, end = row.day("from", required=True), row.day("expires", required=True)
        if not isinstance(unit, dict) or not unit:
            row.note("unit", "name at least one key: {village: '430400000001'}")
            unit = {}
        if start and end and end <= start:
            row.note("expires", "must be after `from`")
        found.append(
            Suppression(row.text("model"), {key: str(value) for key, value in unit.items()}, row.text("period", ""),
                        row.text("reason"), row.text("approver"), start or dt.date.min, end or dt.date.min)
        )  # fmt: skip
        row.close()
        _set_apart(top, start_of_row, found[-1].model, faults)
    top.close()
    if top.problems:
        raise DeclarationError(top.problems)
    return found


def check_suppressions(suppressions: list[Suppression], models: Mapping[str, Model]) -> dict[str, list[Problem]]:
    """Suppressions whose unit names no key of their model, by model: they would never match."""
    problems: dict[str, list[Problem]] = {}
    for number, suppression in enumerate(suppressions, 1):
        model = models.get(suppression.model)
        for key in suppression.unit if model else ():
            if model and key not in model.keys:
                text = f"{key!r} is no key of {model.id}; its keys are {', '.join(model.keys)}"
                note_faults(problems, model.id, [Problem("suppressions.yaml", f"suppressions[{number}].unit", text)])
    return problems
