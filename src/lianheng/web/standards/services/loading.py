"""Loading a catalogue's folder as a draft version. The loader is the only writer of live rows."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from lianheng.library import catalogue as library
from lianheng.web.accounts.models import User
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import InvalidInput, WrongState
from lianheng.web.standards import search
from lianheng.web.standards.models import Catalogue, Item
from lianheng.web.standards.permission import require_office
from lianheng.web.standards.services.rows import write_rows
from lianheng.web.standards.stored import values_of
from lianheng.web.trail.services import record

HEAD = ("effective", "marks", "seeds", "topics")


@transaction.atomic
def load_catalogue(*, actor: User | None, folder: Path) -> Catalogue:
    """Load a catalogue's folder as a draft version; a version that is published already is never touched.

    `actor` None is the command line. A draft of the same version is replaced. The differences from the version now
    published, and the crosswalk file if the folder brings one, are kept with it; a code that is gone needs a row there.
    """
    if actor is not None:
        require_office(actor, "装载标准目录")
    try:
        loaded = library.load(folder)
        file = folder / "crosswalk.yaml"
        crosswalk = library.read_crosswalk(file) if file.exists() else ()
        return store_draft(actor=actor, loaded=loaded, crosswalk=crosswalk, how={"from": "folder"})
    except library.CatalogueError as error:
        raise InvalidInput(
            "标准目录有错，没有装载：" + "；".join(str(problem) for problem in error.problems[:20])
        ) from error


def store_draft(
    *,
    actor: User | None,
    loaded: library.Catalogue,
    crosswalk: tuple[library.Crossing, ...],
    how: dict[str, Any],
    action: str = "standards.catalogue_loaded",
) -> Catalogue:
    """Store checked values as a draft with its differences; part of the caller's transaction.

    Raises CatalogueError when codes are gone without a crosswalk row, WrongState when the version is published.
    """
    mark = library.fingerprint(loaded)
    base = published(loaded.id)
    same = _same_version(loaded, mark, base)
    if same is not None:
        return same
    if base is not None:
        library.check_crosswalk(crosswalk, values_of(base), loaded)
    content = asdict(loaded)
    catalogue = Catalogue.objects.create(
        code=loaded.id,
        version=loaded.version,
        name=loaded.name,
        fingerprint=mark,
        source=loaded.source,
        content={"catalogue": content, "schemes": _schemes(loaded)},
        head={key: content[key] for key in HEAD},
        based_on=base,
        drafted_by=actor,
        drafted_on=today(),
        changes=[asdict(change) for change in library.diff(values_of(base), loaded)] if base else [],
        crosswalk=[asdict(crossing) for crossing in crosswalk],
    )
    write_rows(catalogue, loaded)
    items = Item.objects.filter(category__standard_list__catalogue=catalogue).count()
    counted = {"version": loaded.version, "items": items, "changes": len(catalogue.changes)}
    record(actor=actor, action=action, subject=catalogue, details={**how, "fingerprint": mark, **counted})
    return catalogue


def _same_version(loaded: library.Catalogue, mark: str, base: Catalogue | None) -> Catalogue | None:
    """Return the version of this name where it says the same already; a draft that says something else goes."""
    same = Catalogue.objects.select_for_update().filter(code=loaded.id, version=loaded.version).first()
    if same is None:
        return None
    if same.fingerprint == mark and (same.state != Catalogue.DRAFT or same.based_on == base):
        return same
    if same.state != Catalogue.DRAFT:
        raise WrongState(f"{same} 已经发布，内容不能再改；请换一个版本号再装载")
    remove_version(same)
    return None


def published(code: str) -> Catalogue | None:
    """Return the live version of a catalogue."""
    return Catalogue.objects.filter(code=code, state=Catalogue.PUBLISHED).order_by("-published_at").first()


def remove_version(catalogue: Catalogue) -> None:
    """Delete a draft with its rows; refused when a round, a scheme or a later version uses it."""
    search.forget_index(catalogue.pk)
    try:
        catalogue.delete()
    except ProtectedError as error:
        raise WrongState(f"{catalogue} 已被考评方案或后续版本引用，不能删除") from error


def _schemes(loaded: library.Catalogue) -> dict[str, Any]:
    return {sheet.code: library.scheme_dict(loaded, sheet.code) for sheet in loaded.sheets()}
