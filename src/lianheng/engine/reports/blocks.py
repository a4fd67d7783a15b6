"""What a report consists of: sections of paragraphs, notes, tables and charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Paragraph:
    """Plain text; the page escapes it."""

    text: str
    kind: str = "paragraph"


@dataclass(frozen=True)
class Note:
    """Text that must not be overlooked: a limit, a warning, a failed replicate."""

    text: str
    kind: str = "note"


@dataclass(frozen=True)
class Facts:
    """Pairs of name and value, in the order given."""

    pairs: Sequence[tuple[str, str]]
    kind: str = "facts"


@dataclass(frozen=True)
class DataTable:
    """A table; numbers are set right, missing cells show as a dash.

    Parameters
    ----------
    headers : sequence of str
        One per column.
    rows : sequence of sequence
        Text, numbers or None. Floats show with ``decimals`` places.
    caption : str
        Stands above the table.
    decimals : int
        Places after the point.
    cards : bool
        On a phone each row is a card, with the heading before each cell; for tables with a sentence in them.
    nowrap : collection of str
        Headings of columns that are never broken into lines: states, codes, days.
    """

    headers: Sequence[str]
    rows: Sequence[Sequence[Any]]
    caption: str = ""
    decimals: int = 2
    cards: bool = False
    nowrap: Sequence[str] = ()
    kind: str = "table"

    def classes(self, column: int, cell: Any) -> str:
        """Return the classes of a cell."""
        names = ["number"] if self.is_number(cell) else []
        return " ".join([*names, *(["whole"] if self.headers[column] in self.nowrap else [])])

    def text(self, cell: Any) -> str:
        """Return the cell as the page shows it."""
        if cell is None or cell != cell:
            return "–"
        if isinstance(cell, float):
            return f"{cell:,.{self.decimals}f}".replace("-", "−")
        return str(cell)

    def is_number(self, cell: Any) -> bool:
        """Return whether the cell is set right."""
        return cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool))


@dataclass(frozen=True)
class Chart:
    """An SVG drawing made by `charts`, with the sentence that says what it shows."""

    svg: str
    caption: str
    kind: str = "chart"


Block = Paragraph | Note | Facts | DataTable | Chart


@dataclass(frozen=True)
class Section:
    """One heading and what stands below it."""

    heading: str
    blocks: Sequence[Block]
