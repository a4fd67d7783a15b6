"""What the catalogue says of a scheme's items and categories: standard text, what is asked, short forms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lianheng.web.assessment.models import Scheme
from lianheng.web.standards.models import Category, Item


@dataclass(frozen=True)
class ItemText:
    """The words of one item."""

    standard: str = ""
    evidence: str = ""
    lead: str = ""


@dataclass(frozen=True)
class Texts:
    """The words of a scheme, by code."""

    items: Mapping[str, ItemText] = field(default_factory=dict)
    mnemonics: Mapping[str, str] = field(default_factory=dict)

    def item(self, code: str) -> ItemText:
        return self.items.get(code, ItemText())


# What a scheme rests on never changes under its fingerprint, so it is read once; a catalogue's content is large.
_KNOWN: dict[tuple[int, str], Texts] = {}


def texts_of(scheme: Scheme) -> Texts:
    """Return the words for a scheme; empty ones where a scheme came without a catalogue."""
    if scheme.catalogue_id is None:
        return Texts()
    key = (scheme.catalogue_id, scheme.fingerprint)
    if key not in _KNOWN:
        if len(_KNOWN) > 100:
            _KNOWN.clear()
        _KNOWN[key] = _read(scheme)
    return _KNOWN[key]


def _read(scheme: Scheme) -> Texts:
    rows = Item.objects.filter(category__standard_list__catalogue=scheme.catalogue_id)
    rows = rows.filter(category__standard_list__code=scheme.list_code)
    items = {row.code: ItemText(row.standard, row.evidence, row.lead_department) for row in rows}
    if not items and scheme.catalogue is not None:
        items = dict(_evaluation(scheme.catalogue.content["catalogue"].get("evaluation") or {}))
    categories = Category.objects.filter(
        standard_list__catalogue=scheme.catalogue_id, standard_list__code=scheme.list_code
    )
    return Texts(items, dict(categories.values_list("code", "mnemonic")))


def _evaluation(node: Mapping[str, Any]) -> list[tuple[str, ItemText]]:
    """Return the observation points of the evaluation, which is no list of standards."""
    found = [
        (row["code"], ItemText(row.get("observation", ""), row.get("data_source", ""), row.get("lead", "")))
        for row in node.get("items") or ()
    ]
    for child in node.get("categories") or ():
        found += _evaluation(child)
    return found
