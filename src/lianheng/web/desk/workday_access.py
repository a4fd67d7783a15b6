"""Who may open the page of the working calendar; part of desk's access list."""

ACCESS = {
    "workday_years": {
        "methods": ("GET", "POST"),
        "roles": ("system_admin",),
        "scope": "one calendar for all; to load: the system_admin narrowed by nothing",
    },
}
