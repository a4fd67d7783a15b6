"""Database triggers that refuse to change or delete what the trail holds."""

from collections.abc import Iterable
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
# SQLite: REPLACE skips the DELETE trigger on connections without recursive_triggers, so the INSERT is refused itself.
_TAKEN = {
    "trail_trailentry": "seq = NEW.seq",
    "trail_trailpayload": "entry_id = NEW.entry_id",
    "trail_trailnode": '(height = NEW.height AND "index" = NEW."index") OR id = NEW.id',
    "trail_trailcheckpoint": "size = NEW.size OR id = NEW.id",
    "trail_trailhead": "1",
}
MESSAGE = "the trail is append-only"


def install(using: str = "default") -> None:
    """Make every trigger that is missing or altered, and the head row of an empty log."""
    connection = connections[using]
    triggers, absent = _SQL[connection.vendor](), missing(using)
    with connection.cursor() as cursor:
        if absent and connection.vendor == "postgresql":
            for body in _FUNCTIONS.values():
                cursor.execute(body)
        for name in sorted(absent):
            table, statement = triggers[name]
            cursor.execute(_drop(connection.vendor, name, table))
            cursor.execute(statement)
        cursor.execute("SELECT (SELECT count(*) FROM trail_trailhead) + (SELECT count(*) FROM trail_trailentry)")
        if cursor.fetchone()[0] == 0:
            frontier = Frontier().to_bytes()
            cursor.execute("INSERT INTO trail_trailhead (id, size, frontier) VALUES (1, 0, %s)", [frontier])


def remove(using: str = "default") -> None:
    """Take all triggers away; only `trail.testing` calls this."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A table with pending foreign-key checks cannot be altered.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name, (table, _) in _SQL[connection.vendor]().items():
            cursor.execute(_drop(connection.vendor, name, table))


def missing(using: str = "default") -> frozenset[str]:
    """Return the triggers that should be there as we made them, and are not."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return _missing_on_postgresql(cursor)
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        present = dict(cursor.fetchall())
    return frozenset(name for name, (_, statement) in _sqlite().items() if present.get(name) != statement)


def has_tables(using: str = "default") -> bool:
    """Whether the trail's tables exist: not before the first migration, nor after going back to zero."""
    return set(REFUSED) <= set(connections[using].introspection.table_names())


def guard_after_migrate(using: str = "default", **_: Any) -> None:
    """Make the triggers again: SQLite rebuilds a table on ALTER and drops its triggers without a word."""
    if has_tables(using):
        install(using)


def _missing_on_postgresql(cursor: Any) -> frozenset[str]:
    cursor.execute(
        "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE t.tgenabled IN ('O', 'A') AND pg_table_is_visible(c.oid) AND NOT t.tgisinternal"
    )
    present = set(cursor.fetchall())
    cursor.execute(
        "SELECT proname, prosrc FROM pg_proc WHERE pg_function_is_visible(oid) AND starts_with(proname, 'trail_')"
    )
    bodies = dict(cursor.fetchall())
    wanted = _postgresql()
    if any(bodies.get(name) != statement.split("$$")[1] for name, statement in _FUNCTIONS.items()):
        # A function that was replaced makes every trigger that calls it worthless.
        return frozenset(wanted)
    return frozenset(name for name, (table, _) in wanted.items() if (name, table) not in present)


def _drop(vendor: str, name: str, table: str) -> str:
    return f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if vendor == "postgresql" else "")


def _operations() -> Iterable[tuple[str, str, str]]:
    for table, operations in REFUSED.items():
        for operation in operations:
            yield f"{table}_no_{operation.lower()}", table, operation


def _sqlite() -> dict[str, tuple[str, str]]:
    """Return trigger name → (table, statement)."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    triggers = {
        name: (table, f"CREATE TRIGGER {name} BEFORE {operation} ON {table} {refuse}")
        for name, table, operation in _operations()
    }
    for table, taken in _TAKEN.items():
        name = f"{table}_no_replace"
        condition = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken})"
        triggers[name] = (table, f"CREATE TRIGGER {name} BEFORE INSERT ON {table} {condition} {refuse}")
    name, table = "trail_trailhead_only_grows", "trail_trailhead"
    condition = "WHEN NEW.size <> OLD.size + 1 OR NEW.id <> OLD.id"
    triggers[name] = (table, f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} {condition} {refuse}")
    return triggers


def _postgresql() -> dict[str, tuple[str, str]]:
    """Return trigger name → (table, statement)."""
    call = "EXECUTE FUNCTION trail_refuse()"
    triggers = {
        name: (table, f"CREATE TRIGGER {name} BEFORE {operation} ON {table} FOR EACH ROW {call}")
        for name, table, operation in _operations()
    }
    for table in REFUSED:
        name = f"{table}_no_truncate"
        triggers[name] = (table, f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {call}")
    name, table = "trail_trailhead_only_grows", "trail_trailhead"
    grows = "FOR EACH ROW EXECUTE FUNCTION trail_head_grows()"
    triggers[name] = (table, f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} {grows}")
    return triggers


_FUNCTIONS = {
    "trail_refuse": "CREATE OR REPLACE FUNCTION trail_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$",
    "trail_head_grows": "CREATE OR REPLACE FUNCTION trail_head_grows() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN IF NEW.size <> OLD.size + 1 OR NEW.id <> OLD.id THEN "
    f"RAISE EXCEPTION '{MESSAGE}'; END IF; RETURN NEW; END $$",
}
_SQL = {"sqlite": _sqlite, "postgresql": _postgresql}


def why_not_to_start() -> str | None:
    """Return why the server must not start, or None."""
    lost = missing()
    return f"the trail's triggers {', '.join(sorted(lost))} are missing: run 'lianheng migrate'" if lost else None
