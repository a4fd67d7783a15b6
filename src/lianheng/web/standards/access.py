"""Who may open which address of this room; checked by tests/architecture/test_access.py."""

from typing import Any

_READ: dict[str, Any] = {
    "methods": ("GET",),
    "roles": "any",
    "scope": "city-wide standards, everybody logged in; drafts to special_office only, 404 to others",
}
_DOCUMENT: dict[str, Any] = {
    "methods": ("GET",),
    "roles": "any",
    "scope": "city-wide documents, everybody logged in",
}
_OFFICE: dict[str, Any] = {"methods": ("POST",), "roles": ("special_office",), "scope": "city-wide"}

ACCESS: dict[str, dict[str, Any]] = {
    **{
        f"standards:{name}": _READ
        for name in (
            "index",
            "unit_type",
            "list",
            "print",
            "export",
            "category",
            "item",
            "search",
            "evaluation",
            "coverage",
            "versions",
            "version",
            "template",
        )
    },
    **{f"standards:{name}": _DOCUMENT for name in ("documents", "document", "download")},
    "standards:import": {"methods": ("GET", "POST"), "roles": ("special_office",), "scope": "city-wide"},
    **{
        f"standards:{name}": _OFFICE
        for name in ("confirm_import", "publish", "delete", "file_document", "add_clause", "remove_clause")
    },
}
