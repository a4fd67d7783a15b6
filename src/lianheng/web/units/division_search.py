"""Any two characters find a place of the tree, with the same hits on SQLite (FTS5) and PostgreSQL (tsvector).

The index holds for each place the pairs of its name and the codes of the places that it lies in, down to the town: so
one match narrows by name and by scope together, and the country costs what a county does. It is derived: whoever writes
a name or a place writes it here too, in the same transaction, and `fill_missing` makes it after a migration.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connection

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import ADMINISTRATORS
from lianheng.web.accounts.scope import grants_of
from lianheng.web.shell.bigrams import search_words
from lianheng.web.units.models import NOW, Division, Institution
from lianheng.web.units.queries import visible_divisions

TABLE = {"sqlite": "units_division_fts", "postgresql": "units_division_words"}
LENGTH_OF_LEVEL = {"1": 2, "2": 4, "3": 6, "4": 9, "5": 12}
COLUMNS = ("code", "level", "name", "province", "city", "county", "town")
HITS, BATCH = 200, 10_000
_PUT = {
    "sqlite": "INSERT OR REPLACE INTO units_division_fts (rowid, words) VALUES (%s, %s)",
    "postgresql": "INSERT INTO units_division_words (number, words) VALUES (%s, %s::tsvector) "
    "ON CONFLICT (number) DO UPDATE SET words = EXCLUDED.words",
}
_FIND = {
    "sqlite": "SELECT rowid FROM units_division_fts WHERE units_division_fts MATCH %s AND rowid > %s "
    "ORDER BY rowid LIMIT %s",
    "postgresql": "SELECT number FROM units_division_words WHERE words @@ to_tsquery('simple', %s) AND number > %s "
    "ORDER BY number LIMIT %s",
}
# With the scope in the match, the index holds few enough to fetch and sort them all. Left to itself, the planner reads
# the places by number instead, of a common ending all those in front of the scope: 280 ms where this takes 19.
_FIND_IN_SCOPE = (
    "WITH hits AS MATERIALIZED (SELECT number FROM units_division_words WHERE words @@ to_tsquery('simple', %s)) "
    "SELECT number FROM hits WHERE number > %s ORDER BY number LIMIT %s"
)
# The first places of a province in the order of the hits: of a common ending, more than a page shows are among them.
_FIRST_OF_PROVINCE = (
    "SELECT code FROM (SELECT code, name, level FROM units_division WHERE province = %s AND valid_to IS NULL "
    "ORDER BY level, code LIMIT %s) places WHERE strpos(upper(name), upper(%s)) > 0 ORDER BY level, code LIMIT %s"
)
FIRST = 6_000
_BOTH, _EITHER = {"sqlite": " AND ", "postgresql": " & "}, {"sqlite": " OR ", "postgresql": " | "}

# (code, level, name, province, city, county, town)
Line = Sequence[Any]


def number_of(code: str, level: int) -> int:
    """Return the key of a place in the index: by level, then by code."""
    return int(f"{level}{code:0<12}")


def code_of(number: int) -> str:
    """Return the code of a place from its key."""
    text = str(number)
    return text[1 : 1 + LENGTH_OF_LEVEL[text[0]]]


def words_of(line: Line) -> str:
    """Return what the index holds of a place, as plain words to both databases."""
    return " ".join([*search_words(line[2]), *(f"s{code}" for code in dict.fromkeys(line[3:7]) if code)])


def write_index(lines: Iterable[Line]) -> None:
    """Index places, anew where they are there already; part of the caller's transaction."""
    rows = ((number_of(line[0], line[1]), words_of(line)) for line in lines)
    with connection.cursor() as cursor:
        while batch := list(islice(rows, BATCH)):
            cursor.executemany(_PUT[connection.vendor], batch)


def copy_index(cursor: Any, lines: Iterable[Line]) -> None:
    """Index new places by COPY (PostgreSQL), many at once."""
    with cursor.copy("COPY units_division_words (number, words) FROM STDIN") as copy:
        for line in lines:
            copy.write_row((number_of(line[0], line[1]), words_of(line)))


def index_again(**where: Any) -> None:
    """Index the places of a condition as they stand now, e.g. `code="430421101"` or `town="430421101"`."""
    write_index(Division.objects.filter(**where).values_list(*COLUMNS).iterator(chunk_size=BATCH))


def clear_index() -> None:
    """Forget every place, before a first list."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE[connection.vendor]}")


def fill_missing(**_: object) -> None:
    """Index the places that were loaded before there was an index. Called after each migration."""
    tables = connection.introspection.table_names()
    if Division._meta.db_table not in tables or TABLE[connection.vendor] not in tables:
        return  # migrated back, or another room was migrated alone
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {TABLE[connection.vendor]} LIMIT 1")
        if cursor.fetchone() is None:
            index_again()


def search_divisions(user: User, text: str, limit: int = 20) -> list[Division]:
    """Return places as they are now whose name holds the text (two characters or more) or whose code it is, highest
    level first, within the person's scope."""
    text = text.strip()
    if len(text) < 2:
        return []
    rows = visible_divisions(user).filter(NOW)
    if text.isdecimal():
        return list(rows.filter(pk=text))
    rows = rows.filter(name__icontains=text)
    found = {row.pk: row for row in _few(user, rows)}
    for codes in _hits(user, text, limit):
        found |= {row.pk: row for row in rows.filter(pk__in=codes)}
        if len(found) >= limit:
            break
    return sorted(found.values(), key=lambda row: (row.level, row.pk))[:limit]


def found_divisions(user: User, text: str, limit: int = 20) -> list[tuple[Division, str]]:
    """Return what `search_divisions` finds, each with its code and the places above it that the person sees."""
    found = search_divisions(user, text, limit)
    above = {code for row in found for code in (row.city, row.county, row.town) if code != row.pk}
    names = dict(visible_divisions(user).filter(pk__in=above).values_list("pk", "name")) if above else {}
    return [(row, _where(row, names)) for row in found]


def _where(row: Division, names: dict[str, str]) -> str:
    line = [names[code] for code in (row.city, row.county, row.town) if code != row.pk and code in names]
    return f"{row.pk} {''.join(line)}".strip()


def _few(user: User, rows: Any) -> list[Division]:
    """Return the hits among single places: those of the own institution, and villages."""
    grants = [grant for grant in grants_of(user) if grant.role not in ADMINISTRATORS]
    codes = {grant.division for grant in grants if len(grant.division) == 12}
    own = [grant.institution_id for grant in grants if grant.institution_id and not grant.division]
    codes |= set(Institution.objects.filter(pk__in=own).values_list("division_id", flat=True)) if own else set()
    return list(rows.filter(pk__in=codes)) if codes else []


def _hits(user: User, text: str, limit: int) -> Iterator[list[str]]:
    """Yield codes of places whose name holds every pair of the text, in the subtrees of the person's grants."""
    words, reach = search_words(text), _reach(user)
    if not words or reach == []:
        return
    match = _BOTH[connection.vendor].join(words)
    if reach:
        match += f"{_BOTH[connection.vendor]}({_EITHER[connection.vendor].join(reach)})"
    if connection.vendor == "postgresql" and (province := _only_province(reach)):
        with connection.cursor() as cursor:
            cursor.execute(_FIRST_OF_PROVINCE, [province, FIRST, text, limit])
            yield [row[0] for row in cursor.fetchall()]
    in_scope = connection.vendor == "postgresql" and bool(reach)
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_FIND_IN_SCOPE if in_scope else _FIND[connection.vendor], [match, last, HITS])
            numbers = [row[0] for row in cursor.fetchall()]
        yield [code_of(number) for number in numbers]
        if len(numbers) < HITS:
            return
        last = numbers[-1]


def _only_province(reach: list[str] | None) -> str:
    """Return the province that is all a person sees, or nothing."""
    return reach[0][1:] if reach is not None and len(reach) == 1 and len(reach[0]) == 3 else ""


def _reach(user: User) -> list[str] | None:
    """Return the words of the subtrees that the person sees; None: every place. What is seen says the query."""
    grants = [grant for grant in grants_of(user) if grant.role not in ADMINISTRATORS]
    if any(g.business_line and not g.division and not g.institution_id for g in grants):
        return None
    return sorted({f"s{grant.division}" for grant in grants if 0 < len(grant.division) < 12})
