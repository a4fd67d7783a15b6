"""What the worker does every minute; rooms register their own at start-up."""

import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)

_TICKS: dict[str, Callable[[], object]] = {}


def register(name: str, act: Callable[[], object]) -> None:
    """Add an act that is called once a minute; it opens its own transaction."""
    _TICKS[name] = act


def run_all() -> list[str]:
    """Call every act; return the names of those that failed. One failing does not stop the others."""
    failed = []
    for name, act in _TICKS.items():
        try:
            act()
        except Exception:
            logger.exception("the minute tick %s failed", name)
            failed.append(name)
    return failed
