"""What the scoring engine takes from a catalogue: one list or the evaluation, with the common rules, without texts."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from lianheng.library.catalogue.checks import part_variables
from lianheng.library.catalogue.model import Catalogue, Category, Item, Negative

_RULE_TEXTS = ("text", "mark", "mark_note")


def scheme_dict(catalogue: Catalogue, list_code: str) -> dict[str, Any]:
    """The declared form of one scheme, as `lianheng.engine.scoring.scheme.Scheme.from_dict` reads it.

    Parameters
    ----------
    catalogue : a loaded catalogue.
    list_code : code of a list (`X`) or of the evaluation (`E`).

    Returns
    -------
    A fresh plain dict: id, list, name, kind, points, categories, negatives, rules, grades and shares; `daily` where the
    rules declare it for this kind. Its id carries the catalogue's version, e.g. `hengyang-2026.1-X`.

    Raises
    ------
    KeyError for an unknown code.

    Example
    -------
    >>> from lianheng.library.catalogue import load, shipped
    >>> scheme = scheme_dict(load(shipped("hengyang")), "X")
    >>> scheme["id"], len(scheme["categories"]), "daily" in scheme
    ('hengyang-2026.1-X', 5, False)
    """
    sheet, rules = catalogue.sheet(list_code), catalogue.rules
    scheme: dict[str, Any] = {
        "id": f"{catalogue.id}-{catalogue.version}-{sheet.code}",
        "list": sheet.code,
        "name": sheet.name,
        "kind": sheet.kind,
        "points": sheet.points,
        "categories": [_category(category) for category in sheet.categories],
        "negatives": [_negative(negative) for negative in sheet.negatives],
        "rules": {table: [_rule(row) for row in rules[table]] for table in ("deductions", "bonus", "vetoes")},
        "grades": rules["grades"],
    }
    for name in ("excellent_share", "praise_share"):
        if name in rules:
            scheme[name] = rules[name]
    if sheet.kind in rules.get("daily", {}):
        scheme["daily"] = rules["daily"][sheet.kind]
    return deepcopy(scheme)


def bindings(item: Item) -> dict[str, str]:
    """The measure that fills each variable of an item.

    Parameters
    ----------
    item : an item of a loaded catalogue.

    Returns
    -------
    Variable → measure code: the item's override, else `events.<item>.<variable>` for counts of confirmed events (D
    parts) and `form.<item>.<variable>` for all others, with the item code in lower case and `_` for `.`.

    Example
    -------
    >>> from lianheng.library.catalogue import load, shipped
    >>> bindings(load(shipped("hengyang")).item("X4.1"))["due"]
    'form.x4_1.due'
    """
    slug = item.code.lower().replace(".", "_")
    # A number that a ratio or an index reads is asked by form, even where a D part counts it too.
    asked = {name for part in item.parts if part["rule"] != "D" for name in part_variables(part)}
    return {
        name: item.measures.get(name, f"{'form' if name in asked else 'events'}.{slug}.{name}")
        for name in item.variables
    }


def _category(category: Category) -> dict[str, Any]:
    form: dict[str, Any] = {"code": category.code, "name": category.name, "points": category.points}
    if category.items:
        form["items"] = [_item(item) for item in category.items]
    if category.categories:
        form["categories"] = [_category(child) for child in category.categories]
    return form


def _item(item: Item) -> dict[str, Any]:
    return {
        "code": item.code,
        "name": item.name,
        "points": item.points,
        "parts": list(item.parts),
        "variables": dict(item.variables),
        "measures": dict(item.measures),
    }


def _negative(negative: Negative) -> dict[str, Any]:
    form: dict[str, Any] = {"code": negative.code, "name": negative.name, "effect": negative.effect}
    if negative.cap is not None:
        form["cap"] = negative.cap
    if negative.points is not None:
        form["points"] = negative.points
    return form


def _rule(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in _RULE_TEXTS}
