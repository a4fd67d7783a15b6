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

from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lianheng.web.shell import table_export, table_keys
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.table_columns import Choices, Column, Filter, Sort
from lianheng.web.shell.table_page import MOMENTARY, PAGE_SIZES, Control, Page
from lianheng.web.shell.unknown_conditions import (
    choose,
    no_such_choice,
    printable,
    unknown_conditions,
    unknown_words,
)

__all__ = ["Choices", "Column", "Filter", "Sort", "Table"]

COUNT_LIMIT = 10_000
# Parameters that every list knows, beside its filters.
KNOWN = frozenset({*MOMENTARY, "sort", "col", "size"})


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
        notices += self._no_such_shape(request)
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
            value = item.default if given is None else printable(given)
            if value and options is not None and value not in {key for key, _ in options}:
                notices.append(no_such_choice(item.label, value))
                value = item.default
            controls.append(Control(item, value, options))
        return controls

    def _unknown(self, request: HttpRequest) -> list[str]:
        return unknown_conditions(request, KNOWN | {item.key for item in self.filters})

    def _no_such_shape(self, request: HttpRequest) -> list[str]:
        """Say which order, page size or column an address asks for in vain; the rows are the same without it."""
        orders = {f"{sign}{sort.key}" for sort in self.sorts for sign in ("", "-")}
        asked = [
            choose(request, "sort", "排序", orders),
            choose(request, "size", "每页行数", [str(size) for size in PAGE_SIZES]),
            choose(request, "col", "列", {column.key for column in self.columns}),
        ]
        return [notice for _, notice in asked if notice]

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
