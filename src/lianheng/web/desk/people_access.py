"""Who may open the people's and the auditor's addresses; part of desk's access list."""

from typing import Any

_PEOPLE = "people of institutions in the administrator's own place; 404 to others"
_SYSTEM, _SECURITY = ("system_admin",), ("security_admin",)
_GET, _POST, _BOTH = ("GET",), ("POST",), ("GET", "POST")


def _rule(methods: tuple[str, ...], roles: tuple[str, ...] | str, scope: str) -> dict[str, Any]:
    return {"methods": methods, "roles": roles, "scope": scope}


_AUDITOR = "the whole trail; 403 to everybody else"
_THREE = ("system_admin", "security_admin", "audit_admin")

ACCESS: dict[str, dict[str, Any]] = {
    "people:people": _rule(_GET, (*_THREE, "special_office"), _PEOPLE + "; special_office: names in its scope"),
    "people:person": _rule(_GET, _THREE, _PEOPLE + "; audit_admin reads all"),
    "people:new": _rule(_BOTH, _SYSTEM, "into institutions of the own place"),
    "people:import": _rule(_BOTH, _SYSTEM, "into institutions of the own place"),
    "people:start_import": _rule(_POST, _SYSTEM, "who checked the file, within an hour"),
    "people:template": _rule(_GET, _SYSTEM, "the empty workbook"),
    "people:codes": _rule(_BOTH, _SYSTEM, "who imported; 404 to others"),
    **{
        f"people:{name}": _rule(_POST, _SYSTEM, _PEOPLE) for name in ("disable", "enable", "reset", "move", "hand_over")
    },
    "people:grant": _rule(_BOTH, _SECURITY, _PEOPLE),
    "people:grants": _rule(_BOTH, _SECURITY, _PEOPLE),
    "people:start_grants": _rule(
        _POST, _SECURITY, "who checked the file, within an hour; people and units of the own place"
    ),
    "people:grants_template": _rule(_GET, _SECURITY, _PEOPLE + "; who has no role yet"),
    "people:end_role": _rule(_POST, _SECURITY, _PEOPLE),
    "people:clear_factor": _rule(_POST, _SECURITY, _PEOPLE),
    "people:release": _rule(_POST, _SECURITY, _PEOPLE + "; never who made the code"),
    "people:releases": _rule(_BOTH, _SECURITY, _PEOPLE + "; never whose code one made oneself"),
    "people:lint": _rule(_GET, _SECURITY, _PEOPLE),
    "people:why": _rule(_GET, ("security_admin", "audit_admin"), _PEOPLE + "; audit_admin: everywhere"),
    "people:stand_ins": _rule(_BOTH, "any", "the own roles; to colleagues of the institution or the role's scope"),
    "people:end_stand_in": _rule(_POST, "any", "who holds the role, or a security_admin there; 404 to others"),
    **{
        f"auditor:{name}": _rule(_GET, ("audit_admin",), _AUDITOR)
        for name in ("trail", "log_ins", "entry", "checkpoints")
    },
    "auditor:export": _rule(_POST, ("audit_admin",), _AUDITOR),
}
