"""Who may open which address of this room; checked by tests/architecture/test_access.py."""

from typing import Any

_SELF = "the person themselves; visitors go to the log-in page"

ACCESS: dict[str, dict[str, Any]] = {
    "accounts:login": {"methods": ("GET", "POST"), "roles": "public", "scope": "everybody"},
    "accounts:second_step": {
        "methods": ("GET", "POST"),
        "roles": "public",
        "scope": "who gave the right password within five minutes; others go to the log-in page",
    },
    "accounts:logout": {"methods": ("POST",), "roles": "public", "scope": "ends the own session, if there is one"},
    "accounts:password": {"methods": ("GET", "POST"), "roles": "any", "scope": _SELF},
    "accounts:second_factor": {"methods": ("GET", "POST"), "roles": "any", "scope": _SELF},
}
