"""The loader is the only writer of live standards; publishing freezes them by fingerprint."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db import transaction

from lianheng.engine.scoring.scheme import MeasureUse, Scheme
from lianheng.library import catalogue as library
from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.measures.models import Measure
from lianheng.web.measures.services import register_measures
from lianheng.web.shell.bigrams import bigrams
from lianheng.web.shell.clock import now
from lianheng.web.shell.errors import InvalidInput, StaleForm, WrongState
from lianheng.web.standards.models import (
    Catalogue,
    Category,
    Item,
    NegativeItem,
    ProblemDescription,
    StandardList,
    StandardSearch,
)
from lianheng.web.trail.services import record

KINDS = {"number": Measure.NUMBER, "count": Measure.NUMBER, "yes_no": Measure.YES_NO, "grade": Measure.GRADE}


@transaction.atomic
def load_catalogue(*, actor: User | None, folder: Path) -> Catalogue:
    """Load a catalogue's folder as a draft version; a version that is published already is never touched.

    `actor` None is the command line. A draft of the same version is replaced. The change list against the version now
    published, and the crosswalk file if the folder brings one, are kept with it.
    """
    if actor is not None:
        require_role(actor, [Role.SPECIAL_OFFICE], act="装载标准目录")
    try:
        loaded = library.load(folder)
    except library.CatalogueError as error:
        raise InvalidInput(
            "标准目录有错，没有装载：" + "；".join(str(problem) for problem in error.problems[:20])
        ) from error
    mark = library.fingerprint(loaded)
    same = Catalogue.objects.select_for_update().filter(code=loaded.id, version=loaded.version).first()
    if same is not None:
        if same.fingerprint == mark:
            return same
        if same.state != Catalogue.DRAFT:
            raise WrongState(f"{same} 已经发布，内容不能再改；请在文件里换一个版本号再装载")
        same.delete()
    base = Catalogue.objects.filter(code=loaded.id, state=Catalogue.PUBLISHED).order_by("-published_at").first()
    catalogue = Catalogue.objects.create(
        code=loaded.id,
        version=loaded.version,
        name=loaded.name,
        fingerprint=mark,
        source=loaded.source,
        content={"catalogue": asdict(loaded), "schemes": _schemes(loaded)},
        based_on=base,
    )
    _write_rows(catalogue, loaded)
    record(
        actor=actor,
        action="standards.catalogue_loaded",
        subject=catalogue,
        details={
            "fingerprint": mark,
            "version": loaded.version,
            "items": Item.objects.filter(category__standard_list__catalogue=catalogue).count(),
        },
    )
    return catalogue


def _schemes(loaded: library.Catalogue) -> dict[str, Any]:
    return {sheet.code: library.scheme_dict(loaded, sheet.code) for sheet in loaded.sheets()}


def _write_rows(catalogue: Catalogue, loaded: library.Catalogue) -> None:
    unit_type_of = {choice.list: kind.code for kind in loaded.unit_types for choice in kind.lists}
    search: list[StandardSearch] = []
    for order, sheet in enumerate(loaded.lists):
        standard_list = StandardList.objects.create(
            catalogue=catalogue,
            code=sheet.code,
            name=sheet.name,
            unit_type=unit_type_of[sheet.code],
            lead_department=sheet.lead,
            points=sheet.points,
            order=order,
        )
        for number, group in enumerate(sheet.categories):
            category = Category.objects.create(
                standard_list=standard_list,
                code=group.code,
                name=group.name,
                points=group.points,
                mnemonic=group.mnemonic,
                mark=group.mark,
                order=number,
            )
            for place, entry in enumerate(group.items):
                search.append(_write_item(catalogue, category, entry, place))
        NegativeItem.objects.bulk_create(
            NegativeItem(
                standard_list=standard_list,
                code=row.code,
                name=row.name,
                confirmed_by=row.confirmed_by,
                effect=row.effect,
                cap=row.cap or "",
                points=row.points,
                mark=row.mark,
                order=number,
            )
            for number, row in enumerate(sheet.negatives)
        )
    StandardSearch.objects.bulk_create(search)


def _write_item(catalogue: Catalogue, category: Category, entry: library.Item, order: int) -> StandardSearch:
    item = Item.objects.create(
        category=category,
        code=entry.code,
        name=entry.name,
        standard=entry.standard,
        lead_department=entry.lead,
        evidence=entry.evidence,
        points=entry.points,
        rule={
            "parts": [dict(part) for part in entry.parts],
            "variables": {name: dict(value) for name, value in entry.variables.items()},
            "measures": dict(entry.measures),
            "note": entry.note,
        },
        tags=list(entry.tags),
        mark=entry.mark,
        source=entry.mark_note,
        order=order,
    )
    ProblemDescription.objects.bulk_create(
        ProblemDescription(item=item, code=row.code, text=row.text) for row in entry.problems
    )
    words = [entry.code, entry.name, entry.standard, entry.lead, entry.evidence, category.name, category.mnemonic]
    words += [row.text for row in entry.problems] + list(entry.tags)
    return StandardSearch(item=item, catalogue=catalogue, bigrams=" ".join(sorted(set(bigrams(" ".join(words))))))


@transaction.atomic
def publish_catalogue(*, actor: User | None, catalogue_id: int, revision: int) -> Catalogue:
    """Freeze a draft, make it the city's live version and register its measures; the one before it is superseded."""
    if actor is not None:
        require_role(actor, [Role.SPECIAL_OFFICE], act="发布标准目录")
    catalogue = Catalogue.objects.select_for_update().get(pk=catalogue_id)
    if catalogue.revision != revision:
        raise StaleForm
    if catalogue.state != Catalogue.DRAFT:
        raise WrongState("这个版本不是草稿，不能再发布一次")
    Catalogue.objects.filter(code=catalogue.code, state=Catalogue.PUBLISHED).update(state=Catalogue.SUPERSEDED)
    catalogue.state, catalogue.published_at = Catalogue.PUBLISHED, now()
    catalogue.revision += 1
    catalogue.save(update_fields=["state", "published_at", "revision"])
    register_measures(_measures(catalogue.content["schemes"]))
    record(
        actor=actor,
        action="standards.catalogue_published",
        subject=catalogue,
        details={"version": catalogue.version, "fingerprint": catalogue.fingerprint},
    )
    return catalogue


def _measures(schemes: dict[str, Any]) -> list[Measure]:
    registry: dict[str, Measure] = {}
    for content in schemes.values():
        uses = Scheme.from_dict(content).measures()
        codes = {(use.item, use.variable): use.code for use in uses}
        for use in uses:
            registry.setdefault(use.code, _measure(use, codes))
    return list(registry.values())


def _measure(use: MeasureUse, codes: dict[tuple[str, str], str]) -> Measure:
    room = use.code.partition(".")[0]
    return Measure(
        code=use.code,
        name=use.name,
        kind=KINDS.get(use.kind, Measure.INDEX),
        room=room,
        item=use.item if room == "form" else "",
        part_of=codes.get((use.item, use.part_of or ""), ""),
    )
