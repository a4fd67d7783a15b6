"""Reads items, parts and categories of a declared scheme, noting each problem with its place."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lianheng.engine.scoring.declared import Category, Item, Part, Term, Variable
from lianheng.engine.scoring.rules import PART_CODES
from lianheng.engine.scoring.sheet import Sheet, decimal_of, exact_sum, plain

_INPUTS = {"Q": ("x", "y"), "G": ("grade",), "F": ("yes",), "S": ("index",), "D": ("terms",)}
_KINDS = {"Q": "number", "G": "grade", "F": "yes_no", "S": "index", "D": "count"}


def read_categories(sheet: Sheet, where: str, rows: Any) -> tuple[Category, ...]:
    """The categories under one node, and below them everything down to the parts."""
    return tuple(_category(sheet, f"{where}categories[{n}]", row) for n, row in enumerate(sheet.rows(where, rows), 1))


def check_sum(sheet: Sheet, where: str, whole: Decimal, parts: list[Decimal]) -> None:
    """Points of the parts must add up to the points of the whole."""
    total = exact_sum(parts)
    if parts and total != whole:
        shown = " + ".join(plain(part) for part in parts)
        sheet.problem(where, f"分值合计 {plain(total)}，应为 {plain(whole)}（{shown}）")


def _category(sheet: Sheet, where: str, row: Any) -> Category:
    entry = sheet.mapping(where, row, ("code", "name", "points"), ("items", "categories"))
    code = str(entry.get("code") or "")
    where = code or where
    points = sheet.number(where, entry.get("points"), above_zero=True) or Decimal(0)
    categories = tuple(
        _category(sheet, f"{where} categories[{n}]", child)
        for n, child in enumerate(sheet.rows(where, entry.get("categories")), 1)
    )
    items = tuple(
        _item(sheet, f"{where} items[{n}]", child) for n, child in enumerate(sheet.rows(where, entry.get("items")), 1)
    )
    if bool(categories) == bool(items):
        sheet.problem(where, "类别下应有条目或下级类别，两者只能有其一")
    check_sum(sheet, where, points, [category.points for category in categories] + [item.points for item in items])
    return Category(code, str(entry.get("name") or ""), points, categories, items)


def _item(sheet: Sheet, where: str, row: Any) -> Item:
    entry = sheet.mapping(where, row, ("code", "name", "points", "parts"), ("variables", "measures"))
    code = str(entry.get("code") or "")
    where = code or where
    points = sheet.number(where, entry.get("points"), above_zero=True) or Decimal(0)
    declared = entry.get("variables") or {}
    if not isinstance(declared, Mapping):
        sheet.problem(where, "variables 应为键值表")
        declared = {}
    keys = {str(key) for key in declared}
    parts = tuple(
        _part(sheet, f"{where} parts[{n}]", part, keys)
        for n, part in enumerate(sheet.rows(where, entry.get("parts")), 1)
    )
    if not parts:
        sheet.problem(where, "条目没有计分部分（parts）")
    check_sum(sheet, where, points, [part.points for part in parts])
    variables = _variables(sheet, where, code, declared, entry.get("measures") or {}, parts)
    return Item(code, str(entry.get("name") or ""), points, parts, variables)


def _part(sheet: Sheet, where: str, row: Any, declared: set[str]) -> Part:
    rule = str(row.get("rule")) if isinstance(row, Mapping) else ""
    if isinstance(row, Mapping) and rule not in PART_CODES:
        sheet.problem(where, f"不认识的计分规则 {rule}（可用 {'、'.join(PART_CODES)}）")
        return Part(rule, sheet.number(where, row.get("points")) or Decimal(0))
    entry = sheet.mapping(where, row, ("rule", "points", *_INPUTS.get(rule, ())))
    points = sheet.number(where, entry.get("points"), above_zero=True) or Decimal(0)
    if rule == "D":
        terms = tuple(_term(sheet, where, term, declared) for term in sheet.rows(where, entry.get("terms")))
        if not terms:
            sheet.problem(where, "扣分部分没有扣分项（terms）")
        return Part(rule, points, terms=terms)
    raw = [entry.get(key) for key in _INPUTS.get(rule, ())]
    if rule == "S" and isinstance(raw[0], Mapping):
        rate = sheet.mapping(where, raw[0], ("rate", "target"))
        raw = [rate.get("rate"), rate.get("target")]
    operands = tuple(
        _operand(sheet, where, value, declared, constant=position == 1)
        for position, value in enumerate(raw)
        if value is not None
    )
    return Part(rule, points, operands)


def _operand(sheet: Sheet, where: str, value: Any, declared: set[str], *, constant: bool) -> str | Decimal:
    """A declared variable, or where the rule allows it (the lower half of a ratio) a number above 0."""
    if isinstance(value, str) and value in declared:
        return value
    number = decimal_of(value)
    if number is None:
        sheet.problem(where, f"变量 {value} 没有在 variables 中声明")
        return str(value)
    if not constant:
        sheet.problem(where, f"此处应为变量，不能是常数 {value}")
    elif number <= 0:
        sheet.problem(where, f"作分母的常数应大于 0，实为 {value}")
    return number


def _term(sheet: Sheet, where: str, row: Any, declared: set[str]) -> Term:
    entry = sheet.mapping(where, row, ("points", "count"))
    count = str(entry.get("count"))
    if entry and count not in declared:
        sheet.problem(where, f"变量 {count} 没有在 variables 中声明")
    return Term(sheet.number(where, entry.get("points")) or Decimal(0), count)


def _variables(
    sheet: Sheet, where: str, code: str, declared: Mapping[Any, Any], measures: Any, parts: tuple[Part, ...]
) -> tuple[Variable, ...]:
    overrides = {str(key): str(value) for key, value in measures.items()} if isinstance(measures, Mapping) else {}
    if not isinstance(measures, Mapping):
        sheet.problem(where, "measures 应为键值表")
    names: dict[str, tuple[str, str | None]] = {}
    for raw, row in declared.items():
        entry = {"name": row} if isinstance(row, str) else sheet.mapping(f"{where}.{raw}", row, ("name",), ("part_of",))
        part_of = entry.get("part_of")
        names[str(raw)] = (str(entry.get("name") or raw), None if part_of is None else str(part_of))
    for key in overrides:
        if key not in names:
            sheet.problem(where, f"measures 中的变量 {key} 没有在 variables 中声明")
    _check_part_of(sheet, where, {key: part_of for key, (_, part_of) in names.items()})
    slug = code.lower().replace(".", "_")
    variables = []
    for key, (name, part_of) in names.items():
        kind = _kind(sheet, where, key, parts)
        source = "events" if kind == "count" else "form"
        if part_of is not None and kind in ("grade", "yes_no"):
            sheet.problem(where, f"变量 {key} 不是数，不能写 part_of")
        variables.append(Variable(key, name, part_of, overrides.get(key, f"{source}.{slug}.{key}"), kind))
    return tuple(variables)


def _kind(sheet: Sheet, where: str, key: str, parts: tuple[Part, ...]) -> str:
    """How the variable is read. A count that is also a ratio's number is a number; other mixtures are problems."""
    kinds = {_kind_in(part, key) for part in parts if key in part.variables}
    if len(kinds) > 1 and not kinds <= {"number", "count"}:
        sheet.problem(where, f"变量 {key} 在同一条目中用作不同类型：{'、'.join(sorted(kinds))}")
    return "number" if "number" in kinds or not kinds else min(kinds)


def _kind_in(part: Part, key: str) -> str:
    return "number" if part.rule == "S" and len(part.operands) == 2 else _KINDS[part.rule]


def _check_part_of(sheet: Sheet, where: str, parents: dict[str, str | None]) -> None:
    """Every `part_of` names a declared variable and no chain of them comes back to its start."""
    for key, parent in parents.items():
        if parent is not None and parent not in parents:
            sheet.problem(where, f"{key} 的 part_of 指向未声明的变量 {parent}")
    reported: set[str] = set()
    for start in parents:
        chain = [start]
        while (following := parents.get(chain[-1])) is not None and following not in chain:
            chain.append(following)
        if following == start and start not in reported:
            reported.update(chain)
            sheet.problem(where, f"part_of 循环：{' → '.join([*chain, start])}")
