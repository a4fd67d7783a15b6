"""Groups of the city's people, as the matrix names them: what a group may follows from role and relation alone."""

from city import PEOPLE

CAST = [name for name in PEOPLE if name not in ("p1", "p2", "p3", "p4")]
VISITORS = frozenset({"anonymous", "disabled"})
LOGGED_IN = frozenset({*CAST, "seated", "unseated", "no_role"})
EVERYBODY = (*sorted(LOGGED_IN), *sorted(VISITORS))
# Enough of them where all get the same answer.
SPREAD = (
    "x1",
    "x2",
    "town",
    "other_county",
    "lead",
    "office",
    "leader",
    "seated",
    "system",
    "audit",
    "no_role",
    *VISITORS,
)

GROUPS: dict[str, frozenset[str]] = {
    # The subject's own people, and the offices of its town, its county and its city.
    "UNIT": frozenset({"x1", "x1_leader"}),
    "OVER": frozenset({"town", "county", "office", "office2"}),
    "CITY": frozenset({"office", "office2"}),
    "HEADS": frozenset({"office", "office2", "leader"}),
    # In whose scope the subject lies by a business role; assessors see what they assess.
    "SIGHT": frozenset({"x1", "x1_leader", "town", "county", "office", "office2", "lead", "leader", "room", "third"}),
    # Of them, who reads what was handed in and found; a survey body sees the unit and its own work only.
    "READING": frozenset({"x1", "x1_leader", "town", "county", "office", "office2", "lead", "leader", "room"}),
    "ASSESSORS": frozenset({"seated", "unseated"}),
    "SEATED": frozenset({"seated"}),
    # In whose scope the subject's place lies, whatever the business line.
    "PLACE": frozenset({"other_lead"}),
    "COUNTY": frozenset({"county", "a1", "lead", "other_lead", "office", "office2", "leader", "room", "third"}),
    # In whose scope the other county's school lies, by a business role that reads.
    "ELSEWHERE": frozenset({"x2", "other_county", "office", "office2", "lead", "leader", "room"}),
    # Wherever they sit.
    "OFFICES": frozenset({"town", "other_town", "county", "other_county", "office", "office2"}),
    "LEADS": frozenset({"lead", "other_lead"}),
    "THIRD": frozenset({"third"}),
    "ROOM": frozenset({"room"}),
    "LEADER": frozenset({"leader"}),
    "LEAD": frozenset({"lead"}),
    "X1": frozenset({"x1"}),
    "OFFICE": frozenset({"office"}),
    "TOWN_AND_COUNTY": frozenset({"town", "county"}),
    # The three administrators; the second of two sits in the other county.
    "ADMINS": frozenset({"system", "county_system", "security", "county_security", "audit"}),
    "SYSTEM": frozenset({"system"}),
    "SYSTEMS": frozenset({"system", "county_system"}),
    "COUNTY_SYSTEM": frozenset({"county_system"}),
    "SECURITY": frozenset({"security"}),
    "SECURITIES": frozenset({"security", "county_security"}),
    "COUNTY_SECURITY": frozenset({"county_security"}),
    "AUDIT": frozenset({"audit"}),
    "NO_ROLE": frozenset({"no_role"}),
    "VISITORS": VISITORS,
}
