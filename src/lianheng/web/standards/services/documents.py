"""The city's 1+1+7+2 documents: slots come from the library, files are filed by the office, items rest on clauses."""

import datetime as dt
import hashlib
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.shortcuts import get_object_or_404

from lianheng.library import document_library as library
from lianheng.web.accounts.models import User
from lianheng.web.evidence.checks import kind_of, safe_filename
from lianheng.web.evidence.services import store_content
from lianheng.web.shell.errors import InvalidInput, StaleForm, WrongState
from lianheng.web.standards.models import Catalogue, ClauseLink, PolicyDocument, StandardList
from lianheng.web.standards.permission import require_office
from lianheng.web.trail.services import record


@transaction.atomic
def load_documents(*, actor: User | None, path: Path) -> int:
    """Make the slots of a document library and the clauses it declares; what has been filed is never touched.

    Loading again changes titles of empty slots only. Returns the number of slots.
    """
    if actor is not None:
        require_office(actor, "装载制度文件目录")
    try:
        loaded = library.load_documents(path)
    except library.DocumentError as error:
        raise InvalidInput("制度文件目录有错，没有装载：" + "；".join(map(str, error.problems[:20]))) from error
    links = 0
    for entry in loaded.documents:
        fields = {"kind": entry.kind, "unit_type": entry.unit_type, "title": entry.title, "issuer": entry.issuer}
        document, made = PolicyDocument.objects.select_for_update().get_or_create(slot=entry.code, defaults=fields)
        if not made and not document.filed:
            PolicyDocument.objects.filter(pk=document.pk).update(**fields)
        if made:
            links += _link(document, entry.clauses)
    details = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "slots": len(loaded.documents), "links": links}
    record(actor=actor, action="standards.documents_loaded", details=details)
    return len(loaded.documents)


def _link(document: PolicyDocument, clauses: tuple[library.Clause, ...]) -> int:
    rows = [
        ClauseLink(document=document, item_code=code, clause=f"{clause.clause}“{clause.title}”"[:60])
        for clause in clauses
        for code in clause.supports
    ]
    return len(ClauseLink.objects.bulk_create(rows))


@transaction.atomic
def file_document(
    *,
    actor: User,
    slot: str,
    revision: int,
    upload: UploadedFile,
    title: str,
    number: str,
    issuer: str,
    issued: dt.date,
    today: dt.date,
    supersedes: str = "",
) -> PolicyDocument:
    """Fill a slot with the document's file, number and date; filing again replaces it, the trail keeps the old hash."""
    require_office(actor, "归档制度文件")
    document = get_object_or_404(PolicyDocument.objects.select_for_update(), slot=slot)
    if document.revision != revision:
        raise StaleForm
    if issued > today:
        raise InvalidInput("发文日期在将来，请核对", "issued")
    filename = safe_filename(upload.name or "")
    mime = kind_of(upload, filename)
    upload.seek(0)
    before = document.evidence_id
    document.evidence = store_content(upload.chunks(), mime=mime, limit=settings.MAX_UPLOAD)
    document.title, document.number, document.issuer = title, number, issuer
    document.issued, document.supersedes, document.filename = issued, supersedes, filename
    document.filed = True
    document.revision += 1
    document.save()
    details = {"slot": slot, "number": number, "sha256": document.evidence_id, "replaced": before or ""}
    record(actor=actor, action="standards.document_filed", subject=document, details=details)
    return document


@transaction.atomic
def add_clause(*, actor: User, item_code: str, slot: str, clause: str) -> ClauseLink:
    """Say on which clause of which document an item or a whole category rests."""
    require_office(actor, "维护条款依据")
    document = get_object_or_404(PolicyDocument.objects.select_for_update(), slot=slot)
    live = StandardList.objects.filter(catalogue__state=Catalogue.PUBLISHED)
    if not live.filter(Q(categories__code=item_code) | Q(categories__items__code=item_code)).exists():
        raise InvalidInput(f"现行标准目录中没有条目 {item_code}", "clause")
    link, made = ClauseLink.objects.get_or_create(document=document, item_code=item_code, clause=clause)
    if not made:
        raise WrongState(f"{item_code} 已经关联了《{document.title}》{clause}，不用再加")
    details = {"item": item_code, "clause": clause}
    record(actor=actor, action="standards.clause_added", subject=document, details=details)
    return link


@transaction.atomic
def remove_clause(*, actor: User, link_id: int) -> ClauseLink:
    """Take a link between an item and a clause away."""
    require_office(actor, "维护条款依据")
    link = get_object_or_404(ClauseLink.objects.select_for_update().select_related("document"), pk=link_id)
    details = {"item": link.item_code, "clause": link.clause}
    record(actor=actor, action="standards.clause_removed", subject=link.document, details=details)
    link.delete()
    return link
