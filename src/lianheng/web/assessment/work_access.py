"""Who may open which address of sheets, seats and events."""

from typing import Any

FILLING = ("unit_admin", "unit_leader")
OFFICE = ("special_office",)
EVENTS = ("special_office", "supervision_room", "resident_inspection_group")
SHEET = "sheets in one's scope, an assessor's own seats' sheets; 404 to others"
SEAT = "one's own seat; 404 to others; refused where the rules of avoidance forbid it"

ACCESS: dict[str, dict[str, Any]] = {
    "assessment:sheets": {"methods": ("GET",), "roles": "any", "scope": SHEET},
    "assessment:sheet": {"methods": ("GET",), "roles": "any", "scope": SHEET},
    "assessment:fill_sheet": {"methods": ("POST",), "roles": FILLING, "scope": SHEET},
    "assessment:submit_sheet": {"methods": ("GET", "POST"), "roles": FILLING, "scope": "one's own unit; 404 to others"},
    "assessment:return_sheet": {
        "methods": ("GET", "POST"),
        "roles": ("special_office", "lead_department"),
        "scope": "a sheet in scope that one has not handed in oneself; 404 outside scope, 403 to who else sees it",
    },
    "assessment:request_extension": {
        "methods": ("GET", "POST"),
        "roles": FILLING,
        "scope": "one's own unit's sheet; 404 outside scope, 403 to who else sees it",
    },
    "assessment:extensions": {"methods": ("GET",), "roles": "any", "scope": "requests in the special office's scope"},
    "assessment:decide_extension": {"methods": ("POST",), "roles": OFFICE, "scope": "not one's own request"},
    "assessment:seats": {"methods": ("GET",), "roles": "any", "scope": "one's own seats"},
    "assessment:seat": {"methods": ("GET",), "roles": "any", "scope": SEAT},
    "assessment:save_scores": {"methods": ("POST",), "roles": "any", "scope": SEAT},
    "assessment:seating": {"methods": ("GET",), "roles": OFFICE, "scope": "the whole city's office"},
    "assessment:seat_assessors": {"methods": ("POST",), "roles": OFFICE, "scope": "the whole city's office"},
    "assessment:replace_assessor": {"methods": ("GET", "POST"), "roles": OFFICE, "scope": "the whole city's office"},
    "assessment:moderation": {"methods": ("GET",), "roles": OFFICE, "scope": "the whole city's office"},
    "assessment:seat_thirds": {"methods": ("POST",), "roles": OFFICE, "scope": "the whole city's office"},
    "assessment:seat_third": {"methods": ("POST",), "roles": OFFICE, "scope": "the whole city's office"},
    "assessment:events": {
        "methods": ("GET",),
        "roles": "any",
        "scope": "events in scope; only confirmed ones to those who neither enter nor confirm",
    },
    "assessment:choose_unit": {"methods": ("GET",), "roles": EVENTS, "scope": "finds institutions in one's scope only"},
    "assessment:enter_event": {"methods": ("GET", "POST"), "roles": EVENTS, "scope": "an institution in one's scope"},
    "assessment:event": {"methods": ("GET",), "roles": "any", "scope": "an event that one's list shows; 404 to others"},
    "assessment:confirm_event": {"methods": ("POST",), "roles": EVENTS, "scope": "an event entered by another person"},
    "assessment:reject_event": {"methods": ("POST",), "roles": EVENTS, "scope": "an event entered by another person"},
}
