"""The full-text index: an FTS5 table beside StandardSearch on SQLite, a GIN index on it on PostgreSQL."""

from django.db import migrations

MAKE = {
    "sqlite": "CREATE VIRTUAL TABLE standards_search_fts USING fts5(words)",
    "postgresql": "CREATE INDEX standards_search_words ON standards_standardsearch USING gin (to_tsvector('simple', bigrams))",
}
DROP = {"sqlite": "DROP TABLE standards_search_fts", "postgresql": "DROP INDEX standards_search_words"}


def make(apps, schema_editor):
    schema_editor.execute(MAKE[schema_editor.connection.vendor])


def drop(apps, schema_editor):
    schema_editor.execute(DROP[schema_editor.connection.vendor])


class Migration(migrations.Migration):
    dependencies = [("standards", "0002_marks_and_clauses")]

    operations = [migrations.RunPython(make, drop)]
