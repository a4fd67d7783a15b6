"""The one list of the product: declared columns, filters and sorts; one queryset for page, count and export.

A room writes a subclass and one line in its view::

    class TaskTable(Table):
        name, noun, model = "ledger.tasks", "任务", Task
        ancestors = (("city",), ("county",), ("town",))
        columns = (Column("name", "任务", link=True, sort="name"), Column("due", "期限", value=lambda t: t.due))
        filters = (Filter("state", "状态", choices=Task.STATES, field="state"),)
        sorts = (Sort("name", ("sort_key",)), Sort("due", ("due",)))

    return TaskTable().respond(request, queries.tasks_for(request.user), "ledger/tasks.html", {...})

The queryset comes scoped to the person who asks. Nothing that a request names reaches the database as a column.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe

from lianheng.web.shell import table_export, table_keys
from lianheng.web.shell.errors import InvalidInput

PAGE_SIZES = (20, 50, 100)
COUNT_LIMIT = 10_000
# Parameters that say where in a list one is, not which list it is.
MOMENTARY = ("page", "after", "before", "count", "export")
# Parameters that every list knows, beside its filters.
KNOWN = frozenset({*MOMENTARY, "sort", "col", "size"})

Choices = Sequence[tuple[str, str]]


def unknown_conditions(request: HttpRequest, known: Iterable[str]) -> list[str]:
    """Return what an address asks to narrow by and a page doesn't know: that must be said, not shown as if narrowed."""
    return [key for key, value in request.GET.items() if value and key not in known]


def unknown_words(keys: Sequence[str]) -> str:
    """Say which conditions had no effect; an address may hold anything, so names are cut short."""
    names = "、".join("“" + "".join(c for c in key[:20] if c.isprintable()) + "”" for key in keys[:3])
    return f"此列表不能按{names}{'等' if len(keys) > 3 else ''}筛选，这个条件没有用上"


def _safe(value: Any) -> str:
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
        text = "—" if value is None or value == "" else _safe(value)
        if self.link and url:
            text = f'<a class="title" href="{_safe(url)}">{text}</a>'
        if self.sub is not None and (second := self.sub(row)):
            text += f'<span class="sub">{_safe(second)}</span>'
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
                f'<option value="{_safe(value)}"{" selected" if value == self.value else ""}>{_safe(label)}</option>'
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
            (column, f'<td class="{column.css}{" c-main" if column.link else ""}" data-label="{_safe(column.label)}">')
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
                f'<label><input type="checkbox" name="col" value="{_safe(column.key)}"'
                f"{' checked' if column.key in shown else ''}{' disabled' if column.link else ''}> "
                f"{_safe(column.label)}</label>"
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


class Table:
    """What a list shows and offers. Subclass, declare, call `respond` (or `page`)."""

    name: ClassVar[str] = ""  # in the trail and as the file's name, e.g. "units.institutions"
    noun: ClassVar[str] = "记录"
    model: ClassVar[type[Model] | None] = None
    # Column tuples by which scope narrows this table; each needs an index (ancestors…, sort…).
    ancestors: ClassVar[tuple[tuple[str, ...], ...]] = ()
    # A table that can never hold more than some hundred rows (unit types) needs no index.
    small: ClassVar[bool] = False
    columns: Sequence[Column] = ()
    filters: Sequence[Filter] = ()
    sorts: Sequence[Sort] = ()
    default_sort: ClassVar[str] = ""  # "-created": newest first; empty: the first of `sorts`
    empty_title: str = ""  # where "还没有…" would be wrong, e.g. all is done
    empty_text: str = ""
    can_export: ClassVar[bool] = True

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        missing = missing_indexes(cls)
        if missing:
            raise ImproperlyConfigured(f"{cls.__name__} offers sorts that no index serves: {'; '.join(missing)}")

    def row_url(self, row: Any) -> str:
        """Return the address that the row's link column leads to."""
        get = getattr(row, "get_absolute_url", None)
        return str(get()) if get else ""

    def respond(
        self,
        request: HttpRequest,
        rows: QuerySet[Any],
        template: str,
        context: dict[str, Any] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """Return the page with `page` in its context, or the Excel file when the address asks for it."""
        if self.can_export and request.GET.get("export") == "xlsx":
            return self.export(request, rows)
        return render(request, template, {**(context or {}), "page": self.page(request, rows)}, status=status)

    def page(self, request: HttpRequest, rows: QuerySet[Any]) -> Page:
        """Return the page that the address asks for."""
        notices: list[str] = []
        controls = self._controls(request, notices)
        narrowed = self._narrow(rows, controls)
        sort, descending = self._sort(request)
        size = next((n for n in PAGE_SIZES if request.GET.get("size") == str(n)), PAGE_SIZES[0])
        total, more_than = self._count(narrowed, exact=request.GET.get("count") == "exact")
        page = Page(
            self, [], self._columns(request), controls, sort.key if sort else "", descending, size, 1, total, more_than,
            notices=notices, query=request.GET, unknown=self._unknown(request),
        )  # fmt: skip
        table_keys.fill(page, request, narrowed, sort)
        return page

    def export(self, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse:
        """Return exactly the filtered rows as Excel, with the columns that are shown; leaves a trail entry."""
        notices: list[str] = []
        controls = self._controls(request, notices)
        if unknown := self._unknown(request):
            notices.append(unknown_words(unknown))
        if notices:
            raise InvalidInput("没有导出：" + "；".join(notices))
        sort, descending = self._sort(request)
        narrowed = self._narrow(rows, controls)
        if sort is not None:
            narrowed = narrowed.order_by(*table_keys.order(sort.total, descending))
        conditions = {control.filter.key: control.value for control in controls if control.value}
        return table_export.respond(request, self, narrowed, self._columns(request), conditions)

    def _controls(self, request: HttpRequest, notices: list[str]) -> list[Control]:
        controls = []
        for item in self.filters:
            options = item.options(request)
            given = request.GET.get(item.key)
            value = item.default if given is None else "".join(c for c in given.strip()[:40] if c.isprintable())
            if value and options is not None and value not in {key for key, _ in options}:
                notices.append(f"“{item.label}”没有“{value}”这个选项，这个条件没有用上")
                value = item.default
            controls.append(Control(item, value, options))
        return controls

    def _unknown(self, request: HttpRequest) -> list[str]:
        return unknown_conditions(request, KNOWN | {item.key for item in self.filters})

    def _narrow(self, rows: QuerySet[Any], controls: Sequence[Control]) -> QuerySet[Any]:
        for control in controls:
            if control.value:
                rows = control.filter.narrow(rows, control.value)
        return rows

    def _sort(self, request: HttpRequest) -> tuple[Sort | None, bool]:
        offered = {sort.key: sort for sort in self.sorts}
        for wanted in (request.GET.get("sort", ""), self.default_sort):
            if wanted.removeprefix("-") in offered:
                return offered[wanted.removeprefix("-")], wanted.startswith("-")
        return (self.sorts[0] if self.sorts else None), False

    def _columns(self, request: HttpRequest) -> list[Column]:
        wanted = set(request.GET.getlist("col"))
        return [c for c in self.columns if c.link or (c.key in wanted if wanted else c.shown)]

    def _count(self, rows: QuerySet[Any], *, exact: bool) -> tuple[int, bool]:
        if exact:
            return rows.order_by().count(), False
        counted = rows.order_by().values("pk")[: COUNT_LIMIT + 1].count()
        return min(counted, COUNT_LIMIT), counted > COUNT_LIMIT


def missing_indexes(table: type[Table]) -> list[str]:
    """Return the (ancestors, sort) pairs that no index of the model begins with."""
    if table.model is None or table.small:
        return []
    indexes = [tuple(index.fields) for index in table.model._meta.indexes]
    return [
        f"{sort.key}: ({', '.join((*ancestor, *sort.fields))})"
        for sort in table.sorts
        for ancestor in table.ancestors
        if not any(fields[: len(ancestor) + len(sort.fields)] == (*ancestor, *sort.fields) for fields in indexes)
    ]
