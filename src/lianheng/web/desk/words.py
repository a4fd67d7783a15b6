"""Rights in words: what a grant means, with the names of its places."""

from collections.abc import Sequence
from dataclasses import dataclass

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import Grant
from lianheng.web.units.models import Division, Institution, UnitType

# Headings of the inbox by light, in the order in which things press.
URGENCY = {
    "red": "已逾期，先办这 {} 件",
    "yellow": "落后或被退回 {} 件",
    "blue": "七天内到期 {} 件",
    "green": "其他 {} 件",
}


@dataclass(frozen=True)
class GrantInWords:
    """One grant as a person reads it."""

    role: str
    where: str
    capture: bool
    on_behalf_of: str


def describe_grants(grants: Sequence[Grant]) -> list[GrantInWords]:
    """Put names to the codes of grants; a grant without a place covers no business data."""
    divisions = dict(Division.objects.filter(pk__in={g.division for g in grants}).values_list("pk", "name"))
    lines = dict(UnitType.objects.values_list("pk", "name"))
    institutions = dict(Institution.objects.filter(pk__in={g.institution_id for g in grants}).values_list("pk", "name"))
    people = dict(User.objects.filter(pk__in={g.on_behalf_of for g in grants}).values_list("pk", "name"))
    described = []
    for grant in grants:
        parts = [
            divisions.get(grant.division, grant.division) + "全域" if grant.division else "",
            f"{lines.get(grant.business_line, grant.business_line)}条线" if grant.business_line else "",
            institutions.get(grant.institution_id or 0, ""),
        ]
        where = "，".join(part for part in parts if part) or "不涉及业务数据"
        described.append(
            GrantInWords(Role(grant.role).label, where, grant.capture, people.get(grant.on_behalf_of or 0, ""))
        )
    return described
