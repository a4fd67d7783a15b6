"""系列文件: the policy documents that standards rest on, as slots to be filled (the 1+1+7+2 formula)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lianheng.library.catalogue import Catalogue
from lianheng.library.problems import LibraryError, Notebook, Problem, Shape
from lianheng.library.strict_yaml import YamlError, read_yaml

_LIBRARY = Shape(
    {"id": "text", "name": "text", "source": "text", "kinds": "list", "slots": "list"}, {"further": "list"}
)
_KIND = Shape({"code": "text", "name": "text", "slots": "number"})
_DOCUMENT = {
    "title": "text", "issuer": "text", "number": "text", "date": "text", "mark": "text", "mark_note": "text",
}  # fmt: skip
_SLOT = Shape({"slot": "text", "kind": "text", **_DOCUMENT}, {"unit_type": "text", "clauses": "list"})
_FURTHER = Shape({"code": "text", **_DOCUMENT})
_CLAUSE = Shape({"code": "text", "clause": "text", "title": "text", "supports": "list"})


class DocumentError(LibraryError):
    """A document library that cannot be used."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a document and the codes of the categories or items that rest on it."""

    code: str
    clause: str
    title: str
    supports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A policy document. `kind` is empty for one that fills no slot; `code` is then its own, else the slot's."""

    code: str
    kind: str
    unit_type: str
    title: str
    issuer: str
    number: str
    date: str
    mark: str
    mark_note: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class SlotKind:
    """How many documents of a kind the formula asks for."""

    code: str
    name: str
    slots: int


@dataclass(frozen=True, slots=True)
class DocumentLibrary:
    """系列文件 as read from its file."""

    id: str
    name: str
    source: str
    kinds: tuple[SlotKind, ...]
    documents: tuple[Document, ...]
    further: tuple[Document, ...]


def shipped_documents(name: str) -> Path:
    """The file of a document library that comes with the program, e.g. `hengyang`."""
    return Path(__file__).resolve().parent / "documents" / f"{name}.yaml"


def load_documents(path: Path) -> DocumentLibrary:
    """Read and check a document library.

    Parameters
    ----------
    path : a YAML file.

    Returns
    -------
    The library: as many documents of each kind as the kind has slots.

    Raises
    ------
    DocumentError naming every problem.

    Example
    -------
    >>> library = load_documents(shipped_documents("hengyang"))
    >>> [(kind.code, kind.slots) for kind in library.kinds]
    [('opinion', 1), ('plan', 1), ('unit_programme', 7), ('supporting', 2)]
    """
    book = Notebook(path.name)
    try:
        row = book.row("documents", read_yaml(path), _LIBRARY)
    except YamlError as error:
        raise DocumentError([Problem(path.name, "file", str(error))]) from error
    kinds = tuple(
        SlotKind(str(kind.get("code")), str(kind.get("name")), int(kind.get("slots", 0)))
        for kind in book.rows("kinds", row.get("kinds"), _KIND)
    )
    documents = tuple(_document(book, slot, "slot") for slot in book.rows("slots", row.get("slots"), _SLOT))
    further = tuple(_document(book, other, "code") for other in book.rows("further", row.get("further"), _FURTHER))
    _check_slots(book, kinds, documents)
    clauses = [clause.code for document in documents for clause in document.clauses]
    book.unique([*(document.code for document in (*documents, *further)), *clauses])
    if book.problems:
        raise DocumentError(book.problems)
    return DocumentLibrary(row["id"], row["name"], row["source"], kinds, documents, further)


def check_documents(library: DocumentLibrary, catalogue: Catalogue) -> None:
    """Refuse clauses that support codes, or unit programmes for unit types, that the catalogue doesn't have.

    Raises
    ------
    DocumentError naming every problem.
    """
    book = Notebook(f"{library.id}.yaml")
    known = {category.code for sheet in catalogue.sheets() for category in sheet.all_categories()}
    known |= {item.code for sheet in catalogue.sheets() for item in sheet.all_items()}
    unit_types = {unit_type.code for unit_type in catalogue.unit_types}
    for document in library.documents:
        if document.unit_type and document.unit_type not in unit_types:
            book.note(document.code, f"unit type {document.unit_type} is not in the catalogue")
        for clause in document.clauses:
            for code in clause.supports:
                if code not in known:
                    book.note(clause.code, f"supports {code}, which is no category or item of the catalogue")
    if book.problems:
        raise DocumentError(book.problems)


def clauses_for(library: DocumentLibrary, code: str) -> tuple[tuple[Document, Clause], ...]:
    """The clauses on which a category or item rests, with their documents.

    Example
    -------
    >>> library = load_documents(shipped_documents("hengyang"))
    >>> [(document.title, clause.clause) for document, clause in clauses_for(library, "X4")]
    [('清廉学校建设实施方案', '第二部分第（四）项')]
    """
    return tuple(
        (document, clause) for document in library.documents for clause in document.clauses if code in clause.supports
    )


def _document(book: Notebook, row: dict[str, Any], key: str) -> Document:
    code = str(row.get(key))
    clauses = book.rows(f"{code} clauses", row.get("clauses"), _CLAUSE)
    texts = {name: str(row.get(name, "")) for name in ("kind", "unit_type", *_DOCUMENT)}
    return Document(
        code=code,
        **texts,
        clauses=tuple(_clause(clause) for clause in clauses),
    )


def _clause(row: dict[str, Any]) -> Clause:
    supports = tuple(str(code) for code in row.get("supports", ()))
    return Clause(str(row.get("code")), str(row.get("clause")), str(row.get("title")), supports)


def _check_slots(book: Notebook, kinds: tuple[SlotKind, ...], documents: tuple[Document, ...]) -> None:
    for kind in kinds:
        found = sum(1 for document in documents if document.kind == kind.code)
        if found != kind.slots:
            book.note(kind.code, f"has {kind.slots} slots, {found} documents are given")
    for document in documents:
        if document.kind not in {kind.code for kind in kinds}:
            book.note(document.code, f"kind {document.kind} is not in `kinds`")
