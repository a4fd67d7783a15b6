"""Clear numbers of people where they do not belong: found in plain columns, masked in what others may see."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Region, day of birth, order, check digit. The check digit is not asked: a slip of the pen leaves a person's id one.
_ID = re.compile(r"(?<!\d)\d{6}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)", re.ASCII)
_LONG = re.compile(r"(?:[0-9０-９] ?){14,}[0-9０-９][XxＸｘ]?")
_PHONE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
SHORTEST = 18
MASK, PHONE_MASK = "［证件号］", "［电话］"


def holds_clear_id(text: str) -> bool:
    """Whether a text is or contains what has the form of a citizen's id: 18 digits (or 17 and X) with a day in them.

    Example
    -------
    >>> body = "000000" + "19500101" + "001"
    >>> holds_clear_id(f"低保{body}1"), holds_clear_id(f"{body[:6]} {body[6:14]} {body[14:]}x"), holds_clear_id(body)
    (True, True, False)
    >>> holds_clear_id("000000" + "19501301" + "0011"), holds_clear_id(f"{body}12")
    (False, False)
    """
    if len(text) < SHORTEST:
        return False
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return bool(_ID.search(plain) or (" " in plain and _ID.search("".join(plain.split()))))


def begins_with_home(raw: object, homes: Iterable[object]) -> bool:
    """Whether 18 digits begin with the 12 of a division in the same row: then they are a household's code.

    Example
    -------
    >>> code = "430421200201" + "050012"
    >>> begins_with_home(code, ["430421200201"]), begins_with_home(code, ["430421"])
    (True, False)
    """
    text = str(raw).strip()
    codes = {str(home).strip() for home in homes}
    return len(text) == SHORTEST and text.isdigit() and text[:12] in codes


def mask_numbers(text: str) -> str:
    """A text without numbers of 15 digits and more, and without mobile numbers: for what leaves the load step.

    Wider than `holds_clear_id`: an id with a slip in it, of the old form or an account is nobody's business either.

    Example
    -------
    >>> mask_numbers("低保" + "000000" + "19501301" + "001x" + "，100.50"), mask_numbers("2024-01-31 08:30")
    ('低保［证件号］，100.50', '2024-01-31 08:30')
    """
    if len(text) < 11:
        return text
    return _PHONE.sub(PHONE_MASK, _LONG.sub(MASK, text))


def mask_clear_ids(text: str) -> str:
    """A text without what has the form of a citizen's id: for results, whose other numbers are wanted.

    Example
    -------
    >>> mask_clear_ids("000000" + "19500101" + "001X"), mask_clear_ids("91430421MA4L000000")
    ('［证件号］', '91430421MA4L000000')
    """
    return MASK if holds_clear_id(text) else text
