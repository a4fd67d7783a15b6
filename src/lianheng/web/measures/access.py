"""Who may open which address of this room; checked by tests/architecture/test_access.py."""

from typing import Any

ENTERING = ("special_office", "third_party")
CHECKING = ("special_office", "lead_department")

ACCESS: dict[str, dict[str, Any]] = {
    "measures:value": {"methods": ("GET",), "roles": "any", "scope": "values of institutions in scope; 404 to others"},
    "measures:enter": {"methods": ("GET",), "roles": ENTERING, "scope": "finds institutions in one's scope only"},
    "measures:enter_values": {
        "methods": ("GET", "POST"),
        "roles": ENTERING,
        "scope": "an institution in scope (404 to others); only what others supply, never what it reported itself",
    },
    "measures:template": {"methods": ("GET",), "roles": ENTERING, "scope": "institutions in one's scope on a list"},
    "measures:import_values": {"methods": ("GET", "POST"), "roles": ENTERING, "scope": "rows in one's scope"},
    "measures:checked_import": {"methods": ("GET",), "roles": ENTERING, "scope": "one's own dry run; 404 to others"},
    "measures:confirm_import": {"methods": ("POST",), "roles": ENTERING, "scope": "one's own dry run, rows in scope"},
    "measures:undo_import": {"methods": ("POST",), "roles": ENTERING, "scope": "one's own import; 404 to others"},
    "measures:rechecks": {"methods": ("GET",), "roles": CHECKING, "scope": "draws with a value in one's scope"},
    "measures:draw_recheck": {"methods": ("POST",), "roles": ("special_office",), "scope": "the whole city's office"},
    "measures:draw": {"methods": ("GET",), "roles": CHECKING, "scope": "values in one's scope; 404 to others"},
    "measures:enter_recheck": {
        "methods": ("GET", "POST"),
        "roles": CHECKING,
        "scope": "a value in one's scope that one has not entered; 404 to others",
    },
}
