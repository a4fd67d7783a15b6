"""What is made for one person and sent at once, under a Chinese name."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from lianheng.web.shell.table_export import XLSX


def download(content: bytes, name: str, mime: str = XLSX) -> HttpResponse:
    """Return a file that the browser saves under this name."""
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(content, content_type=mime, headers={"Content-Disposition": disposition})
