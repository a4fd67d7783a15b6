"""Any two characters find a row of a catalogue, with the same hits on SQLite (FTS5) and PostgreSQL (tsvector)."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet

from lianheng.web.shell.bigrams import search_words
from lianheng.web.standards.models import StandardSearch


def write_index(rows: Iterable[StandardSearch]) -> None:
    """Store the rows and index them; part of the caller's transaction."""
    stored = StandardSearch.objects.bulk_create(rows, batch_size=500)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT OR REPLACE INTO standards_search_fts (rowid, words) VALUES (%s, %s)",
                [(row.pk, row.bigrams) for row in stored],
            )


def forget_index(catalogue_id: int) -> None:
    """Take a version's rows out of the index, before the version is deleted; PostgreSQL does so by itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM standards_search_fts WHERE rowid IN "
                "(SELECT id FROM standards_standardsearch WHERE catalogue_id = %s)",
                [catalogue_id],
            )


def matching(catalogue_id: int, text: str) -> QuerySet[StandardSearch]:
    """Return the rows of one version that hold every pair of the text; none when it holds no pair."""
    wanted = search_words(text)
    rows = StandardSearch.objects.filter(catalogue_id=catalogue_id)
    if not wanted:
        return rows.none()
    if connection.vendor == "sqlite":
        hits = "SELECT rowid FROM standards_search_fts WHERE standards_search_fts MATCH %s"
        where = f"standards_standardsearch.id IN ({hits})"
        return rows.extra(where=[where], params=[" AND ".join(wanted)])
    where = "to_tsvector('simple', standards_standardsearch.bigrams) @@ to_tsquery('simple', %s)"
    return rows.extra(where=[where], params=[" & ".join(wanted)])
