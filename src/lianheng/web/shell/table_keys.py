"""Which rows a page holds: by offset up to page 50, beyond it by the key of the last row shown."""

import base64
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest

if TYPE_CHECKING:
    from lianheng.web.shell.table_columns import Sort
    from lianheng.web.shell.table_page import Page

# Up to this page by offset, beyond by key: an offset of a million rows reads a million rows.
LAST_OFFSET_PAGE = 50


def order(fields: Sequence[str], descending: bool) -> list[str]:
    """Return the order; an index read backwards serves the descending one."""
    return [f"-{name}" for name in fields] if descending else list(fields)


def fill(page: "Page", request: HttpRequest, rows: QuerySet[Any], sort: "Sort | None") -> None:
    """Put the rows and the addresses of the neighbouring pages into `page`."""
    if sort is not None:
        rows = rows.order_by(*order(sort.total, page.descending))
        for name, backwards in (("after", False), ("before", True)):
            key = _read(request.GET.get(name, ""), rows, sort)
            if key is not None:
                _by_key(page, rows, sort, key, backwards)
                return
    _by_offset(page, request, rows, sort)


def _by_offset(page: "Page", request: HttpRequest, rows: QuerySet[Any], sort: "Sort | None") -> None:
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
    last = -(-page.total // page.size) or 1
    number = max(1, min(number, LAST_OFFSET_PAGE, last))
    start = (number - 1) * page.size
    found = list(rows[start : start + page.size + 1])
    page.objects, page.first = found[: page.size], start + 1
    if number > 1:
        page.previous_query = page.link(page=str(number - 1)) if number > 2 else page.link()
    if len(found) > page.size:
        if number < LAST_OFFSET_PAGE or sort is None:
            page.next_query = page.link(page=str(number + 1))
        else:
            page.next_query = page.link(after=_write(page.objects[-1], sort, page.last))


def _by_key(page: "Page", rows: QuerySet[Any], sort: "Sort", key: tuple[int, list[Any]], backwards: bool) -> None:
    position, values = key
    downwards = page.descending != backwards
    found = list(
        rows.filter(_beyond(sort.total, values, downwards)).order_by(*order(sort.total, downwards))[: page.size + 1]
    )
    shown = found[: page.size]
    more = len(found) > page.size
    page.objects = shown[::-1] if backwards else shown
    page.first = max(1, position - len(shown)) if backwards else position + 1
    if not page.objects:
        page.previous_query = page.link()
        return
    if more or backwards:
        page.next_query = page.link(after=_write(page.objects[-1], sort, page.last))
    if more or not backwards:
        page.previous_query = page.link(before=_write(page.objects[0], sort, page.first))


def _beyond(fields: Sequence[str], values: Sequence[Any], downwards: bool) -> Q:
    """Return "the row comes after these values in this order", with a range on the first column for the index."""
    sign = "lt" if downwards else "gt"
    q = Q(**{f"{fields[-1]}__{sign}": values[-1]})
    for name, value in list(zip(fields, values, strict=True))[-2::-1]:
        q = Q(**{f"{name}__{sign}e": value}) & (Q(**{f"{name}__{sign}": value}) | q)
    return q


def _write(row: Any, sort: "Sort", position: int) -> str:
    values = [getattr(row, name) for name in sort.total]
    text = json.dumps([position, *values], default=str, ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(token: str, rows: QuerySet[Any], sort: "Sort") -> tuple[int, list[Any]] | None:
    """Return position and key values of a token; None for anything that this program has not written."""
    if not token or len(token) > 1000:
        return None
    try:
        position, *given = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if not isinstance(position, int) or len(given) != len(sort.total):
            return None
        meta = rows.model._meta
        fields = [meta.pk if name == "pk" else meta.get_field(name) for name in sort.total]
        values = [f.to_python(v) for f, v in zip(fields, given, strict=True)]
    except (ValueError, TypeError, ValidationError, FieldDoesNotExist):
        return None
    if any(value is None or (isinstance(value, str) and "\0" in value) for value in values):
        return None
    return max(0, position), values
