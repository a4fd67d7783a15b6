"""Who may open which address of this room; checked by tests/architecture/test_access.py."""

_SEE = {"methods": ("GET",), "roles": "any", "scope": "places and institutions in the person's scope; 404 outside"}
_OFFICE_CITY = {
    "methods": ("POST",),
    "roles": ("special_office",),
    "scope": "the office whose scope holds the whole city of the place; 404 outside scope, 403 without the role",
}
_OFFICE_PLACE = {
    "methods": ("GET", "POST"),
    "roles": ("special_office",),
    "scope": "the office whose scope holds the institution; 404 outside scope, 403 without the role",
}
_OWN_IMPORT = {"methods": ("POST",), "roles": ("special_office",), "scope": "own imports, places in the office's scope"}

ACCESS = {
    "units:tree": _SEE,
    "units:map": _SEE,
    "units:division": _SEE,
    "units:level": _SEE,
    "units:change_division": _OFFICE_CITY | {"methods": ("GET",)},
    "units:rename_division": _OFFICE_CITY,
    "units:move_division": _OFFICE_CITY,
    "units:merge_division": _OFFICE_CITY,
    "units:end_division": _OFFICE_CITY,
    "units:count_zone_under": _OFFICE_CITY,
    "units:institutions": _SEE,
    "units:institution": _SEE,
    "units:create_institution": _OFFICE_PLACE | {"scope": "act: the office whose scope holds the chosen division"},
    "units:edit_institution": _OFFICE_PLACE,
    "units:end_institution": _OFFICE_PLACE,
    "units:check_import": {"methods": ("GET", "POST"), "roles": ("special_office",), "scope": "places in its scope"},
    "units:checked_import": {"methods": ("GET",), "roles": ("special_office",), "scope": "own dry run; 404 to others"},
    "units:import_institutions": _OWN_IMPORT | {"scope": "own dry run, places in the office's scope; 404 to others"},
    "units:import_template": {"methods": ("GET",), "roles": "any", "scope": "an empty form, no data"},
    "units:undo_import": _OWN_IMPORT | {"scope": "own imports; 404 to others"},
    "units:unit_types": {"methods": ("GET",), "roles": "any", "scope": "configuration, no scoped data"},
    "units:set_unit_type": {
        "methods": ("POST",),
        "roles": ("special_office",),
        "scope": "the office whose scope holds the city of the profile",
    },
}
