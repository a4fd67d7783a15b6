"""Rows by the hundred: a query takes only so many values at once, and a page of work only so long."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Row = TypeVar("Row")
# Fewer than SQLite's least limit of values in one statement, with room for some more.
AT_ONCE = 500


def in_batches(rows: Iterable[Row], size: int = AT_ONCE) -> Iterator[list[Row]]:
    """Yield the rows in lists of a size, the last one shorter; none of no rows.

    Python's own `itertools.batched` exists from 3.12 on only.
    """
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch
