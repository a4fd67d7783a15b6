"""Database triggers that refuse to change or delete what the trail holds."""

from typing import Any

from django.db import connections

from lianheng.engine.merkle_log.tree import Frontier

# table → operations refused. A payload may be erased (deleted), never rewritten; the head only grows.
REFUSED = {
    "trail_trailentry": ("UPDATE", "DELETE"),
    "trail_trailpayload": ("UPDATE",),
    "trail_trailnode": ("UPDATE", "DELETE"),
    "trail_trailcheckpoint": ("UPDATE", "DELETE"),
    "trail_trailhead": ("DELETE",),
}
MESSAGE = "the trail is append-only"


def trigger_names() -> frozenset[str]:
    """Return the names of all triggers that must exist on this kind of database."""
    names = {f"{table}_no_{operation.lower()}" for table, operations in REFUSED.items() for operation in operations}
    names.add("trail_trailhead_only_grows")
    return frozenset(names)


def install(using: str = "default") -> None:
    """Make every trigger that is missing, and the head row."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in _SQL[connection.vendor]():
            cursor.execute(statement)
        cursor.execute("SELECT count(*) FROM trail_trailhead")
        if cursor.fetchone()[0] == 0:
            cursor.execute("INSERT INTO trail_trailhead (id, size, frontier) VALUES (1, 0, %s)", [Frontier().to_bytes()])


def missing(using: str = "default") -> frozenset[str]:
    """Return the triggers that should be there and are not."""
    connection = connections[using]
    wanted = set(trigger_names())
    if connection.vendor == "postgresql":
        wanted |= {f"{table}_no_truncate" for table in REFUSED}
        query = "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        return frozenset(wanted - {row[0] for row in cursor.fetchall()})


def why_not_to_start() -> str | None:
    """Return why the server must not start, or None."""
    lost = missing()
    return f"the trail's triggers {', '.join(sorted(lost))} are missing: run 'lianheng migrate'" if lost else None


def guard_after_migrate(using: str = "default", **_: Any) -> None:
    install(using)


def _sqlite() -> list[str]:
    statements = [
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{operation.lower()} BEFORE {operation} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        for table, operations in REFUSED.items()
        for operation in operations
    ]
    statements.append(
        "CREATE TRIGGER IF NOT EXISTS trail_trailhead_only_grows BEFORE UPDATE ON trail_trailhead "
        f"WHEN NEW.size <> OLD.size + 1 OR NEW.id <> OLD.id BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    )
    return statements


def _postgresql() -> list[str]:
    statements = [
        "CREATE OR REPLACE FUNCTION trail_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$",
        "CREATE OR REPLACE FUNCTION trail_head_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF NEW.size <> OLD.size + 1 OR NEW.id <> OLD.id THEN "
        f"RAISE EXCEPTION '{MESSAGE}'; END IF; RETURN NEW; END $$",
        "CREATE OR REPLACE TRIGGER trail_trailhead_only_grows BEFORE UPDATE ON trail_trailhead "
        "FOR EACH ROW EXECUTE FUNCTION trail_head_grows()",
    ]
    for table, operations in REFUSED.items():
        statements += [
            f"CREATE OR REPLACE TRIGGER {table}_no_{operation.lower()} BEFORE {operation} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION trail_refuse()"
            for operation in operations
        ]
        statements.append(
            f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse()"
        )
    return statements


_SQL = {"sqlite": _sqlite, "postgresql": _postgresql}
