"""One page of a list, as its template reads it: rows, controls, and the addresses that lead elsewhere in the list."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.http import QueryDict
from django.utils.safestring import SafeString, mark_safe

from lianheng.web.shell.table_columns import Choices, Column, Filter, safe
from lianheng.web.shell.unknown_conditions import unknown_words

if TYPE_CHECKING:
    from lianheng.web.shell.tables import Table

PAGE_SIZES = (20, 50, 100)
# Parameters that say where in a list one is, not which list it is.
MOMENTARY = ("page", "after", "before", "count", "export")


@dataclass
class Control:
    """A filter as the page shows it."""

    filter: Filter
    value: str
    options: Choices | None

    @property
    def options_html(self) -> SafeString:
        """The choices; in Python, because a template takes a tenth of a millisecond for every ten of them."""
        choices = [("", self.filter.all_label)] if self.filter.all_label else []
        return mark_safe(
            "".join(
                f'<option value="{safe(value)}"{" selected" if value == self.value else ""}>{safe(label)}</option>'
                for value, label in [*choices, *(self.options or ())]
            )
        )


@dataclass
class Page:
    """One page of a list; `body` is the rows as HTML."""

    table: "Table"
    objects: list[Any]
    columns: list[Column]
    controls: list[Control]
    sort: str
    descending: bool
    size: int
    first: int
    total: int
    more_than: bool
    next_query: str = ""
    previous_query: str = ""
    notices: list[str] = field(default_factory=list)
    query: QueryDict = field(default_factory=QueryDict)
    unknown: list[str] = field(default_factory=list)

    sizes = PAGE_SIZES

    @property
    def last(self) -> int:
        return self.first + len(self.objects) - 1

    @property
    def place_text(self) -> str:
        return f"{self.first:,}–{self.last:,}"

    @property
    def start_query(self) -> str:
        """Return the first page's address where "previous" is far from it."""
        return self.link() if self.first > 2 * self.size else ""

    @property
    def total_text(self) -> str:
        return f"{self.total:,}{'+' if self.more_than else ''}"

    @property
    def filtered(self) -> bool:
        return any(control.value != control.filter.default for control in self.controls)

    @property
    def bar(self) -> list[Control]:
        return [control for control in self.controls if not control.filter.chips]

    @property
    def chips(self) -> list[Control]:
        return [control for control in self.controls if control.filter.chips]

    @property
    def body(self) -> SafeString:
        """The rows; built in Python because a template spends most of a page's time on cells."""
        heads = [
            (column, f'<td class="{column.css}{" c-main" if column.link else ""}" data-label="{safe(column.label)}">')
            for column in self.columns
        ]
        parts: list[str] = []
        for row in self.objects:
            url = self.table.row_url(row)
            parts.append("<tr>")
            parts.extend(f"{head}{column.cell(row, url)}</td>" for column, head in heads)
            parts.append("</tr>\n")
        return mark_safe("".join(parts))

    @cached_property
    def headings(self) -> list[dict[str, Any]]:
        """Column heads; those with an offered sort link to it, turning the direction at the second click."""
        offered = {sort.key for sort in self.table.sorts}
        heads = []
        for column in self.columns:
            current = bool(column.sort) and column.sort == self.sort
            wanted = f"-{column.sort}" if current and not self.descending else column.sort
            query = self.link(sort=wanted) if column.sort in offered else ""
            heads.append({"column": column, "query": query, "current": current})
        return heads

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the query bar must carry along: order, columns, size."""
        return [(k, v) for k in ("sort", "col", "size") for v in map(str, self.query.getlist(k))]

    @property
    def kept_for_columns(self) -> list[tuple[str, str]]:
        drop = {"col", *MOMENTARY}
        return [(k, str(v)) for k, values in self.query.lists() if k not in drop for v in values]

    def link(self, **changes: str | None) -> str:
        """Return this list's address with changes, back on the first page; None takes a parameter out."""
        values = self.query.copy()
        for key in (*MOMENTARY, *changes):
            values.pop(key, None)
        for key, value in changes.items():
            if value is not None:
                values[key] = value
        return "?" + str(values.urlencode())

    @property
    def column_boxes(self) -> SafeString:
        """One box for each column; the one that carries the link always stays."""
        shown = {column.key for column in self.columns}
        return mark_safe(
            "".join(
                f'<label><input type="checkbox" name="col" value="{safe(column.key)}"'
                f"{' checked' if column.key in shown else ''}{' disabled' if column.link else ''}> "
                f"{safe(column.label)}</label>"
                for column in self.table.columns
            )
        )

    @property
    def size_links(self) -> list[tuple[int, str]]:
        """Page sizes with their addresses; the present one has none."""
        return [(size, "" if size == self.size else self.link(size=str(size))) for size in self.sizes]

    @property
    def exact_query(self) -> str:
        values = self.query.copy()
        values["count"] = "exact"
        return "?" + str(values.urlencode())

    @property
    def export_query(self) -> str:
        return self.link(export="xlsx")

    @property
    def clear_query(self) -> str:
        return self.link(**dict.fromkeys([*(control.filter.key for control in self.controls), *self.unknown]))

    @property
    def unknown_text(self) -> str:
        return unknown_words(self.unknown) if self.unknown else ""

    @property
    def known_query(self) -> str:
        """Return this list's address without the conditions that it does not know."""
        return self.link(**dict.fromkeys(self.unknown))

    def _chosen(self, control: Control, value: str) -> str:
        # "All" must be said in the address only where something else is the default.
        return self.link(**{control.filter.key: value or ("" if control.filter.default else None)})

    @property
    def chip_links(self) -> list[dict[str, Any]]:
        groups = []
        for control in self.chips:
            options = [("", control.filter.all_label)] if control.filter.all_label else []
            links = [
                {"label": label, "query": self._chosen(control, value), "current": value == control.value}
                for value, label in [*options, *(control.options or ())]
            ]
            groups.append({"label": control.filter.label, "links": links})
        return groups
