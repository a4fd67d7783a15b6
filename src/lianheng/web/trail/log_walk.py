"""One pass over the log's rows: leaves, contents and stored nodes recomputed, the roots of wanted sizes kept."""

import hashlib
from collections.abc import Iterable
from operator import itemgetter

from lianheng.engine.merkle_log.commitment import ENTRY_FORMAT
from lianheng.engine.merkle_log.tree import EMPTY_ROOT, Frontier
from lianheng.web.trail import raw_rows
from lianheng.web.trail.services import NODE_STEP

SHOWN = 10


class Walk:
    """One pass over all entries."""

    def __init__(self, sizes: Iterable[int], nodes: dict[tuple[int, int], bytes]) -> None:
        self.problems: list[str] = []
        self._sizes = frozenset(sizes)
        self._nodes = nodes
        self.frontier = Frontier()
        self._append = self.frontier.append
        self.roots: dict[int, bytes] = {0: EMPTY_ROOT}
        self.without_content: list[int] = []
        self.is_unbroken = True
        self._expected = 0
        self._altered: list[int] = []
        self._detached: list[int] = []
        self._gaps: list[str] = []
        self._wrong_nodes: list[str] = []

    def run(self, size: int, last: int) -> None:
        """Read the entries below `size`; none stands beyond `last`, whatever the head may claim."""
        for rows, payloads in raw_rows.entries(min(size, last + 1)):
            self._check_rows(rows)
            self._check_contents(rows, payloads)
            self._grow(rows)
        self._miss(size)
        if self.is_unbroken:
            self._wrong_nodes += [
                f"height {height} number {index} (should not be there)" for height, index in self._nodes
            ]
        self._tell("entries are missing", self._gaps)
        self._tell("rows were changed: they do not hash to their leaves, entries", ranges(self._altered))
        self._tell("contents were changed: they do not fit their commitments, entries", ranges(self._detached))
        self._tell("stored tree nodes are wrong or missing:", self._wrong_nodes)

    def _check_rows(self, rows: list[raw_rows.EntryRow]) -> None:
        """Hash the attested text of each row; `entry_bytes.encode_fields`, written out for speed."""
        sha256, altered = hashlib.sha256, self._altered
        for seq, time, actor, role, action, result, kind, thing, unit, commitment, leaf in rows:
            try:
                # Digits below the millisecond are not attested, so there must be none; a zero fraction is not written.
                moment = time[11:23] if time[23:] == "000" else f"{time[11:]}.000" if len(time) == 19 else ""
                text = (  # with the zero byte of a leaf
                    f"\0{ENTRY_FORMAT}\n{seq}\n{time[:10]}T{moment}Z\n{actor}\n{role}\n{action}\n{result}\n"
                    f"{kind}:{thing}\n{unit}\n{commitment.hex()}"
                )
                if (
                    sha256(text.encode("utf-8", "surrogateescape")).digest() == leaf
                    # Text moved across a line break or a colon into the neighbouring field hashes to the same leaf.
                    and text.count("\n") == 9
                    and ":" not in kind
                ):
                    continue
            except (TypeError, AttributeError, UnicodeEncodeError):
                pass  # a column of another type than ours
            altered.append(seq)

    def _check_contents(self, rows: list[raw_rows.EntryRow], payloads: list[raw_rows.PayloadRow]) -> None:
        sha256, detached = hashlib.sha256, self._detached
        commitments: Iterable[bytes] = map(itemgetter(9), rows)
        if len(payloads) != len(rows):
            there = {seq for seq, _, _ in payloads}
            self.without_content += [row[0] for row in rows if row[0] not in there]
            known = {row[0]: row[9] for row in rows}
            commitments = [known.get(seq, b"") for seq in sorted(there)]
        for (seq, salt, content), commitment in zip(payloads, commitments, strict=True):
            try:
                if sha256(salt + content).digest() == commitment:
                    continue
            except TypeError:
                pass  # a salt of another type than ours
            detached.append(seq)

    def _grow(self, rows: list[raw_rows.EntryRow]) -> None:
        """Append the stored leaves, so that an altered row is named by itself and not by every root above it."""
        for first, last in _runs(rows):
            self._miss(rows[first][0])
            for row in rows[first:last] if self.is_unbroken else ():
                try:
                    closed = self._append(row[10])
                except (TypeError, ValueError):
                    self.is_unbroken = False  # named as altered already
                    break
                if len(closed) >= NODE_STEP:
                    self._compare_nodes(closed)
                if row[0] + 1 in self._sizes:
                    self.roots[row[0] + 1] = self.frontier.root()
            self._expected = rows[last - 1][0] + 1

    def _compare_nodes(self, closed: list[tuple[int, int, bytes]]) -> None:
        for height, index, value in closed:
            if height % NODE_STEP == 0 and self._nodes.pop((height, index), None) != value:
                self._wrong_nodes.append(f"height {height} number {index}")

    def _miss(self, seq: int) -> None:
        if self._expected < seq:
            self._gaps.append(range_of(self._expected, seq - 1))
            self.is_unbroken = False

    def _tell(self, what: str, where: list[str]) -> None:
        if where:
            self.problems.append(f"{what} {some(where)}")


def _runs(rows: list[raw_rows.EntryRow]) -> list[tuple[int, int]]:
    """Return the slices of rows whose numbers follow each other; one slice for a whole log."""
    if not rows:
        return []
    if rows[-1][0] - rows[0][0] == len(rows) - 1:  # the numbers are distinct and in order
        return [(0, len(rows))]
    breaks = [i for i in range(1, len(rows)) if rows[i][0] != rows[i - 1][0] + 1]
    return list(zip([0, *breaks], [*breaks, len(rows)], strict=True))


def range_of(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def ranges(numbers: list[int]) -> list[str]:
    """Join neighbours: [1, 2, 3, 7] → 1–3, 7."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return [range_of(first, last) for first, last in found]


def some(items: list[str]) -> str:
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return ", ".join(items[:SHOWN]) + more
