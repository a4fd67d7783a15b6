"""Chinese sentences with the numbers, written by the database itself: millions of rows cost no Python loop."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from lianheng.engine.redflags.binding import literal, value_in_force
from lianheng.engine.redflags.cases import result_types
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.read_model import FORMAT

_PARTS = re.compile(r"\{([^{}]*)\}")
NOTHING = "—"


def explanation_sql(model: Model, today: dt.date) -> str:
    """A SQL expression over the columns of a model's result that gives the sentence of the row's reason.

    Parameters
    ----------
    model : whose `reasons` are the sentences.
    today : for the parameters in them.

    Returns
    -------
    DuckDB SQL. A null in a sentence is shown as —; person columns are shortened to eight characters.
    """
    arms = " ".join(
        f"WHEN {_text(code)} THEN {sentence_sql(model, sentence, today)}" for code, sentence in model.reasons.items()
    )
    return f"CASE reason {arms} ELSE reason END"


def sentence_sql(model: Model, sentence: str, today: dt.date) -> str:
    """One sentence as a SQL expression."""
    parts = []
    for number, part in enumerate(_PARTS.split(sentence)):
        if number % 2 == 0:
            parts.append(_text(part))
        else:
            parts.append(_field(model, part, today))
    return f"concat({', '.join(parts)})"


def _field(model: Model, field: str, today: dt.date) -> str:
    found = FORMAT.fullmatch(field)
    assert found is not None, field  # read_model has checked it
    name, form = found[1], found[2] or ""
    source = f'"{name}"'
    if name in model.parameters and name not in result_types(model):
        parameter = model.parameters[name]
        source = literal(value_in_force(parameter, "", today), parameter.type).sql(dialect="duckdb")
    shown: Callable[[str], str] = _shortened if name in model.person_columns else _plain
    if form.endswith("%"):
        digits = int(form[:-1] or 0)
        shown = lambda x: f"CAST(CAST(round(({x}) * 100, {digits}) AS DECIMAL(38, {digits})) AS VARCHAR) || '%'"  # noqa: E731
    elif form:
        shown = lambda x: f"CAST(CAST(round({x}, {int(form)}) AS DECIMAL(38, {int(form)})) AS VARCHAR)"  # noqa: E731
    return f"coalesce({shown(source)}, '{NOTHING}')"


def _plain(source: str) -> str:
    return f"CAST({source} AS VARCHAR)"


def _shortened(source: str) -> str:
    return f"left(CAST({source} AS VARCHAR), 8)"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
