"""Names that differ in one character, found among a million without comparing all with all.

Two names that differ in one character share a form with one character left out (Mor and Fraenkel 1982), so each name is
stored under all of its forms, as 64-bit hashes in a sorted array; who shares a hash is compared in full.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

SHORTEST = 4
# A form that more names share than this tells nothing.
MOST = 50


def forms(name: str) -> list[int]:
    """Hashes of the name and of the name without each of its characters; of short names none.

    Example
    -------
    >>> len(set(forms("宏达建筑")) & set(forms("宏大建筑")))
    1
    """
    if len(name) < SHORTEST:
        return []
    return [hash(name), *(hash(name[:place] + name[place + 1 :]) for place in range(len(name)))]


class NearIndex:
    """Positions of names by their forms."""

    def __init__(self, names: Sequence[str]) -> None:
        import numpy as np

        hashes, places = array("q"), array("l")
        for place, name in enumerate(names):
            found = forms(name)
            hashes.extend(found)
            places.extend([place] * len(found))
        order = np.argsort(np.frombuffer(hashes, dtype=np.int64), kind="stable") if hashes else np.empty(0, np.int64)
        self._hashes = np.frombuffer(hashes, dtype=np.int64)[order] if hashes else np.empty(0, np.int64)
        self._places = np.frombuffer(places, dtype=np.int64)[order] if hashes else np.empty(0, np.int64)

    def sharing(self, names: Sequence[str]) -> Iterator[tuple[int, list[int]]]:
        """For each name (by its position) the positions in the index that share a form with it."""
        import numpy as np

        asked, owners = array("q"), array("l")
        for place, name in enumerate(names):
            found = forms(name)
            asked.extend(found)
            owners.extend([place] * len(found))
        if not asked or not len(self._hashes):
            return
        wanted = np.frombuffer(asked, dtype=np.int64)
        starts = np.searchsorted(self._hashes, wanted, "left")
        ends = np.searchsorted(self._hashes, wanted, "right")
        hit = np.flatnonzero((ends > starts) & (ends - starts <= MOST))
        found_places: dict[int, set[int]] = {}
        for at in hit.tolist():
            found_places.setdefault(owners[at], set()).update(self._places[starts[at] : ends[at]].tolist())
        for place in sorted(found_places):
            yield place, sorted(found_places[place])
