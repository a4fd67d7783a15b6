"""The index that finds places by two characters: an FTS5 table on SQLite, a table with a GIN index on PostgreSQL.

No model: it is derived from the places (`division_search`), which come in after the migration (`fill_missing`).
"""

from django.db import migrations

MAKE = {
    # Only whether a word is there counts, not where: a third of the size.
    "sqlite": ["CREATE VIRTUAL TABLE units_division_fts USING fts5(words, detail=none)"],
    "postgresql": [
        "CREATE TABLE units_division_words (number bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX units_division_words_gin ON units_division_words USING gin (words)",
    ],
}
DROP = {"sqlite": "DROP TABLE units_division_fts", "postgresql": "DROP TABLE units_division_words"}


def make(apps, schema_editor):
    for statement in MAKE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    schema_editor.execute(DROP[schema_editor.connection.vendor])


class Migration(migrations.Migration):
    dependencies = [("units", "0002_current_lists")]

    operations = [migrations.RunPython(make, drop)]
