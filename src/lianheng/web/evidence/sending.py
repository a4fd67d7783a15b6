"""Uploaded files on their way back: shown where a browser shows them safely, else saved."""

from django.http import FileResponse

from lianheng.web.evidence.models import EvidenceFile
from lianheng.web.evidence.services import path_of

SHOWN_INLINE = {"application/pdf", "image/png", "image/jpeg"}


def send(file: EvidenceFile, filename: str) -> FileResponse:
    """Send a stored file under the name that it was handed in with. Ask for its visibility before."""
    response = FileResponse(
        path_of(file.pk).open("rb"),
        as_attachment=file.mime not in SHOWN_INLINE,
        filename=filename,
        content_type=file.mime,
    )
    # An uploaded document must never run anything in this site's name.
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
