"""An official document (公文) as values: what it says, not how it looks."""

import datetime
from dataclasses import dataclass
from typing import Literal, get_args

Align = Literal["left", "center", "right"]
Layout = Literal["file", "letter"]


@dataclass(frozen=True, slots=True)
class Heading:
    """小标题: numbers itself by its level, 一、（一）1.（1）."""

    level: int
    text: str

    def __post_init__(self) -> None:
        if self.level not in (1, 2, 3, 4):
            raise ValueError(f"heading {self.text!r}: level must be 1, 2, 3 or 4, not {self.level!r}")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """段落: indented by two characters; a newline in the text begins another paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """表格: the header is repeated on each page; a table without rows says 无.

    `widths` are shares of the line, `align` one of left, center, right; both are given for every column or not at all.
    `dense` sets a long list in small type with close rows.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] | None = None
    align: tuple[Align, ...] | None = None
    caption: str | None = None
    dense: bool = False

    def __post_init__(self) -> None:
        columns = len(self.header)
        if not columns:
            raise ValueError("table: the header needs at least one column")
        for position, row in enumerate(self.rows, start=1):
            if len(row) != columns:
                raise ValueError(f"table: row {position} has {len(row)} cells, the header has {columns}")
        for name, given in (("widths", self.widths), ("align", self.align)):
            if given is not None and len(given) != columns:
                raise ValueError(f"table: {name} has {len(given)} entries, the header has {columns}")
        if self.widths is not None and not all(0 < width < float("inf") for width in self.widths):
            raise ValueError("table: widths must be positive and finite")
        if self.align is not None and not set(self.align) <= set(get_args(Align)):
            raise ValueError(f"table: align must be one of {', '.join(get_args(Align))}")


@dataclass(frozen=True, slots=True)
class PageBreak:
    """分页: what follows begins on a new page."""


Block = Heading | Paragraph | Table | PageBreak


@dataclass(frozen=True, slots=True)
class Annex:
    """附件正文: bound with the document, on a page of its own after the signature."""

    title: str
    body: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialDocument:
    """公文: one document in the layout of GB/T 9704-2012.

    Parameters
    ----------
    kind : 文种, such as 通报, 通知, 函, 报告; goes into the file's properties.
    agency : text of the red mark (发文机关标志); None draws a plain document without red head.
    number : 发文字号, see `document_number`.
    title : a newline sets a break by hand.
    addressee : 主送机关; the colon is added.
    body : blocks in reading order; may be empty.
    attachments : names for the attachment note (附件说明); without them the titles of `annexes` are listed.
    annexes : attachments whose text is bound with the document.
    signer_agency : 发文机关署名; None leaves the signature and the date out.
    date : 成文日期; also the file's own time, so that the same document gives the same bytes.
    copies, printed_by, print_date : 抄送, 印发机关, 印发日期 of the tail block (版记).
    copy_number, secrecy, urgency : 份号 (six digits), 密级和保密期限, 紧急程度.
    signing_leader : 签发人 of an upward document.
    marking : small text at the head of each page, such as 演示数据.
    sealed : leave room for a seal and set the date four characters in (加盖印章); otherwise two.
    layout : "file" (文件格式) or "letter" (信函格式).
    """

    kind: str
    title: str
    body: tuple[Block, ...]
    date: datetime.date
    agency: str | None = None
    number: str | None = None
    addressee: str | None = None
    attachments: tuple[str, ...] = ()
    annexes: tuple[Annex, ...] = ()
    signer_agency: str | None = None
    copies: str | None = None
    printed_by: str | None = None
    print_date: datetime.date | None = None
    copy_number: str | None = None
    secrecy: str | None = None
    urgency: str | None = None
    signing_leader: str | None = None
    marking: str | None = None
    sealed: bool = True
    layout: Layout = "file"

    def __post_init__(self) -> None:
        if not self.kind.strip():
            raise ValueError("document: kind is empty; name it, for example 通报")
        if not self.title.strip():
            raise ValueError("document: title is empty")
        if self.agency is not None and not self.agency.strip():
            raise ValueError("document: agency is empty; give None for a document without red head")
        if not 1980 <= self.date.year <= 9999:
            raise ValueError(f"document: a file cannot carry a date before 1980: {self.date.isoformat()}")
        if self.layout not in get_args(Layout):
            raise ValueError(f"document: layout must be file or letter, not {self.layout!r}")
        if self.layout == "letter" and self.agency is None:
            raise ValueError("document: the letter layout needs an agency for its mark")


def document_number(code: str, year: int, sequence: int) -> str:
    """Compose 发文字号: agency code, year in 〔〕, sequence without leading zero and without 第.

    Parameters
    ----------
    code : 机关代字, such as 衡廉办.
    year : four digits.
    sequence : from 1.

    Returns
    -------
    The number as it is printed. Empty code, a year out of range or a sequence below 1 raise ValueError.

    References
    ----------
    GB/T 9704-2012, 7.2.5.

    Example
    -------
    >>> document_number("衡廉办", 2026, 5)
    '衡廉办〔2026〕5号'
    """
    if not code.strip():
        raise ValueError("document number: the agency code is empty")
    if not 1000 <= year <= 9999:
        raise ValueError(f"document number: the year needs four digits, not {year}")
    if sequence < 1:
        raise ValueError(f"document number: the sequence starts at 1, not {sequence}")
    return f"{code.strip()}〔{year}〕{sequence}号"
