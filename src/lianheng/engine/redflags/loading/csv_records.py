"""Records of a CSV file whose quotation marks may be wrong: a stray one costs its own line, never those below it."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from lianheng.engine.redflags.loading.reasons import MOST_LINES, Reason
from lianheng.engine.redflags.problems import RunError

Odd = list[tuple[int, str, Reason]]
_LOOK_AHEAD = 200


@dataclass(frozen=True, slots=True)
class _Grammar:
    """A record of well-formed cells, and one whose last cell is still open, for one delimiter."""

    delimiter: str
    cell: re.Pattern[str]
    whole: re.Pattern[str]
    open: re.Pattern[str]

    @classmethod
    def of(cls, delimiter: str) -> _Grammar:
        mark = re.escape(delimiter)
        inside = '(?:[^"]|"")*+'
        blanks = "" if delimiter == "\t" else "[ \t]*+"
        # The quoted form goes first: what it does not match has no quotation mark in it, or is wrong.
        cell = f'(?>{blanks}"{inside}"{blanks}(?={mark}|\\Z)|[^"{mark}\r\n]*+)'
        parts = re.compile(f'(?>{blanks}"({inside})"{blanks}(?={mark}|\\Z)|([^"{mark}\r\n]*+))({mark}|\\Z)')
        whole, still = f"{cell}(?:{mark}{cell})*+\\Z", f'(?:{cell}{mark})*{blanks}"{inside}\\Z'
        return cls(delimiter, parts, re.compile(whole), re.compile(still))


def read_records(
    lines: Iterable[tuple[int, str]], delimiter: str, odd: Odd, name: str
) -> Iterator[tuple[int, list[str]]]:
    """The cells of each record, with the number of its first line.

    Parameters
    ----------
    lines : number and text of each line, its end included.
    delimiter : one character.
    odd : gets line, text and reason of each line that is none or no part of a record; the lines below it are read.
    name : of the file, for messages.

    Returns
    -------
    An iterator. A quoted cell may hold line breaks, unless what it would hold are rows themselves: then the quotation
    mark is a stray one. Every line is part of a record, or odd, or blank.

    Raises
    ------
    RunError where lines end in a lone carriage return.

    Example
    -------
    >>> odd = []
    >>> text = ["甲,乙,丙", 'a,"two', 'lines",c', 'd,"stray,f', "g,h,i", 'j,k"k,l']
    >>> list(read_records(enumerate(text, 1), ",", odd, "x.csv"))
    [(1, ['甲', '乙', '丙']), (2, ['a', 'two\\nlines', 'c']), (5, ['g', 'h', 'i'])]
    >>> [(line, reason[:27]) for line, _, reason in odd]
    [(4, 'opens a quotation mark that'), (6, 'has a quotation mark that b')]
    """
    grammar = _Grammar.of(delimiter)
    lines = iter(lines)
    head = list(islice(lines, _LOOK_AHEAD))
    # Titles and notes are shorter than the table; most records have as many cells as it has columns.
    lengths = Counter(len(cells) for _, cells in _records(iter(head), grammar, [], name, 0) if any(cells))
    # Lines without quotation marks count by themselves: of a short file a stray one may have swallowed all of them.
    lengths.update(text.count(delimiter) + 1 for _, text in head if '"' not in text and text.strip())
    width = max(lengths, key=lambda length: (lengths[length], length)) if lengths else 0
    return _records(chain(head, lines), grammar, odd, name, width)


def _records(
    lines: Iterator[tuple[int, str]], grammar: _Grammar, odd: Odd, name: str, width: int
) -> Iterator[tuple[int, list[str]]]:
    waiting: list[tuple[int, str]] = []  # lines that were looked at for a cell which they do not belong to
    while (taken := waiting.pop(0) if waiting else next(lines, None)) is not None:
        number, text = taken
        if '"' not in text:
            body = text.rstrip("\r\n")
            if "\r" in body:
                raise RunError(f"{name}: line {number}: lines end in a lone carriage return: save it with usual ones")
            yield number, body.split(grammar.delimiter) if body else []
            continue
        held = [(number, text)]
        record = _whole(held, waiting, lines, grammar, width)
        if record is not None:
            yield number, record
            continue
        reason = Reason("quote_unclosed" if grammar.open.match(text.rstrip("\r\n")) else "quote_inside")
        odd.append((number, text.rstrip("\r\n"), reason))
        waiting = held[1:] + waiting


def _whole(
    held: list[tuple[int, str]],
    waiting: list[tuple[int, str]],
    lines: Iterator[tuple[int, str]],
    grammar: _Grammar,
    width: int,
) -> list[str] | None:
    """The record that begins with the held line; lines that it needs are taken and held; None where there is none."""
    text = held[0][1]
    while not grammar.whole.match(body := text.rstrip("\r\n")):
        if not grammar.open.match(body) or len(held) == MOST_LINES:
            return None
        # Up to the next line with a quotation mark the cell stays open.
        while len(held) < MOST_LINES:
            following = waiting.pop(0) if waiting else next(lines, None)
            if following is None:
                return None
            held.append(following)
            if following[0] != held[-2][0] + 1:
                return None  # a line between them could not be read
            text += following[1] if text.endswith(("\n", "\r")) else f"\n{following[1]}"
            if '"' in following[1]:
                break
    cells = _cells(body, grammar)
    return None if len(held) > 1 and _swallows(held, cells, grammar, width) else cells


def _cells(body: str, grammar: _Grammar) -> list[str]:
    """The cells of a whole record; blanks around a quoted cell are none of it."""
    if '" ' not in body and '"\t' not in body and len(body) < csv.field_size_limit():
        return next(csv.reader([body], delimiter=grammar.delimiter, skipinitialspace=True))
    cells, place, last = [], 0, False
    while not last and (found := grammar.cell.match(body, place)):
        cells.append(found[2] if found[1] is None else found[1].replace('""', '"'))
        place, last = found.end(), not found[3]
    return cells


def _swallows(held: list[tuple[int, str]], cells: list[str], grammar: _Grammar, width: int) -> bool:
    """Whether lines that are rows themselves would become a part of one cell."""
    if not width:
        return False
    if len(cells) != width:
        return True
    rows = [text.count(grammar.delimiter) + 1 >= width for _, text in held]
    return any(rows[1:-1]) or (rows[0] and rows[-1])
