"""Why the server must not start; rooms register their own reasons. Each check returns one English line or None."""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import OperationalError

Check = Callable[[], str | None]
_CHECKS: list[Check] = []


def register(*checks: Check) -> None:
    """Add a room's checks; called from its AppConfig.ready."""
    _CHECKS.extend(check for check in checks if check not in _CHECKS)


def pending_migrations() -> str | None:
    """Refuse a database that is older than the program."""
    try:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    except OperationalError as error:
        return f"the database cannot be opened ({str(error).strip()}): check DATABASE_URL and LIANHENG_DATA"
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not pending:
        return None
    return f"the database lacks {len(pending)} migrations: run 'lianheng migrate'"


def fixed_date() -> str | None:
    """Refuse a fixed date where real work is done."""
    if settings.MODE == "production" and settings.FIXED_TODAY:
        return "LIANHENG_TODAY is set: production runs on the clock, unset it"
    return None


def reasons_not_to_start() -> list[str]:
    """Return every reason; an unmigrated database ends the list, for the other checks need its tables."""
    pending = pending_migrations()
    if pending:
        return [pending]
    return list(_found([fixed_date, *_CHECKS]))


def _found(checks: Iterable[Check]) -> Iterable[str]:
    for check in checks:
        reason = check()
        if reason:
            yield reason
