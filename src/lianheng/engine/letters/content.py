"""What a document shows, as plain values: one tree that the PDF template and the .docx writer both read."""

from typing import Any

from .document import Annex, Block, Heading, OfficialDocument, PageBreak, Paragraph, Table
from .metrics import CHARACTERS_PER_LINE, DENSE_SIZE, POINTS_PER_MM, TYPE_WIDTH, mark_size, table_text_size
from .text import breakable, chinese_date, clean, heading_numbers, title_lines

Content = dict[str, Any]
LONGEST_RUN, LONGEST_RUN_IN_TITLE = 18, 12  # W is the widest letter; so many fit a line
CELL_PADDING = 6.0  # points, both sides together
LONGEST_KEPT = 6 * CHARACTERS_PER_LINE
# So many names of annexes stay with the signature; all of a long note would leave the page before it half empty.
NAMES_KEPT = 2


def content(document: OfficialDocument) -> Content:
    """Turn a document into strings, numbers and lists, cleaned, numbered and broken into title lines.

    Parameters
    ----------
    document : the document.

    Returns
    -------
    A tree that can be written as JSON; parts that the document lacks are None or empty.

    Example
    -------
    >>> import datetime
    >>> plain = OfficialDocument(kind="通报", title="标题", body=(Heading(1, "情况"),), date=datetime.date(2026, 1, 5))
    >>> content(plain)["body"]
    [{'type': 'heading', 'level': 1, 'text': '一、情况'}]
    """
    names = attachment_note(document)
    return {
        "kind": _line(document.kind),
        "layout": document.layout,
        "mark": _mark(document.agency),
        "number": _line(document.number),
        "corner": [_line(v) for v in (document.copy_number, document.secrecy, document.urgency) if v],
        "copy_number_first": bool(document.copy_number),
        "leader": _line(document.signing_leader),
        "title": _title(document.title),
        "addressee": _addressee(document.addressee),
        "body": _kept_with_signature(blocks(document.body), len(names)),
        "attachments": [
            {"text": name, "keep": left <= NAMES_KEPT}
            for left, name in zip(range(len(names), 0, -1), names, strict=True)
        ],
        "annexes": _annexes(document.annexes),
        "signature": _signature(document),
        "tail": _tail(document),
        "marking": _line(document.marking),
    }


def blocks(body: tuple[Block, ...]) -> list[Content]:
    """Clean and number the blocks of a body or an annex; each counts its headings by itself."""
    numbers = iter(heading_numbers([block.level for block in body if isinstance(block, Heading)]))
    nodes: list[Content] = []
    for block in body:
        match block:
            case Heading(level, text):
                nodes.append({"type": "heading", "level": level, "text": next(numbers) + _line(text)})
            case Paragraph(text):
                nodes += [_paragraph(part) for part in _parts(text)]
            case Table():
                nodes.append(_table(block))
            case PageBreak():
                nodes.append({"type": "pagebreak"})
    return nodes


def _paragraph(text: str) -> Content:
    return {"type": "paragraph", "text": breakable(text.strip(), LONGEST_RUN), "keep": False}


def _kept_with_signature(nodes: list[Content], names: int) -> list[Content]:
    """Mark a short last paragraph to stay with what follows: a page may not hold the signature alone.

    Behind a long note of annexes it is the note's end that stays with the signature.
    """
    if names <= NAMES_KEPT and nodes and nodes[-1]["type"] == "paragraph" and len(nodes[-1]["text"]) <= LONGEST_KEPT:
        return [*nodes[:-1], {**nodes[-1], "keep": True}]
    return nodes


def attachment_note(document: OfficialDocument) -> list[str]:
    """Names for the attachment note, numbered when there are several, without closing punctuation."""
    given = document.attachments or tuple(annex.title for annex in document.annexes)
    names = [_line(name).rstrip("。；;，,. ") for name in given]
    return names if len(names) < 2 else [f"{position}. {name}" for position, name in enumerate(names, start=1)]


def _line(text: str | None) -> str:
    return breakable(" ".join(clean(text or "").split("\n")).strip(), LONGEST_RUN)


def _title(text: str) -> list[str]:
    return [breakable(line, LONGEST_RUN_IN_TITLE) for line in title_lines(clean(text))]


def _parts(text: str) -> list[str]:
    return clean(text).strip("\n").split("\n")


def _mark(agency: str | None) -> Content | None:
    if agency is None:
        return None
    text = _line(agency)
    size, scale = mark_size(text)
    return {"text": text, "size": size, "scale": scale}


def _addressee(addressee: str | None) -> str:
    name = _line(addressee).rstrip("：: ")
    return f"{name}：" if name else ""


def _table(table: Table) -> Content:
    widths = list(table.widths or _natural_widths(table))
    size = DENSE_SIZE if table.dense else table_text_size(len(table.header))
    fitting = [_fitting(width / sum(widths), size) for width in widths]

    def cells(row: tuple[str, ...]) -> list[str]:
        return [
            "\n".join(breakable(part.strip(), fit) for part in _parts(text))
            for text, fit in zip(row, fitting, strict=True)
        ]

    return {
        "type": "table",
        "size": size,
        "gap": 3.0 if table.dense else 5.0,
        "header": cells(table.header),
        "rows": [cells(row) for row in table.rows],
        "widths": widths,
        "align": list(table.align or ["center"] * len(table.header)),
        "caption": _line(table.caption),
    }


def _fitting(share: float, size: float) -> int:
    """How many of the widest Latin letters fit a column, at least one."""
    return max(1, int((share * TYPE_WIDTH * POINTS_PER_MM - CELL_PADDING) / size))


def _natural_widths(table: Table) -> list[float]:
    """Share the line by the longest text of each column, bounded so that one long column leaves room for the rest."""
    columns = zip(table.header, *table.rows, strict=True)
    return [float(min(max(max(len(text) for text in column), 3), 16)) for column in columns]


def _annexes(annexes: tuple[Annex, ...]) -> list[Content]:
    return [
        {
            "label": f"附件{position}" if len(annexes) > 1 else "附件",
            "title": _title(annex.title),
            "body": blocks(annex.body),
        }
        for position, annex in enumerate(annexes, start=1)
    ]


def _signature(document: OfficialDocument) -> Content | None:
    if not document.signer_agency:
        return None
    return {
        "agency": _line(document.signer_agency),
        "date": chinese_date(document.date),
        "sealed": document.sealed,
    }


def _tail(document: OfficialDocument) -> Content | None:
    copies = _line(document.copies).rstrip("。. ")
    # The letter layout has no printer line: GB/T 9704-2012, 10.1.
    printed_by = "" if document.layout == "letter" else _line(document.printed_by)
    if not (copies or printed_by):
        return None
    printed = f"{chinese_date(document.print_date or document.date)}印发" if printed_by else ""
    return {"copies": f"{copies}。" if copies else "", "printed_by": printed_by, "printed": printed}
