"""Every write of this room: versions are loaded or imported, then published; documents are filed and linked."""

from lianheng.web.standards.services.documents import add_clause, file_document, load_documents, remove_clause
from lianheng.web.standards.services.exports import note_export
from lianheng.web.standards.services.importing import import_workbook
from lianheng.web.standards.services.loading import load_catalogue
from lianheng.web.standards.services.publishing import delete_draft, publish_catalogue

__all__ = [
    "add_clause",
    "delete_draft",
    "file_document",
    "import_workbook",
    "load_catalogue",
    "load_documents",
    "note_export",
    "publish_catalogue",
    "remove_clause",
]
