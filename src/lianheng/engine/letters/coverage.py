"""Which characters the shipped fonts can draw: read from a list, so that nobody has to open a font to know."""

from bisect import bisect_right
from functools import lru_cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
SUBSTITUTE = "〓"  # what Chinese printers set for a sort that they lack
_NEVER_DRAWN = set(" \n\u200b\u3000\u00a0")


@lru_cache(maxsize=1)
def _ranges() -> tuple[list[int], list[int]]:
    pairs = [line.split() for line in (FONTS / "coverage.txt").read_text(encoding="ascii").splitlines()]
    return [int(first, 16) for first, _ in pairs], [int(last, 16) for _, last in pairs]


def can_draw(character: str) -> bool:
    """Say whether some shipped font has the character.

    >>> can_draw("洣"), can_draw("\\ue170")
    (True, False)
    """
    firsts, lasts = _ranges()
    position = bisect_right(firsts, ord(character)) - 1
    return character in _NEVER_DRAWN or (position >= 0 and ord(character) <= lasts[position])


def undrawable(text: str) -> str:
    """List the characters of `text` that a PDF would lack, each once, in order; empty when all can be drawn.

    >>> undrawable("衡东县洣水镇\\ue170")
    '\\ue170'
    """
    return "".join(dict.fromkeys(c for c in text if not can_draw(c)))


def substitute(text: str) -> str:
    """Put 〓 where no font has a glyph, so that a gap is seen as a gap."""
    return "".join(c if can_draw(c) else SUBSTITUTE for c in text)
