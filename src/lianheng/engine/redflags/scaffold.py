"""A new model to start from: three files that pass `lianheng models test` as they are."""

from __future__ import annotations

from lianheng.engine.redflags.register import Register

_MODEL = """id: {id}
version: 1
title: 每{label}行数过多（请改写）
domain: 请填写领域
status: experimental
level: low
kind: risk
owner: 请填写负责单位
source: (draft)
unit: {{name: {label}·年度, keys: {{{key}: {{type: {key_type}, label: {label}}}}}}}
legal_basis:
  - {{text: 请填写依据 (draft)}}
valid: {{from: 2000-01-01}}
purpose: 请写明为什么这是问题，常见手法是什么。
false_positives: [请写明哪些正常情形也会被提出]
next_steps: [请写明如何核查]
review: 2030-12-31
inputs:
  {register}:
    purpose: 请写明为何需要这些列
    freshness_days: 400
    columns: {{{columns}}}
parameters:
  most: {{type: integer, default: 3, min: 0, max: 1000000, meaning: 一年超过多少行才提出}}
materiality: most
window: {{lookback_years: 0}}
missing: {{rule: cannot_tell, text: 请写明缺什么数据时不能判断。}}
measures:
  rows_found: {{type: integer, label: 行数}}
reasons:
  too_many: '{{{key}}} {{period}}年有{{rows_found}}行，超过{{most}}行。'
  blank: '{{period}}年有{{rows_found}}行没有{label}，不能判断。'
evidence:
  - {{register: {register}, match: {{{key}: {key}}}}}
privacy: {{people: false, note: 请写明涉及哪些个人信息。}}
"""

_QUERY = """-- One SELECT over the declared inputs; see docs/reference/redflags-model-format.md.
WITH counted AS (
  SELECT coalesce({text}, '') AS {key}, {year} AS year, count(*) AS rows_found
  FROM {register}
  GROUP BY coalesce({text}, ''), {year}
),
judged AS (
  SELECT *, CASE WHEN {key} = '' THEN 'blank' WHEN rows_found > $most THEN 'too_many' END AS reason
  FROM counted
)
SELECT
  {key}, CAST(year AS VARCHAR) AS period,
  CASE WHEN reason IS NULL THEN 'clear' WHEN reason = 'blank' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE WHEN reason = 'too_many' THEN 'blue' END AS colour,
  CASE WHEN reason = 'too_many' THEN CAST(least(100, 20 + rows_found) AS INTEGER) END AS score,
  reason, FALSE AS explainable, rows_found
FROM judged
WHERE reason IS NOT NULL
"""

_TESTS = """cases:
  - name: 四行超过三行，提出
    shows: flag
    given: {{{register}: [{four}]}}
    expect: [{{{key}: A, period: '{year}', result: flag, colour: blue, rows_found: 4}}]
  - name: 恰好三行，不提出
    shows: just_under
    given: {{{register}: [{three}]}}
    expect: []
  - name: 没有{label}，不能判断
    shows: cannot_tell
    given: {{{register}: [{nameless}]}}
    expect: [{{{key}: '', period: '{year}', result: cannot_tell}}]
"""


def new_model(id_: str, register: Register) -> dict[str, str]:
    """The files of a model that counts a register's rows by its first text key, to be rewritten.

    Parameters
    ----------
    id_ : of the model.
    register : that it reads.

    Returns
    -------
    File name → text.
    """
    key = next((name for name in register.key if register.types[name].name == "text"), register.key[0])
    column = register.columns[key]
    year, cells = "extract(year FROM $today)", ""
    columns = {key: str(column.type)}
    if register.period:
        type_ = register.types[register.period]
        columns[register.period] = str(type_)
        plain = type_.name == "integer"
        year = register.period if plain else f"extract(year FROM {register.period})"
        cells = f", {register.period}: {'2024' if plain else '2024-06-30'}"
    text = key if column.type.name == "text" else f"CAST({key} AS VARCHAR)"
    words = {
        "id": id_, "register": register.id, "key": key, "key_type": "text", "label": column.label, "year": year,
        "text": text, "columns": ", ".join(f"{name}: '{type_}'" for name, type_ in columns.items()),
    }  # fmt: skip
    row, nameless = f"{{{key}: A{cells}}}", f"{{{key}: null{cells}}}"
    counts = {"three": ", ".join([row] * 3), "four": ", ".join([row] * 4), "nameless": nameless}
    return {
        "model.yaml": _MODEL.format(**words),
        "query.sql": _QUERY.format(**words),
        "tests.yaml": _TESTS.format(**{**words, "year": "2024"}, **counts),
    }
