"""Reads the catalogue's files into values. Cross-checks stand in `checks`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lianheng.library.catalogue import shapes
from lianheng.library.catalogue.model import (
    Catalogue,
    Category,
    Item,
    ListChoice,
    Negative,
    ProblemDescription,
    StandardList,
    Topic,
    UnitType,
)
from lianheng.library.problems import LibraryError, Notebook, Problem, Shape
from lianheng.library.strict_yaml import YamlError, read_yaml

_OWN_FILES = ("catalogue", "rules", "evaluation", "crosswalk")


class CatalogueError(LibraryError):
    """A catalogue that cannot be used; `problems` names every one with its file and place."""


def read_folder(folder: Path) -> tuple[Catalogue, list[Problem]]:
    """The catalogue in a folder, built as far as its rows allow, and the problems of its rows."""
    book = Notebook("catalogue.yaml")
    head = book.row("catalogue", _file(folder, "catalogue"), shapes.CATALOGUE)
    codes = [str(code) for code in head.get("lists", [])]
    # A code is also a file name, so nothing else may stand in it.
    for code in [code for code in codes if not re.fullmatch(r"[A-Z][A-Za-z0-9]{0,7}", code)]:
        book.note(code, "a list code is a capital letter and up to seven letters or digits")
        codes.remove(code)
    problems = [*_strangers(folder, codes)]
    lists = [_sheet(folder, code, "list", problems) for code in codes]
    evaluation = None
    if (folder / "evaluation.yaml").exists():
        evaluation = _sheet(folder, "evaluation", "evaluation", problems)
    rules, rule_problems = _rules(folder)
    catalogue = Catalogue(
        **{key: str(head.get(key, "")) for key in ("id", "version", "name", "effective", "source")},
        marks=tuple(book.rows("marks", head.get("marks"), shapes.MARK)),
        seeds=tuple(book.rows("seeds", head.get("seeds"), shapes.SEED)),
        unit_types=tuple(
            _unit_type(book, row) for row in book.rows("unit_types", head.get("unit_types"), shapes.UNIT_TYPE)
        ),
        ownerships=tuple(book.rows("ownerships", head.get("ownerships"), shapes.OWNERSHIP)),
        topics=tuple(
            Topic(**_texts(row, ("code", "name", "unit_type", "mark")))
            for row in book.rows("topics", head.get("topics"), shapes.TOPIC)
        ),
        lists=tuple(lists),
        evaluation=evaluation,
        rules=rules,
    )
    return catalogue, [*book.problems, *problems, *rule_problems]


def _file(folder: Path, stem: str) -> Any:
    """The value of one file. A file that is no YAML stops the reading: nothing after it would make sense."""
    name = f"{stem}.yaml"
    try:
        return read_yaml(folder / name)
    except YamlError as error:
        raise CatalogueError([Problem(name, "file", str(error))]) from error


def _strangers(folder: Path, codes: list[str]) -> list[Problem]:
    """Files that no list names would be left out silently, so they are problems."""
    known = {*_OWN_FILES, *codes}
    names = sorted(path.name for path in folder.glob("*.y*ml") if path.stem not in known or path.suffix != ".yaml")
    return [Problem(name, "file", "not named under `lists` in catalogue.yaml") for name in names]


def _texts(row: dict[str, Any], keys: tuple[str, ...]) -> dict[str, str]:
    return {key: str(row.get(key, "")) for key in keys}


def _unit_type(book: Notebook, row: dict[str, Any]) -> UnitType:
    where = str(row.get("code"))
    choices = book.rows(f"{where} lists", row.get("lists"), shapes.LIST_CHOICE)
    return UnitType(
        **_texts(row, ("code", "name", "title", "lead", "mark")),
        lists=tuple(ListChoice(str(choice.get("list")), choice.get("ownership")) for choice in choices),
        default=row.get("default") is True,
    )


def _sheet(folder: Path, stem: str, kind: str, problems: list[Problem]) -> StandardList:
    book = Notebook(f"{stem}.yaml")
    row = book.row(stem, _file(folder, stem), shapes.SHEET)
    if row.get("kind") != kind:
        book.note(stem, f"kind should be {kind}, got {row.get('kind')!r}")
    if kind == "list" and row.get("list") != stem:
        book.note(stem, f"list should be {stem}, as the file is named, got {row.get('list')!r}")
    extras = row.get("extras") or {}
    sheet = StandardList(
        code=str(row.get("list", stem)),
        **_texts(row, ("kind", "name", "lead", "subject", "source", "mark")),
        points=row.get("points", 0),
        categories=tuple(_category(book, kind, entry, 1) for entry in _categories(book, kind, stem, row)),
        negatives=tuple(_negative(entry) for entry in book.rows("negatives", row.get("negatives"), shapes.NEGATIVE)),
        extras={str(name): tuple(book.rows(str(name), table, shapes.EXTRA)) for name, table in extras.items()},
    )
    problems.extend(book.problems)
    return sheet


def _categories(book: Notebook, kind: str, where: str, row: dict[str, Any]) -> list[dict[str, Any]]:
    shape: Shape = shapes.CATEGORY if kind == "list" else shapes.INDICATOR
    return book.rows(f"{where} categories", row.get("categories"), shape)


def _category(book: Notebook, kind: str, row: dict[str, Any], depth: int) -> Category:
    where = str(row.get("code"))
    shape = shapes.ITEM if kind == "list" else shapes.EVALUATION_ITEM
    if depth > 2:
        book.note(where, "categories go two levels deep at most")
        return Category(where, "", 0, "")
    return Category(
        **_texts(row, ("code", "name", "mark", "mnemonic", "mnemonic_mark", "mark_note")),
        points=row.get("points", 0),
        items=tuple(_item(book, entry) for entry in book.rows(f"{where} items", row.get("items"), shape)),
        categories=tuple(_category(book, kind, entry, depth + 1) for entry in _categories(book, kind, where, row)),
    )


def _item(book: Notebook, row: dict[str, Any]) -> Item:
    where = str(row.get("code"))
    variables = row.get("variables", {})
    described = book.rows(f"{where} problems", row.get("problems"), shapes.PROBLEM)
    return Item(
        **_texts(row, ("code", "name", "mark", "mark_note", "standard", "lead", "evidence", "observation")),
        **_texts(row, ("data_source", "note")),
        points=row.get("points", 0),
        parts=tuple(part for n, part in enumerate(row.get("parts", []), 1) if _part(book, f"{where} parts[{n}]", part)),
        variables={key: book.row(f"{where}.{key}", value, shapes.VARIABLE) for key, value in variables.items()},
        measures={key: str(value) for key, value in row.get("measures", {}).items()},
        problems=tuple(ProblemDescription(**_texts(entry, ("code", "text"))) for entry in described),
        tags=tuple(str(tag) for tag in row.get("tags", [])),
    )


def _part(book: Notebook, where: str, part: Any) -> bool:
    """Whether the part is whole; what it lacks is noted."""
    rule = part.get("rule") if isinstance(part, dict) else None
    if rule not in shapes.PART:
        book.note(where, f"rule should be one of {', '.join(shapes.PART)}, got {rule!r}")
        return False
    before = len(book.problems)
    book.row(where, part, shapes.PART[rule])
    if rule == "D":
        book.rows(f"{where} terms", part.get("terms"), shapes.TERM)
    if rule == "S" and not isinstance(part.get("index"), str):
        book.row(f"{where} index", part.get("index"), shapes.RATE)
    return len(book.problems) == before


def _negative(row: dict[str, Any]) -> Negative:
    return Negative(
        **_texts(row, ("code", "name", "confirmed_by", "effect", "mark", "mark_note")),
        cap=row.get("cap"),
        points=row.get("points"),
        item=row.get("item"),
    )


def _rules(folder: Path) -> tuple[dict[str, Any], list[Problem]]:
    book = Notebook("rules.yaml")
    rules = book.row("rules", _file(folder, "rules"), shapes.RULES)
    tables = {"deductions": shapes.CHARGE, "bonus": shapes.CHARGE, "statements": shapes.STATEMENT}
    for name, shape in {**tables, "vetoes": shapes.VETO, "grades": shapes.GRADE}.items():
        rules[name] = book.rows(name, rules.get(name), shape)
    for kind, shares in rules.get("daily", {}).items():
        book.row(f"daily {kind}", shares, shapes.DAILY)
    return rules, book.problems
