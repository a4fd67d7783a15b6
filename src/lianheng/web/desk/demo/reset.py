"""Throw a demonstration away with its trail: tables are dropped and made anew, never emptied row by row."""

import shutil
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection


def empty_everything() -> None:
    """Drop every table of this database and migrate again; the trail's triggers allow nothing less.

    The caller has made sure that only a demonstration is here.
    """
    if settings.MODE == "production":
        raise RuntimeError("a production database is never emptied")
    if connection.vendor == "postgresql":
        _drop_postgres()
    else:
        _drop_sqlite()
    shutil.rmtree(settings.EVIDENCE, ignore_errors=True)
    Path(settings.CHECKPOINT_FILE).unlink(missing_ok=True)
    call_command("migrate", verbosity=0)


def _drop_postgres() -> None:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE")


def _drop_sqlite() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.execute(
            "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
        )
        found = cursor.fetchall()
        # Virtual tables first: they take their shadow tables with them.
        cursor.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%'")
        virtual = [name for (name,) in cursor.fetchall()]
        for name in virtual:
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(name)}")
        for name, kind in found:
            if name not in virtual:
                cursor.execute(f"DROP {kind.upper()} IF EXISTS {connection.ops.quote_name(name)}")
        cursor.execute("PRAGMA foreign_keys=ON")
