"""Who may open which address of this room; checked by tests/architecture/test_access.py."""

from typing import Any

UPLOADING = ("unit_admin", "unit_leader", "special_office", "lead_department", "third_party")
SCOPE = "evidence of institutions in one's scope; 404 to others"

ACCESS: dict[str, dict[str, Any]] = {
    "evidence:list": {"methods": ("GET",), "roles": "any", "scope": SCOPE},
    "evidence:download": {"methods": ("GET",), "roles": "any", "scope": SCOPE},
    "evidence:add_evidence": {
        "methods": ("GET", "POST"),
        "roles": UPLOADING,
        "scope": "an institution in one's scope; 404 to others",
    },
}
