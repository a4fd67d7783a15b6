"""Files are stored once, by content, outside the database; what they prove is a row."""

import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.evidence.checks import kind_of, safe_filename
from lianheng.web.evidence.models import Evidence, EvidenceFile
from lianheng.web.shell.clock import now, today
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.free_text import personal_number_refused
from lianheng.web.trail.services import record
from lianheng.web.units.models import Institution

MAY_UPLOAD = (Role.UNIT_ADMIN, Role.UNIT_LEADER, Role.SPECIAL_OFFICE, Role.LEAD_DEPARTMENT, Role.THIRD_PARTY)


def too_large(size: int) -> str:
    """Say that a file is over the limit, and what to do."""
    return f"文件有 {size // 1024 // 1024} MB，超过 {settings.MAX_UPLOAD // 1024 // 1024} MB，请压缩或分开上传"


def path_of(sha256: str) -> Path:
    """Return where a content lies."""
    return Path(settings.EVIDENCE) / sha256[:2] / sha256


def store_content(chunks: Iterable[bytes], *, mime: str, limit: int | None = None) -> EvidenceFile:
    """Write a content under its hash unless it is there already, and return its row; part of the caller's transaction.

    The file is complete on disk before the row exists; a run killed in between leaves a file without a row, which the
    next upload of the same content takes over.
    """
    folder = Path(settings.EVIDENCE)
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as temporary:
        try:
            for chunk in chunks:
                size += len(chunk)
                if limit is not None and size > limit:
                    raise InvalidInput(f"文件超过 {limit // 1024 // 1024} MB，请压缩或分开上传", "file")
                digest.update(chunk)
                temporary.write(chunk)
            temporary.flush()
            os.fsync(temporary.fileno())
            target = path_of(digest.hexdigest())
            target.parent.mkdir(exist_ok=True)
            os.replace(temporary.name, target)
        except BaseException:
            Path(temporary.name).unlink(missing_ok=True)
            raise
    row, _ = EvidenceFile.objects.get_or_create(
        sha256=digest.hexdigest(), defaults={"size": size, "mime": mime, "created": now()}
    )
    return row


@transaction.atomic
def add_evidence(
    *, actor: User, institution_id: int, upload: UploadedFile, title: str = "", dated: dt.date | None = None
) -> Evidence:
    """Take a file in for an institution; the same content handed in again is the same evidence, asked for once."""
    institution = Institution.objects.get(pk=institution_id)
    require_role(actor, MAY_UPLOAD, institution, "上传佐证材料")
    if dated and dated > today():
        raise InvalidInput("材料日期在将来，请核对", "dated")
    # Before a byte of it is read: a 100 MB file is refused by its size alone.
    if upload.size is not None and upload.size > settings.MAX_UPLOAD:
        raise InvalidInput(too_large(upload.size), "file")
    filename = safe_filename(upload.name or "")
    if refused := personal_number_refused(title or filename):
        raise InvalidInput(f"材料名称：{refused}", "title" if title else "file")
    mime = kind_of(upload, filename)
    file = store_content(_chunks(upload), mime=mime, limit=settings.MAX_UPLOAD)
    evidence, made = Evidence.objects.get_or_create(
        institution=institution,
        file=file,
        defaults={
            "title": (title or filename)[:120],
            "filename": filename,
            "dated": dated,
            "uploaded_by": actor,
            "created": now(),
            **{column: getattr(institution, column) for column in Institution.PLACE},
        },
    )
    if made:
        record(
            actor=actor,
            action="evidence.evidence_added",
            subject=evidence,
            unit=f"institution:{institution.pk}",
            details={"sha256": file.sha256, "size": file.size, "title": evidence.title},
        )
    return evidence


def _chunks(upload: UploadedFile) -> Iterator[bytes]:
    upload.seek(0)
    yield from upload.chunks()
