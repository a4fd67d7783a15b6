"""What a workbook changes in a version: checked row by row against it, then applied to a copy of its content."""

import re
from collections import defaultdict
from collections.abc import Collection
from copy import deepcopy
from decimal import Decimal, InvalidOperation
from typing import Any

from lianheng.library import catalogue as library
from lianheng.web.standards.stored import read_values
from lianheng.web.standards.workbook.columns import CATEGORIES, ITEMS, PROBLEMS
from lianheng.web.standards.workbook.reading import CellError, Reading, Row, duplicates

ITEM_TEXTS = ("name", "standard", "lead", "evidence")
# Plain data, so that it can be signed and sent back by the page: table → code → field → value.
Changes = dict[str, dict[str, Any]]


def find_changes(base: library.Catalogue, reading: Reading, departments: Collection[str] = ()) -> Changes:
    """Return what differs from the version; errors are added to the reading. With errors it is of no use.

    `departments` are the city's own: beside those that the version names, no other leads an item.
    """
    changes: Changes = {"categories": {}, "items": {}, "problems": {}}
    _read_categories(base, reading, changes)
    named = _read_problems(base, reading)
    _read_items(base, reading, changes, named)
    _check_departments(base, reading, departments)
    if not reading.errors:
        _check_sums(base, reading, changes)
    return {table: rows for table, rows in changes.items() if rows}


def apply_changes(content: dict[str, Any], changes: Changes, version: str) -> library.Catalogue:
    """Return the values of a new version: a copy of the content (`asdict` form) with the changes written into it."""
    data = deepcopy(content)
    data["version"] = version
    for sheet in data["lists"]:
        for category in sheet["categories"]:
            category.update(changes.get("categories", {}).get(category["code"], {}))
            for item in category["items"]:
                _change_item(item, changes)
    return read_values(data)


def _change_item(item: dict[str, Any], changes: Changes) -> None:
    change = dict(changes.get("items", {}).get(item["code"], {}))
    for part, points in zip(item["parts"], change.pop("parts", ()), strict=False):
        part["points"] = points
    item.update(change)
    if item["code"] in changes.get("problems", {}):
        item["problems"] = [{"code": code, "text": text} for code, text in changes["problems"][item["code"]]]


def _read_categories(base: library.Catalogue, reading: Reading, changes: Changes) -> None:
    known = {row.code: row for sheet in base.lists for row in sheet.all_categories()}
    rows = reading.rows.get(CATEGORIES.name, [])
    again = duplicates(rows, "code")
    for row in rows:
        old = known.get(row.cells["code"])
        if old is None:
            _unknown(reading, CATEGORIES, row, "code", f"{base.version} 版没有类别 {row.cells['code']}")
        elif row.number in again:
            reading.note(CATEGORIES, row.number, "code", f"类别 {old.code} 在第 {again[row.number]} 行已经出现过")
        else:
            new = {**row.cells, "points": _points(reading, CATEGORIES, row, "points")}
            different = {key: new[key] for key in ("name", "points", "mnemonic") if new[key] != getattr(old, key)}
            if different:
                changes["categories"][old.code] = different


def _unknown(reading: Reading, sheet: Any, row: Row, key: str, message: str) -> None:
    if row.cells[key]:  # an empty code has been noted already
        reading.note(sheet, row.number, key, message)


def _read_problems(base: library.Catalogue, reading: Reading) -> dict[str, list[list[str]]]:
    known = {item.code for sheet in base.lists for item in sheet.all_items()}
    rows = reading.rows.get(PROBLEMS.name, [])
    again = duplicates(rows, "code")
    named: dict[str, list[list[str]]] = defaultdict(list)
    for row in rows:
        item, code, text = (row.cells[key] for key in ("item", "code", "text"))
        if item not in known:
            _unknown(reading, PROBLEMS, row, "item", f"{base.version} 版没有条目 {item}")
        elif row.number in again:
            reading.note(PROBLEMS, row.number, "code", f"问题代码 {code} 在第 {again[row.number]} 行已经出现过")
        elif code and not (code.startswith(f"{item}-") and len(code) > len(item) + 1):
            reading.note(PROBLEMS, row.number, "code", f"问题代码应以“{item}-”开头，例如 {item}-a")
        else:
            named[item].append([code, text])
    return named


def _read_items(base: library.Catalogue, reading: Reading, changes: Changes, named: dict[str, list[list[str]]]) -> None:
    known = {item.code: item for sheet in base.lists for item in sheet.all_items()}
    topics = {topic.name: topic.code for topic in base.topics}
    rows = reading.rows.get(ITEMS.name, [])
    again = duplicates(rows, "code")
    for row in rows:
        old = known.get(row.cells["code"])
        if old is None:
            _unknown(reading, ITEMS, row, "code", f"{base.version} 版没有条目 {row.cells['code']}，不能用导入新增条目")
            continue
        if row.number in again:
            reading.note(ITEMS, row.number, "code", f"条目 {old.code} 在第 {again[row.number]} 行已经出现过")
            continue
        if old.code not in named:
            reading.note(ITEMS, row.number, "code", f"{old.code} 缺少问题描述：在“问题描述”表中至少写一行")
        different = _item_changes(reading, row, old, topics)
        if different:
            changes["items"][old.code] = different
    _keep_problems(reading, known, changes, named, {row.cells["code"] for row in rows})


def _keep_problems(
    reading: Reading,
    known: dict[str, library.Item],
    changes: Changes,
    named: dict[str, list[list[str]]],
    listed: set[str],
) -> None:
    for code, problems in named.items():
        if code not in listed:
            reading.errors.append(
                CellError(PROBLEMS.name, 0, PROBLEMS.column("item").heading, f"{code} 不在“条目”表中，请把该条目也写上")
            )
        elif problems != [[problem.code, problem.text] for problem in known[code].problems]:
            changes["problems"][code] = problems


def _item_changes(reading: Reading, row: Row, old: library.Item, topics: dict[str, str]) -> dict[str, Any]:
    points = _points(reading, ITEMS, row, "points")
    parts = [_number(text) for text in row.cells["parts"].replace("＋", "+").split("+")]
    if row.cells["parts"] and (None in parts or len(parts) != len(old.parts)):
        reading.note(
            ITEMS,
            row.number,
            "parts",
            f"{old.code} 的规则有 {len(old.parts)} 部分，请写 {len(old.parts)} 个分值，用加号连接",
        )
    elif points is not None and row.cells["parts"] and sum(_exact(part) for part in parts) != _exact(points):
        reading.note(ITEMS, row.number, "parts", f"各部分合计 {_sum(parts)} 分，与分值 {points} 不一致")
    tags = [name for name in row.cells["tags"].replace(",", "、").replace("，", "、").split("、") if name]
    for name in tags:
        if name not in topics:
            reading.note(ITEMS, row.number, "tags", f"没有“{name}”这个重点问题，可填：{'、'.join(topics)}")
    new: dict[str, Any] = {key: row.cells[key] for key in ITEM_TEXTS}
    new["points"] = points
    different = {key: value for key, value in new.items() if value != getattr(old, key)}
    if parts != [part["points"] for part in old.parts]:
        different["parts"] = parts
    codes = [topics.get(name, "") for name in tags]
    if codes != list(old.tags):
        different["tags"] = codes
    return different


def _check_departments(base: library.Catalogue, reading: Reading, departments: Collection[str]) -> None:
    """Several departments may lead an item together: each of them is one that is known."""
    known = {name for sheet in base.lists for item in sheet.all_items() for name in _departments(item.lead)}
    known.update(name for lead in departments for name in _departments(lead))
    for row in reading.rows.get(ITEMS.name, []):
        for name in _departments(row.cells["lead"]):
            if name not in known:
                message = (
                    f"没有“{name[:20]}”这个牵头部门。可填：{'、'.join(departments)}，或者 {base.version} 版里已有的"
                    "部门，几个部门用顿号隔开；新的部门请先在“清廉单元”页或城市配置里写上"
                )
                reading.note(ITEMS, row.number, "lead", message)


def _departments(lead: str) -> list[str]:
    return [name for name in re.split("[、，,；;]", re.sub(r"\s", "", lead)) if name]


def _check_sums(base: library.Catalogue, reading: Reading, changes: Changes) -> None:
    """Points add up in each category and each list, with the changes in."""
    places = {row.cells["code"]: row.number for row in reading.rows[CATEGORIES.name]}
    for sheet in base.lists:
        categories = []
        for category in sheet.categories:
            whole = changes["categories"].get(category.code, {}).get("points", category.points)
            items = [changes["items"].get(item.code, {}).get("points", item.points) for item in category.items]
            categories.append(whole)
            if _sum(items) != _exact(whole):
                message = f"类别 {category.code} 的条目合计 {_sum(items)} 分，与类别分值 {whole} 分不一致"
                reading.note(CATEGORIES, places.get(category.code, 0), "points", message)
        if _sum(categories) != _exact(sheet.points):
            message = f"“{sheet.name}”（{sheet.code}）各类别合计 {_sum(categories)} 分，应为 {sheet.points} 分"
            reading.note(CATEGORIES, 0, "points", message)


def _points(reading: Reading, sheet: Any, row: Row, key: str) -> int | float | None:
    text = row.cells[key]
    number = _number(text)
    if text and number is None:
        reading.note(sheet, row.number, key, f"“{text[:12]}”不是分值：请填大于 0、不超过 100、最多一位小数的数")
    return number


def _number(text: str) -> int | float | None:
    """Read points as the library writes them: whole numbers as int, halves as float."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 < value <= 100 or value != round(value, 1):
        return None
    return int(value) if value == int(value) else float(value)


def _exact(number: int | float | None) -> Decimal:
    return Decimal(str(number or 0))


def _sum(numbers: Any) -> Decimal:
    return sum((_exact(number) for number in numbers), Decimal(0))
