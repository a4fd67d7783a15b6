"""Rights in words: what a grant means, with the names of its places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Model, Value
from django.db.models.functions import Cast

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


# ("division" | "line" | "institution" | "person", code or id) → name
Names = Mapping[tuple[str, Any], str]


def describe_grants(grants: Sequence[Grant], names: Names | None = None) -> list[GrantInWords]:
    """Put names to the codes of grants; a grant without a place covers no business data. At most one query."""
    known = _names_in(grants) if names is None else names
    described = []
    for grant in grants:
        parts = [
            known.get(("division", grant.division), grant.division) + "全域" if grant.division else "",
            f"{known.get(('line', grant.business_line), grant.business_line)}条线" if grant.business_line else "",
            known.get(("institution", grant.institution_id), ""),
        ]
        where = "，".join(part for part in parts if part) or "不涉及业务数据"
        behalf = known.get(("person", grant.on_behalf_of), "")
        described.append(GrantInWords(Role(grant.role).label, where, grant.capture, behalf))
    return described


def _names_in(grants: Sequence[Grant]) -> Names:
    """Read the names that these grants need, of four tables in one query."""
    wanted: list[tuple[str, type[Model], set[Any]]] = [
        ("division", Division, {grant.division for grant in grants} - {""}),
        ("line", UnitType, {grant.business_line for grant in grants} - {""}),
        ("institution", Institution, {grant.institution_id for grant in grants} - {None}),
        ("person", User, {grant.on_behalf_of for grant in grants} - {None}),
    ]
    parts = [
        model._default_manager.filter(pk__in=keys)
        .order_by()
        .annotate(kind=Value(kind, CharField()), key=Cast("pk", CharField()))
        .values_list("kind", "key", "name")
        for kind, model, keys in wanted
        if keys
    ]
    found = parts[0].union(*parts[1:], all=True) if parts else ()
    return {(kind, int(key) if kind in {"institution", "person"} else key): name for kind, key, name in found}
