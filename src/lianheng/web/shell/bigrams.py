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
