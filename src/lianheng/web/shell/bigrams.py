"""Overlapping pairs of characters: any two characters find, the same on both databases."""

import re
import unicodedata

_WORD = re.compile(r"[0-9a-z.]+|[^\W0-9a-z_]+")


def bigrams(text: str) -> list[str]:
    """Return the pairs of a text in order: Chinese runs as overlapping pairs, Latin words and codes whole and as pairs.

    Case and width do not count. A single character gives itself; empty text gives nothing.
    """
    found: list[str] = []
    for run in _WORD.findall(unicodedata.normalize("NFKC", text).lower()):
        found += [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]
    return found


def search_words(text: str) -> list[str]:
    """Return the search words of a text, each pair of characters once.

    The pairs are written in hexadecimal behind a letter: a plain word to both databases, whose own ideas of what a
    letter, a number or a dot is would otherwise give different hits.
    """
    return sorted({"b" + pair.encode().hex() for pair in bigrams(text)})
