"""What must hold between the rows of a catalogue: sums, unique codes, names that lead somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lianheng.library.catalogue.model import Catalogue, Category, Item, Negative, StandardList
from lianheng.library.problems import Notebook, Problem

MNEMONIC_LENGTH = 24
EFFECTS = ("veto", "deduction", "shown")


def check(catalogue: Catalogue) -> list[Problem]:
    """Every problem between the rows of a catalogue that has been read."""
    head, rules = Notebook("catalogue.yaml"), Notebook("rules.yaml")
    _check_head(head, catalogue)
    _check_rules(rules, catalogue)
    head.unique(all_codes(catalogue))
    books = [_check_sheet(catalogue, sheet) for sheet in catalogue.sheets()]
    return [problem for book in (head, rules, *books) for problem in book.problems]


def all_codes(catalogue: Catalogue) -> Iterator[str]:
    """Every code that a page, a finding or an event may cite."""
    for sheet in catalogue.sheets():
        for category in sheet.all_categories():
            yield category.code
            for item in category.items:
                yield item.code
                yield from (problem.code for problem in item.problems)
        yield from (negative.code for negative in sheet.negatives)
        yield from (str(row.get("code")) for table in sheet.extras.values() for row in table)
    for table in ("deductions", "bonus", "statements", "vetoes"):
        yield from (str(row.get("code")) for row in catalogue.rules[table])


def _check_head(book: Notebook, catalogue: Catalogue) -> None:
    for what, rows in (("unit type", catalogue.unit_types), ("topic", catalogue.topics), ("list", catalogue.sheets())):
        book.unique((row.code for row in rows), what)
    sheets = {sheet.code for sheet in catalogue.lists}
    ownerships = {row.get("code") for row in catalogue.ownerships}
    chosen = [choice.list for unit_type in catalogue.unit_types for choice in unit_type.lists]
    book.unique(chosen, "list chosen by unit types")
    for unit_type in catalogue.unit_types:
        _mark(book, catalogue, unit_type.code, unit_type.mark)
        owners = [choice.ownership for choice in unit_type.lists]
        book.unique((f"{unit_type.code} ownership {owner}" for owner in owners), "choice")
        for choice in unit_type.lists:
            if choice.list not in sheets:
                book.note(unit_type.code, f"list {choice.list} is not in `lists`")
            if (choice.ownership is None) != (len(owners) == 1):
                book.note(unit_type.code, "ownership is named where, and only where, a unit type has several lists")
            elif choice.ownership not in (None, *ownerships):
                book.note(unit_type.code, f"ownership {choice.ownership} is not in `ownerships`")
    for code in sheets - set(chosen):
        book.note(code, "no unit type offers this list")
    for topic in catalogue.topics:
        _mark(book, catalogue, topic.code, topic.mark)
        if topic.unit_type not in {unit_type.code for unit_type in catalogue.unit_types}:
            book.note(topic.code, f"unit type {topic.unit_type} is not in `unit_types`")


def _check_rules(book: Notebook, catalogue: Catalogue) -> None:
    rules = catalogue.rules
    for table in ("deductions", "bonus", "statements", "vetoes"):
        for row in rules[table]:
            _mark(book, catalogue, str(row.get("code")), str(row.get("mark", "")))
    _mark(book, catalogue, "grades", str(rules.get("grades_mark", "")))
    for row in rules["vetoes"]:
        _grade_cap(book, catalogue, str(row.get("code")), row.get("cap"))
    book.unique((str(row.get("name")) for row in rules["grades"]), "grade")
    floors = [row.get("at_least", 0) for row in rules["grades"]]
    if floors != sorted(set(floors), reverse=True) or not floors or floors[-1] != 0:
        book.note("grades", f"at_least should fall from grade to grade and end at 0, got {floors}")
    for name in ("excellent_share", "praise_share"):
        if rules.get(name, 0) > 1:
            book.note(name, f"a share is between 0 and 1, got {rules[name]}")
    for kind, shares in rules.get("daily", {}).items():
        if kind not in ("list", "evaluation"):
            book.note(f"daily {kind}", "known kinds: list, evaluation")
        if isinstance(shares, dict):
            book.adds_up(f"daily {kind}", 1, shares.values())


def _check_sheet(catalogue: Catalogue, sheet: StandardList) -> Notebook:
    book = Notebook("evaluation.yaml" if sheet.kind == "evaluation" else f"{sheet.code}.yaml")
    _mark(book, catalogue, sheet.code, sheet.mark)
    if sheet.points != 100:
        book.note(sheet.code, f"points should be 100, got {sheet.points}")
    book.adds_up(sheet.code, sheet.points, (category.points for category in sheet.categories))
    for category in sheet.all_categories():
        _check_category(book, catalogue, category)
        for item in category.items:
            _check_item(book, catalogue, sheet, item)
    items = {item.code for item in sheet.all_items()}
    for negative in sheet.negatives:
        _check_negative(book, catalogue, items, negative)
    problems = {problem.code for item in sheet.all_items() for problem in item.problems}
    for row in (row for table in sheet.extras.values() for row in table):
        _mark(book, catalogue, str(row.get("code")), str(row.get("mark", "")))
        if row.get("problem") and row["problem"] not in problems:
            book.note(str(row.get("code")), f"problem description {row['problem']} is not in this list")
    return book


def _check_category(book: Notebook, catalogue: Catalogue, category: Category) -> None:
    _mark(book, catalogue, category.code, category.mark)
    if category.mnemonic_mark:
        _mark(book, catalogue, category.code, category.mnemonic_mark)
    if len(category.mnemonic) > MNEMONIC_LENGTH:
        book.note(category.code, f"mnemonic has {len(category.mnemonic)} characters, {MNEMONIC_LENGTH} at most")
    if bool(category.items) == bool(category.categories):
        book.note(category.code, "holds items or categories, one of the two")
    points = [item.points for item in category.items] + [child.points for child in category.categories]
    book.adds_up(category.code, category.points, points)


def _check_item(book: Notebook, catalogue: Catalogue, sheet: StandardList, item: Item) -> None:
    _mark(book, catalogue, item.code, item.mark)
    if not item.code.startswith(sheet.code):
        book.note(item.code, f"an item of list {sheet.code} has a code that begins with {sheet.code}")
    for problem in item.problems:
        if not problem.code.startswith(f"{item.code}-"):
            book.note(problem.code, f"a problem description of {item.code} has a code that begins with {item.code}-")
    for tag in item.tags:
        if tag not in {topic.code for topic in catalogue.topics}:
            book.note(item.code, f"tag {tag} is not in `topics`")
    book.adds_up(item.code, item.points, (part["points"] for part in item.parts))
    for key, variable in item.variables.items():
        if variable.get("part_of") not in (None, *(other for other in item.variables if other != key)):
            book.note(
                f"{item.code}.{key}", f"part_of names {variable['part_of']}, which is no other variable of the item"
            )
    for part in item.parts:
        y = part.get("y", 1)
        if not isinstance(y, str) and (isinstance(y, bool) or not isinstance(y, int | float) or y <= 0):
            book.note(item.code, f"y should be a variable or a number above 0, got {y!r}")
    used = {name for part in item.parts for name in part_variables(part)}
    for name in sorted(used - set(item.variables)):
        book.note(item.code, f"variable {name} is used but not declared")
    for name in sorted(set(item.variables) - used):
        book.note(item.code, f"variable {name} is declared but not used")
    for name in sorted(set(item.measures) - set(item.variables)):
        book.note(item.code, f"measures names {name}, which is no variable of the item")


def part_variables(part: Any) -> list[str]:
    """Names of the variables that a part reads; a constant denominator is none."""
    if part["rule"] == "D":
        return [str(term["count"]) for term in part["terms"]]
    inputs = [part.get(key) for key in ("x", "y", "grade", "yes", "index")]
    if isinstance(part.get("index"), dict):
        inputs = [part["index"].get("rate"), part["index"].get("target")]
    return [name for name in inputs if isinstance(name, str)]


def _check_negative(book: Notebook, catalogue: Catalogue, items: set[str], negative: Negative) -> None:
    code = negative.code
    _mark(book, catalogue, code, negative.mark)
    if negative.effect not in EFFECTS:
        book.note(code, f"effect should be one of {', '.join(EFFECTS)}, got {negative.effect!r}")
    if negative.effect == "veto":
        _grade_cap(book, catalogue, code, negative.cap)
    elif negative.cap is not None:
        book.note(code, "only a veto has a cap")
    if (negative.effect == "deduction") != bool(negative.points):
        book.note(code, "a deduction, and only a deduction, has points above 0")
    if negative.item is not None and negative.item not in items:
        book.note(code, f"item {negative.item} is not in this list")


def _grade_cap(book: Notebook, catalogue: Catalogue, code: str, cap: Any) -> None:
    names = [row.get("name") for row in catalogue.rules["grades"]]
    if cap not in names[1:]:
        book.note(code, f"cap should be a grade below the best ({', '.join(map(str, names[1:]))}), got {cap!r}")


def _mark(book: Notebook, catalogue: Catalogue, code: str, mark: str) -> None:
    known = [row.get("code") for row in catalogue.marks]
    words = mark.split("+") if mark else []
    if any(word not in known for word in words) or len(set(words)) < len(words):
        book.note(code, f"mark should join some of {', '.join(map(str, known))} by +, got {mark!r}")
