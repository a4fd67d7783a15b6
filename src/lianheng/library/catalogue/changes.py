"""What differs between two versions of a catalogue, and where the old codes went (crosswalk)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import rfc8785

from lianheng.library.catalogue import shapes
from lianheng.library.catalogue.checks import all_codes
from lianheng.library.catalogue.model import Catalogue, Category, StandardList
from lianheng.library.catalogue.reading import CatalogueError
from lianheng.library.problems import Notebook, Problem
from lianheng.library.strict_yaml import YamlError, read_yaml


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: a row added, removed, or one field of a row changed. `code` finds the row."""

    kind: str  # added | removed | changed
    code: str
    field: str | None = None
    old: Any = None
    new: Any = None


@dataclass(frozen=True, slots=True)
class Crossing:
    """对照: an old code, the codes that carry its matter on (none: it was dropped), and why."""

    old: str
    new: tuple[str, ...]
    reason: str


def fingerprint(catalogue: Catalogue) -> str:
    """Content fingerprint of a catalogue.

    Parameters
    ----------
    catalogue : a loaded catalogue.

    Returns
    -------
    SHA-256 in hexadecimal over the canonical JSON of everything in it. Comments, the order of keys and line breaks of
    the files change nothing; the order of rows does, since it is what the reader sees.

    References
    ----------
    RFC 8785, JSON Canonicalization Scheme.

    Example
    -------
    >>> from lianheng.library.catalogue import load, shipped
    >>> len(fingerprint(load(shipped("hengyang"))))
    64
    """
    return hashlib.sha256(rfc8785.dumps(_plain(asdict(catalogue)))).hexdigest()


def diff(old: Catalogue, new: Catalogue) -> list[Change]:
    """The differences between two catalogues, row by row and field by field.

    Parameters
    ----------
    old, new : loaded catalogues.

    Returns
    -------
    Changes sorted by code, removed rows first. A row is a list, category, item, problem description, negative row,
    common rule, unit type, topic or the catalogue itself (code `catalogue`). Two equal catalogues give an empty list.

    Example
    -------
    >>> from lianheng.library.catalogue import load, shipped
    >>> catalogue = load(shipped("hengyang"))
    >>> diff(catalogue, catalogue)
    []
    """
    before, after = dict(_rows(old)), dict(_rows(new))
    changes = [Change("removed", code) for code in sorted(before.keys() - after.keys())]
    changes += [Change("added", code) for code in sorted(after.keys() - before.keys())]
    for code in sorted(before.keys() & after.keys()):
        left, right = before[code], after[code]
        for field in sorted(left.keys() | right.keys()):
            if left.get(field) != right.get(field):
                changes.append(Change("changed", code, field, left.get(field), right.get(field)))
    return changes


def read_crosswalk(path: Path) -> tuple[Crossing, ...]:
    """The rows of a crosswalk file; CatalogueError names what is wrong with its form."""
    book = Notebook(path.name)
    try:
        row = book.row("crosswalk", read_yaml(path), shapes.CROSSWALK)
    except YamlError as error:
        raise CatalogueError([Problem(path.name, "file", str(error))]) from error
    crossings = []
    for entry in book.rows("rows", row.get("rows"), shapes.CROSSWALK_ROW):
        new = entry.get("new")
        if isinstance(new, list) and all(isinstance(code, str) for code in new):
            crossings.append(Crossing(str(entry.get("old")), tuple(new), str(entry.get("reason", ""))))
        else:
            book.note(str(entry.get("old")), "new should be a list of codes, [] where the matter was dropped")
    if book.problems:
        raise CatalogueError(book.problems)
    return tuple(crossings)


def check_crosswalk(crossings: tuple[Crossing, ...], old: Catalogue, new: Catalogue) -> None:
    """Refuse a crosswalk that leaves a removed code without an answer or names codes that don't exist.

    Parameters
    ----------
    crossings : rows from `read_crosswalk`.
    old, new : the catalogues of both versions.

    Raises
    ------
    CatalogueError naming every problem. Codes that live on in the new version need no row.
    """
    book = Notebook("crosswalk.yaml")
    before, after = set(all_codes(old)), set(all_codes(new))
    book.unique((crossing.old for crossing in crossings), "old code")
    for crossing in crossings:
        if crossing.old not in before:
            book.note(crossing.old, f"is not in version {old.version}")
        for code in crossing.new:
            if code not in after:
                book.note(crossing.old, f"leads to {code}, which is not in version {new.version}")
    for code in sorted(before - after - {crossing.old for crossing in crossings}):
        book.note(code, f"is gone in version {new.version} and has no row")
    if book.problems:
        raise CatalogueError(book.problems)


def _rows(catalogue: Catalogue) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every row by a code unique in the whole catalogue, without the rows inside it."""
    data = _plain(asdict(catalogue))
    for table in ("unit_types", "topics"):
        yield from ((f"{table}.{row['code']}", row) for row in data.pop(table))
    rules = data.pop("rules")
    for table in ("deductions", "bonus", "statements", "vetoes"):
        yield from ((row["code"], row) for row in rules.pop(table))
    yield "rules", rules
    yield "catalogue", {key: value for key, value in data.items() if key not in ("lists", "evaluation")}
    for sheet in catalogue.sheets():
        yield from _sheet_rows(sheet)


def _sheet_rows(sheet: StandardList) -> Iterator[tuple[str, Mapping[str, Any]]]:
    head = _plain(asdict(sheet))
    nested = ("categories", "negatives", "extras")
    yield f"list.{sheet.code}", {key: value for key, value in head.items() if key not in nested}
    for negative in head["negatives"]:
        yield negative["code"], {**negative, "list": sheet.code}
    for name, table in head["extras"].items():
        yield from ((row["code"], {**row, "table": name}) for row in table)
    for category in sheet.categories:
        yield from _category_rows(category, sheet.code)


def _category_rows(category: Category, parent: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    plain = _plain(asdict(category))
    head = {key: value for key, value in plain.items() if key not in ("items", "categories")}
    yield category.code, {**head, "parent": parent}
    for item in plain["items"]:
        for problem in item.pop("problems"):
            yield problem["code"], {**problem, "item": item["code"]}
        yield item["code"], {**item, "parent": category.code}
    for child in category.categories:
        yield from _category_rows(child, category.code)


def _plain(value: Any) -> Any:
    """Lists instead of tuples, so that the value is JSON."""
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(child) for child in value]
    return value
