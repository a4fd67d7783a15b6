"""公文版式: official documents in the layout of GB/T 9704-2012, as .docx and PDF."""

from .document import (
    Align,
    Annex,
    Block,
    Heading,
    OfficialDocument,
    PageBreak,
    Paragraph,
    Table,
    document_number,
)
from .docx import to_docx
from .errors import MissingLibrary
from .pdf import missing_characters, to_pdf

__all__ = [
    "Align",
    "Annex",
    "Block",
    "Heading",
    "MissingLibrary",
    "OfficialDocument",
    "PageBreak",
    "Paragraph",
    "Table",
    "document_number",
    "missing_characters",
    "to_docx",
    "to_pdf",
]
