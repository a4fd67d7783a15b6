"""Publishing freezes a draft by its fingerprint; undoing one deletes it while nothing uses it."""

from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404

from lianheng.engine.scoring.scheme import MeasureUse, Scheme
from lianheng.library import catalogue as library
from lianheng.web.accounts.models import User
from lianheng.web.accounts.scope import require_other_hand
from lianheng.web.measures.models import Measure
from lianheng.web.measures.services import register_measures
from lianheng.web.shell.clock import now, today
from lianheng.web.shell.errors import InvalidInput, StaleForm, WrongState
from lianheng.web.standards.models import Catalogue
from lianheng.web.standards.permission import require_office
from lianheng.web.standards.services.loading import published, remove_version
from lianheng.web.standards.stored import values_of
from lianheng.web.trail.services import record

KINDS = {"number": Measure.NUMBER, "count": Measure.NUMBER, "yes_no": Measure.YES_NO, "grade": Measure.GRADE}


@transaction.atomic
def publish_catalogue(*, actor: User | None, catalogue_id: int, revision: int) -> Catalogue:
    """Freeze a draft, make it the city's live version and register its measures; the one before it is superseded."""
    if actor is not None:
        require_office(actor, "发布标准目录")
    catalogue = _locked_draft(catalogue_id, revision)
    if actor is not None:
        since = catalogue.drafted_on or today()
        require_other_hand(actor, [catalogue.drafted_by_id], since, "发布标准目录")
    live = published(catalogue.code)
    if live is not None and catalogue.based_on_id != live.pk:
        raise WrongState(f"这份草稿不是对照现行版本（{live.version}）做的，差异和对照已过时；请重新装载或导入后再发布")
    _require_whole(catalogue)
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


@transaction.atomic
def delete_draft(*, actor: User, catalogue_id: int, revision: int) -> str:
    """Undo a load or an import: delete the draft and return its name."""
    require_office(actor, "删除标准目录草稿")
    catalogue = _locked_draft(catalogue_id, revision)
    record(
        actor=actor,
        action="standards.draft_deleted",
        subject=catalogue,
        details={"version": catalogue.version, "fingerprint": catalogue.fingerprint},
    )
    name = str(catalogue)
    remove_version(catalogue)
    return name


def _locked_draft(catalogue_id: int, revision: int) -> Catalogue:
    catalogue = get_object_or_404(Catalogue.objects.select_for_update(), pk=catalogue_id)
    if catalogue.revision != revision:
        raise StaleForm
    if catalogue.state != Catalogue.DRAFT:
        raise WrongState("这个版本不是草稿：已发布的版本不能再发布一次，也不能删除")
    return catalogue


def _require_whole(catalogue: Catalogue) -> None:
    """Refuse what was altered since it was loaded, and items without one of their three parts."""
    loaded = values_of(catalogue)
    if library.fingerprint(loaded) != catalogue.fingerprint:
        raise WrongState("草稿内容和装载时的指纹对不上，可能被改动过；请删除后重新装载")
    gaps = []
    for sheet in loaded.lists:
        for item in sheet.all_items():
            parts = {"标准内容": item.standard, "问题描述": item.problems, "牵头部门": item.lead}
            gaps += [f"{item.code} 缺少{name}" for name, value in parts.items() if not value]
    if gaps:
        raise InvalidInput("没有发布：" + "；".join(gaps[:20]))


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
