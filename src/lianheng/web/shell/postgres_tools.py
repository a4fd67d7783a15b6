"""pg_dump and pg_restore for the database of the settings."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from django.db import connection, transaction

# Options of libpq that DATABASE_URL may carry → the variable in which pg_dump looks for them.
_OPTIONS = "sslmode sslrootcert sslcert sslkey sslcrl passfile service connect_timeout options"
_VARIABLES = {name: f"PG{name.upper()}" for name in _OPTIONS.split()}


class PostgresToolError(Exception):
    """The program is missing or refused; one English line."""


def dump(path: Path) -> dict[str, int]:
    """Write the database as of one moment, and return table → number of rows of that same moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        _run("pg_dump", "--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={path}")
        return count_rows()


def restore(path: Path) -> None:
    """Fill the empty database of the settings, whole or not at all."""
    database = str(connection.settings_dict["NAME"])
    _run("pg_restore", "--no-owner", "--single-transaction", "--exit-on-error", f"--dbname={database}", str(path))


def count_rows() -> dict[str, int]:
    """Return table → number of rows."""
    with connection.cursor() as cursor:
        counts = {}
        for name in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")
            counts[name] = cursor.fetchone()[0]
        return counts


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program) or next(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{program}")), None)
    if found is None:
        raise PostgresToolError(f"{program} is not here: install the package postgresql-client")
    done = subprocess.run([found, *arguments], env=_environment(), capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise PostgresToolError(f"{program} failed: {lines[-1]}")


def _environment() -> dict[str, str]:
    values: dict[str, Any] = connection.settings_dict
    names = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}
    given = {variable: str(values[name]) for name, variable in names.items() if values.get(name)}
    # What DATABASE_URL says behind its question mark: a server may demand it of pg_dump too.
    given |= {_VARIABLES[name]: str(value) for name, value in values.get("OPTIONS", {}).items() if name in _VARIABLES}
    return os.environ | given
