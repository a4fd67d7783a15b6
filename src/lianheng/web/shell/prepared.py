"""Queries that are written once and asked again with other values.

Putting a query of a detail page together and writing its SQL costs Django several times what the database needs to
answer it, and is the same work at every request: only the values differ. `ask` writes a query with stand-ins for its
values, keeps what was written, and puts the values in. Nothing that was read is kept, so nothing can grow stale.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from threading import local
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.http import Http404

# Stand-ins that no query names by itself. Numbers fit the smallest kind of column: of a larger one Django knows before
# asking that PostgreSQL finds nothing. Texts are of the private use area and as long as what they stand for.
_NUMBER, _LETTER = 31_000, 0xE000
_MOST_KEPT = 400

Value = int | str
Row = TypeVar("Row")

# Tests set this: each query is then also written afresh with its real values, and has to be the same.
checked = False


@dataclass(frozen=True)
class _Written:
    """A query with its SQL; `places` are the parameters that a value goes to."""

    rows: Any
    compiler: Any
    sql: str
    parameters: tuple[Any, ...]
    places: tuple[tuple[int, int], ...]

    def ask(self, values: Sequence[Value]) -> list[Any]:
        parameters = list(self.parameters)
        for place, index in self.places:
            # PostgreSQL's driver is told the size of a number by its class.
            parameters[place] = type(parameters[place])(values[index])
        self.compiler.connection = connections[DEFAULT_DB_ALIAS]
        self.compiler.as_sql = lambda *_, **__: (self.sql, tuple(parameters))
        return list(self.rows._iterable_class(self.rows))


class _Kept(local):
    """What was written, for each thread by itself: a compiler works for one connection."""

    def __init__(self) -> None:
        self.queries: dict[Hashable, _Written | None] = {}


_KEPT = _Kept()


def ask(build: Callable[..., QuerySet[Any, Row]], *values: Value, form: tuple[Hashable, ...] = ()) -> list[Row]:
    """Return the rows of `build(*values, *form)`, a function of a module.

    What it makes of its values may depend on nothing but `form`: it may not look at the values themselves, at the
    clock or at a row. Numbers and texts must reach the SQL as they are.
    """
    return ask_made(lambda *given: build(*given, *form), *values, form=(build, form))


def ask_made(
    build: Callable[..., QuerySet[Any, Row]],
    *values: Value,
    form: Hashable,
    fresh: Callable[[], QuerySet[Any, Row]] | None = None,
) -> list[Row]:
    """Return the rows of `build(*values)`, a function that was made just now and of which `form` tells everything."""
    key = (connections[DEFAULT_DB_ALIAS].vendor, form, tuple(_kind(value) for value in values))
    if key not in _KEPT.queries:
        if len(_KEPT.queries) >= _MOST_KEPT:
            _KEPT.queries.clear()
        _KEPT.queries[key] = _write(build, [_stand_in(n, value) for n, value in enumerate(values)])
    written = _KEPT.queries[key]
    if checked:
        _check(written, fresh or (lambda: build(*values)), values)
    return [] if written is None else written.ask(values)


def _kind(value: Value) -> int:
    """Return what tells the stand-ins of two values apart: a number, or a text of a length."""
    return -1 if isinstance(value, int) else len(value)


def _stand_in(number: int, value: Value) -> Value:
    return _NUMBER + number if isinstance(value, int) else chr(_LETTER + number) * len(value)


def _write(build: Callable[..., Any], stand_ins: list[Value]) -> _Written | None:
    """Write a query; None where nobody could find anything with it."""
    rows: Any = build(*stand_ins)
    assert not rows._prefetch_related_lookups, "a prepared query cannot prefetch"
    compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return None
    index = {stand_in: number for number, stand_in in enumerate(stand_ins) if stand_in != ""}
    places = tuple((place, index[given]) for place, given in enumerate(parameters) if given in index)
    known = {place for place, _ in places}
    for place, given in enumerate(parameters):
        hidden = place not in known and any(str(stand_in) in str(given) for stand_in in index)
        assert not hidden, f"a value reaches the SQL in another form: {given!r}"
    rows.query.get_compiler = lambda using: compiler
    return _Written(rows, compiler, sql, tuple(parameters), places)


def _check(written: _Written | None, fresh: Callable[[], Any], values: Sequence[Value]) -> None:
    try:
        expected = fresh().query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    except EmptyResultSet:
        assert written is None, "a prepared query finds what a fresh one does not"
        return
    assert written is not None, "a prepared query finds nothing where a fresh one does"
    parameters = list(written.parameters)
    for place, index in written.places:
        parameters[place] = values[index]
    assert (written.sql, tuple(parameters)) == (expected[0], tuple(expected[1])), "a prepared query has grown stale"


def one_or_404(rows: list[Row]) -> Row:
    """Return the one row that was asked for; what nobody may see is not there."""
    if not rows:
        raise Http404
    return rows[0]
