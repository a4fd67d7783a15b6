"""Who may open which address of this room; checked by tests/architecture/test_access.py."""

ACCESS = {
    "job": {"methods": ("GET",), "roles": "any", "scope": "the person who asked for the job; 404 to others"},
    "cancel_job": {"methods": ("POST",), "roles": "any", "scope": "the person who asked for the job; 404 to others"},
}
