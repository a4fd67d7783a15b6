"""Clear numbers of people where they do not belong: found in plain columns, masked in what others may see.

An id is found as people write it: whole, in groups (blanks, hyphens, points or strokes between them), in full width,
with invisible characters in it, and in the form of 15 digits that was given out until 1999.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

# What may stand between two groups of digits; commas part thousands, and lists of amounts.
_BETWEEN = r"\s._/·‐-―−－-"
GAP = rf"[{_BETWEEN}]"
# Region, day of birth, order, check digit. The check digit is not asked: a slip of the pen leaves a person's id one.
_ID = re.compile(r"\d{6}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]", re.ASCII)
# Many honest numbers have 15 digits. The region's province is asked, and a birth from 1930 to 1999: what follows the
# region in codes of villages (towns 001 to 299) and in contracts by region and day is less.
PROVINCE = "(00|1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
_OLD = re.compile(PROVINCE + r"\d{4}[3-9]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}", re.ASCII)
_OLD_GROUPS = ([15], [6, 6, 3], [6, 9], [12, 3], [6, 2, 2, 2, 3])
_RUN = re.compile(rf"\d[\dXx]*(?:[,，{_BETWEEN}]{{1,3}}[\dXx]+)*", re.ASCII)
_GROUP = re.compile(r"([\dXx]+)([^\dXx]*)", re.ASCII)
_LONG = re.compile(rf"(?:\d{GAP}{{0,3}}){{14,}}\d(?:{GAP}{{0,3}}[Xx])?", re.ASCII)
_DAYS_OR_AMOUNT = re.compile(
    rf"(?:(?:19|20)\d\d{GAP}\d{{1,2}}{GAP}\d{{1,2}}{GAP}{{0,3}})+|\d{{1,13}}\.\d{{1,4}}", re.ASCII
)
_PHONE = re.compile(r"(?<![0-9])1[3-9][0-9](?:[ -]?[0-9]{4}){2}(?![0-9])")
_DIGIT = re.compile(r"\d")
SHORTEST = 15
MASK, PHONE_MASK = "［证件号］", "［电话］"


def seen(text: str) -> str:
    """A text with its digits, X and blanks in half width, and without invisible characters.

    Example
    -------
    >>> seen("１２\\u200b３Ｘ"), seen("12-3")
    ('123X', '12-3')
    """
    if text.isascii():
        return text
    return "".join(mark if mark.isascii() else _plain(mark) for mark in text)


@cache
def _plain(mark: str) -> str:
    if unicodedata.category(mark) == "Cf":
        return ""
    if mark.isspace():
        return " "
    return str(unicodedata.decimal(mark)) if mark.isdecimal() else {"Ｘ": "X", "ｘ": "x"}.get(mark, mark)


def holds_clear_id(text: str, firms: bool = False) -> bool:
    """Whether a text is or contains what has the form of a citizen's id.

    18 digits (or 17 and X) with a day in them; 15 with a province, and a day from 1930 to 1999.

    Parameters
    ----------
    text : of a cell.
    firms : the column holds codes of firms: a licence's 15 digits are known by their own check digit.

    Example
    -------
    >>> body = "000000" + "19500101" + "001"
    >>> holds_clear_id(f"低保{body}1"), holds_clear_id(f"{body[:6]} {body[6:14]}-{body[14:]}x"), holds_clear_id(body)
    (True, True, False)
    >>> holds_clear_id("000000" + "19501301" + "0011"), holds_clear_id(f"{body}12")
    (False, False)
    >>> holds_clear_id("000000" + "500101" + "001"), holds_clear_id("430421" + "240131" + "001")
    (True, False)
    """
    if len(text) < SHORTEST or len(_DIGIT.findall(text)) < SHORTEST:
        return False
    if text.isascii() and text.isdigit():  # codes of households, a register full of them
        return len(text) in (15, 18) and _is_id([text], "", firms)
    return any(_is_id(*window, firms) for run in _RUN.finditer(seen(text)) for window in _windows(run[0]))


def _windows(run: str) -> Iterator[tuple[list[str], str]]:
    """Neighbouring groups of a run that make 15 or 18 characters together, and what stands between them."""
    groups = _GROUP.findall(run)
    for start in range(len(groups)):
        taken: list[str] = []
        gaps, length = "", 0
        for digits, gap in groups[start:]:
            taken.append(digits)
            length += len(digits)
            if length in (15, 18):
                yield taken, gaps
            if length >= 18:
                break
            gaps += gap


def _is_id(groups: list[str], gaps: str, firms: bool) -> bool:
    text = "".join(groups)
    if len(text) == 15:
        known = [len(group) for group in groups] in _OLD_GROUPS
        return known and bool(_OLD.fullmatch(text)) and not (firms and _is_licence(text))
    if not _ID.fullmatch(text):
        return False
    if not gaps:
        return True
    # Contracts are numbered by region, day and order too; in groups, a day of this century is a birthday where the
    # check digit says so, or where only blanks stand between.
    return bool(re.match(PROVINCE, text)) and (text[6:8] != "20" or gaps.isspace() or _is_checked(text))


def _is_checked(text: str) -> bool:
    """Whether the check digit of an id of 18 is right (ISO 7064, MOD 11-2)."""
    weighed = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(text[:17]))
    return "10X98765432"[weighed % 11] == text[17].upper()


def _is_licence(text: str) -> bool:
    """Whether the check digit of a firm's registration number of 15 is right (ISO 7064, MOD 11,10)."""
    carried = 10
    for digit in text[:14]:
        carried = ((carried + int(digit)) % 10 or 10) * 2 % 11
    return (carried + int(text[14])) % 10 == 1


def begins_with_home(raw: object, homes: Iterable[object]) -> bool:
    """Whether 15 or 18 digits begin with the 12 of a division in the same row: a group's or a household's code.

    Example
    -------
    >>> code = "430421200201" + "050012"
    >>> begins_with_home(code, ["430421200201"]), begins_with_home(code, ["430421"])
    (True, False)
    """
    text = str(raw).strip()
    codes = {str(home).strip() for home in homes}
    return len(text) in (15, 18) and text.isdigit() and text[:12] in codes


def mask_numbers(text: str) -> str:
    """A text without numbers of 15 digits and more, and without mobile numbers: for what leaves the load step.

    Wider than `holds_clear_id`: an id with a slip in it or an account is nobody's business either. Days and amounts
    stay.

    Example
    -------
    >>> mask_numbers("低保" + "000000" + "19501301" + "001x" + "，100.50"), mask_numbers("2024-01-31 2024-02-28")
    ('低保［证件号］，100.50', '2024-01-31 2024-02-28')
    """
    if len(text) < 11:
        return text
    plain = seen(text)
    masked = _LONG.sub(lambda found: found[0] if _DAYS_OR_AMOUNT.fullmatch(found[0]) else MASK, plain)
    masked = _PHONE.sub(PHONE_MASK, masked)
    if holds_clear_id(masked):  # one with commas in it
        return MASK
    return text if masked == plain else masked


def mask_clear_ids(text: str) -> str:
    """A text without what has the form of a citizen's id: for results, whose other numbers are wanted.

    Example
    -------
    >>> mask_clear_ids("000000" + "19500101" + "001X"), mask_clear_ids("91430421MA4L000000")
    ('［证件号］', '91430421MA4L000000')
    """
    return MASK if holds_clear_id(text) else text
