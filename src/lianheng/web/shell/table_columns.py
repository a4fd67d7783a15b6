"""What a list declares: its columns, its conditions and its orders."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

Choices = Sequence[tuple[str, str]]


def safe(value: Any) -> str:
    """Escape what is not HTML already; Django's own function costs four times as much a cell."""
    markup = getattr(value, "__html__", None)
    return str(markup()) if markup is not None else escape(str(value))


@dataclass(frozen=True)
class Column:
    """One column: `value` gives text (or safe HTML) for the page, `export` the plain value for Excel."""

    key: str
    label: str
    value: Callable[[Any], Any] | None = None
    export: Callable[[Any], Any] | None = None
    sub: Callable[[Any], Any] | None = None  # grey second line
    link: bool = False  # carries the row's href; cannot be hidden
    sort: str = ""
    css: str = ""
    shown: bool = True

    def plain(self, row: Any) -> Any:
        """Return the value as it goes to Excel."""
        if self.export is not None:
            return self.export(row)
        return self.value(row) if self.value is not None else getattr(row, self.key)

    def cell(self, row: Any, url: str) -> str:
        """Return the cell as safe HTML."""
        value = self.value(row) if self.value is not None else getattr(row, self.key)
        text = "—" if value is None or value == "" else safe(value)
        if self.link and url:
            text = f'<a class="title" href="{safe(url)}">{text}</a>'
        if self.sub is not None and (second := self.sub(row)):
            text += f'<span class="sub">{safe(second)}</span>'
        return text


@dataclass(frozen=True)
class Filter:
    """One condition of the query bar: a choice (with `choices`) or a text."""

    key: str
    label: str
    choices: Choices | Callable[[HttpRequest], Choices] | None = None
    field: str = ""
    apply: Callable[[QuerySet[Any], str], QuerySet[Any]] | None = None
    default: str = ""
    all_label: str = "全部"  # "" leaves the choice "all" out
    chips: bool = False
    placeholder: str = ""

    def options(self, request: HttpRequest) -> Choices | None:
        return self.choices(request) if callable(self.choices) else self.choices

    def narrow(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return self.apply(rows, value) if self.apply is not None else rows.filter(**{self.field or self.key: value})


@dataclass(frozen=True)
class Sort:
    """An offered order: columns without NULL that an index holds behind every ancestor column."""

    key: str
    fields: tuple[str, ...]
    label: str = ""
    unique: bool = False

    @property
    def total(self) -> tuple[str, ...]:
        """The order made total, so that pages never share or lose a row."""
        return self.fields if self.unique else (*self.fields, "pk")
