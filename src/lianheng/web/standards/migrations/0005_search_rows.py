"""The search index holds every kind of row of a catalogue, not items alone. It is derived: it is made anew, not moved.

Rows of versions that are already there come back after the migration (`search_rows.fill_missing`).
"""

import django.db.models.deletion
from django.db import migrations, models

CLEAR = {"sqlite": "DELETE FROM standards_search_fts", "postgresql": "DROP INDEX standards_search_words"}
MAKE = {
    "postgresql": "CREATE INDEX standards_search_words ON standards_standardsearch USING gin (to_tsvector('simple', bigrams))",
}


def clear(apps, schema_editor):
    schema_editor.execute(CLEAR[schema_editor.connection.vendor])


def make(apps, schema_editor):
    if schema_editor.connection.vendor in MAKE:
        schema_editor.execute(MAKE[schema_editor.connection.vendor])


class Migration(migrations.Migration):
    dependencies = [("standards", "0004_catalogue_head")]

    operations = [
        migrations.RunPython(clear, migrations.RunPython.noop),
        migrations.DeleteModel(name="StandardSearch"),
        migrations.CreateModel(
            name="StandardSearch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("item", "条目"),
                            ("negative", "负面情形"),
                            ("indicator", "考评指标"),
                            ("rule", "通用规则"),
                        ],
                        max_length=10,
                    ),
                ),
                ("code", models.CharField(max_length=12)),
                ("name", models.CharField(max_length=80)),
                ("list_code", models.CharField(blank=True, max_length=2)),
                ("place", models.CharField(max_length=120)),
                ("text", models.TextField()),
                ("order", models.PositiveIntegerField()),
                ("bigrams", models.TextField()),
                (
                    "catalogue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="search_rows",
                        to="standards.catalogue",
                    ),
                ),
            ],
        ),
        migrations.RunPython(make, migrations.RunPython.noop),
    ]
