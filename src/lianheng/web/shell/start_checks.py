"""Why the server must not start; rooms register their own reasons. Each check returns one English line or None."""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import OperationalError

Check = Callable[[], str | None]
_CHECKS: list[Check] = []
# Whether the mode fits the database: asked before any command that may write, before the migrations too.
_MODE_CHECKS: list[Check] = []
_WHEN_STARTED: list[Callable[[], None]] = []


def register(*checks: Check) -> None:
    """Add a room's checks; called from its AppConfig.ready."""
    _CHECKS.extend(check for check in checks if check not in _CHECKS)


def register_mode(*checks: Check) -> None:
    """Add checks of mode and database; they must bear a database whose tables are missing or older."""
    _MODE_CHECKS.extend(check for check in checks if check not in _MODE_CHECKS)


def when_started(act: Callable[[], None]) -> None:
    """Add what a server or worker does once every check has passed."""
    if act not in _WHEN_STARTED:
        _WHEN_STARTED.append(act)


def reasons_of_the_mode() -> list[str]:
    """Return why a process in this mode must leave this database alone."""
    return list(_found(_MODE_CHECKS))


def started() -> None:
    """Tell the rooms that server or worker start now."""
    for act in _WHEN_STARTED:
        act()


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
    """Return every reason; another mode or an unmigrated database ends the list: the other checks need its tables."""
    first = reasons_of_the_mode() or list(_found([pending_migrations]))
    return first or list(_found([fixed_date, *_CHECKS]))


def _found(checks: Iterable[Check]) -> Iterable[str]:
    for check in checks:
        reason = check()
        if reason:
            yield reason
