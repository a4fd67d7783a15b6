"""Handing files in and reading them back."""

from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from lianheng.web.evidence import queries, services

SHOWN_INLINE = {"application/pdf", "image/png", "image/jpeg"}


@login_required
@require_safe
def download(request: HttpRequest, evidence_id: int) -> FileResponse:
    """Send the file of a piece of evidence to somebody in whose scope it lies."""
    evidence = queries.get_evidence_for(request.user, evidence_id)
    response = FileResponse(services.path_of(evidence.file_id).open("rb"), content_type=evidence.file.mime)
    place = "inline" if evidence.file.mime in SHOWN_INLINE else "attachment"
    response["Content-Disposition"] = f"{place}; filename*=UTF-8''{quote(evidence.filename)}"
    # An uploaded document must never run anything in this site's name.
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
