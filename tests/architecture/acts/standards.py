"""Catalogues and documents."""

from typing import Any

from city import City
from django.core import signing

from acts.act import Act, revision_of, upload
from lianheng.web.standards.models import Catalogue
from lianheng.web.standards.services.importing import import_workbook


def _changes(city: City) -> dict[str, Any]:
    return {"categories": {"X1": {"mnemonic": "课堂有廉洁"}}}


def _signed_changes(city: City) -> dict[str, Any]:
    content = {"base": city["catalogue"].pk, "version": "2026.9", "changes": _changes(city), "sha256": "4" * 64}
    return {"token": signing.dumps(content, salt=f"standards.import.{city.people['office'].pk}", compress=True)}


def _draft_catalogue(city: City) -> None:
    city.things["draft catalogue"] = import_workbook(
        actor=city.people["office"],
        catalogue_id=city["catalogue"].pk,
        version="2026.8",
        changes=_changes(city),
        sha256="5" * 64,
    )


ACTS: dict[str, Act] = {
    "standards:add_clause": Act("office", "CITY", lambda city: {"slot": city["document"].slot, "clause": "第九条"}),
    "standards:remove_clause": Act("office", "CITY"),
    "standards:publish": Act(
        "office",
        "CITY",
        revision_of(Catalogue, "catalogue"),
        before=lambda city: Catalogue.objects.filter(pk=city["catalogue"].pk).update(state="draft"),
    ),
    "standards:confirm_import": Act("office", "CITY", _signed_changes),
    "standards:delete": Act(
        "office", "CITY", lambda city: {"revision": 0}, before=_draft_catalogue, parts={"version_id": "draft catalogue"}
    ),
    "standards:file_document": Act(
        "office",
        "CITY",
        lambda city: {
            "title": "实施方案（修订）",
            "number": "衡发〔2026〕2号",
            "issuer": "中共衡阳市委",
            "issued": "2026-03-01",
            "revision": city["document"].revision,
            "file": upload(),
        },
    ),
}
