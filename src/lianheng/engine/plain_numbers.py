"""Numbers in files, as people write them: what only Python takes for a number is a slip of the pen in a table."""

from __future__ import annotations


def plain_float(text: str) -> float:
    """Read a number written with plain digits and a point.

    Parameters
    ----------
    text : the cell.

    Returns
    -------
    float
        Also ``inf`` and ``nan`` where they are written; whether they may be is for the caller to say.

    Raises
    ------
    ValueError
        For anything else, and for 1_000 and full-width digits.

    Example
    -------
    >>> plain_float("-1.5e3")
    -1500.0
    >>> plain_float("1_000")
    Traceback (most recent call last):
    ValueError: '1_000' is not written with plain digits
    """
    if "_" in text or not text.isascii():
        raise ValueError(f"{text!r} is not written with plain digits")
    return float(text)
