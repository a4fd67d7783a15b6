"""A stored version back as the library's values, so that differences and coverage are worked out in one place."""

from typing import Any

from lianheng.library import catalogue as library
from lianheng.web.standards.models import Catalogue


def values_of(catalogue: Catalogue) -> library.Catalogue:
    """Return the content of a version as the library loaded it."""
    return read_values(catalogue.content["catalogue"])


def read_values(data: dict[str, Any]) -> library.Catalogue:
    """Turn the plain form (`asdict`, through JSON) into values again."""
    plain = {key: data[key] for key in ("id", "version", "name", "effective", "source", "rules")}
    return library.Catalogue(
        **plain,
        marks=tuple(data["marks"]),
        seeds=tuple(data["seeds"]),
        ownerships=tuple(data["ownerships"]),
        unit_types=tuple(
            library.UnitType(**{**row, "lists": tuple(library.ListChoice(**choice) for choice in row["lists"])})
            for row in data["unit_types"]
        ),
        topics=tuple(library.Topic(**row) for row in data["topics"]),
        lists=tuple(_sheet(row) for row in data["lists"]),
        evaluation=_sheet(data["evaluation"]) if data["evaluation"] else None,
    )


def _sheet(row: dict[str, Any]) -> library.StandardList:
    nested = {
        "categories": tuple(_category(child) for child in row["categories"]),
        "negatives": tuple(library.Negative(**child) for child in row["negatives"]),
        "extras": {name: tuple(table) for name, table in row["extras"].items()},
    }
    return library.StandardList(**{**row, **nested})


def _category(row: dict[str, Any]) -> library.Category:
    items = tuple(_item(child) for child in row["items"])
    return library.Category(
        **{**row, "items": items, "categories": tuple(_category(child) for child in row["categories"])}
    )


def _item(row: dict[str, Any]) -> library.Item:
    nested = {
        "parts": tuple(row["parts"]),
        "tags": tuple(row["tags"]),
        "problems": tuple(library.ProblemDescription(**child) for child in row["problems"]),
    }
    return library.Item(**{**row, **nested})
