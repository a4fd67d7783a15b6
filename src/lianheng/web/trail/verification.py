"""`trail verify`: recompute the whole log from its rows and compare it with everything that was ever signed."""

import gc
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import itemgetter

from lianheng.engine.merkle_log.checkpoint import CheckpointError, VerifierKey, open_note
from lianheng.engine.merkle_log.commitment import ENTRY_FORMAT
from lianheng.engine.merkle_log.tree import EMPTY_ROOT, Frontier
from lianheng.web.trail import guards, raw_rows
from lianheng.web.trail.checkpoint_file import read_pieces
from lianheng.web.trail.services import ERASED, NODE_STEP

SHOWN = 10


@dataclass(frozen=True)
class Claim:
    """Size and root that a signed checkpoint states, and where it was found."""

    size: int
    root: bytes
    where: str


@dataclass
class Report:
    """What was found; no problems means that the log is whole."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    covered: int = 0  # entries below this are under an exported (else a stored) checkpoint
    erased: int = 0
    checkpoints: int = 0
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.problems


def verify(key: VerifierKey | None, exported: str | None = None, exported_name: str = "the file") -> Report:
    """Recompute leaves, commitments, nodes, head and roots; compare with the stored and the exported checkpoints.

    `key` is the log's public key, None if there is none (then no checkpoint may exist). `exported` is the text of a
    checkpoint file that was fetched before. Entries written while this runs are left to the next run.
    """
    report = Report()
    _check_guards(report)
    # What hangs on the log is read before its head: a running server can only add, never run ahead of the head.
    stored = _stored_claims(report, key)
    nodes, (low, high) = raw_rows.nodes(), raw_rows.outer_numbers()
    head = _read_head(report)
    report.size = head.size if head else high + 1
    if low < 0:
        report.problems.append(f"entry {low} stands before the beginning")
    if high >= report.size:
        report.problems.append(f"entry {high} stands beyond the head, which says {report.size} entries")
    outside = _exported_claims(report, key, exported, exported_name) if exported is not None else []
    claims = [*outside, *stored]
    walk = _Walk(report, {claim.size for claim in claims}, nodes)
    with _without_collector(), raw_rows.small_cache():
        walk.run(report.size, last=raw_rows.outer_numbers()[1])
    _check_head(report, walk, head)
    _check_claims(report, walk, claims)
    _check_erasures(report, walk)
    counted = outside if exported is not None else stored
    report.covered = max((claim.size for claim in counted if walk.roots.get(claim.size) == claim.root), default=0)
    report.checkpoints = len({(claim.size, claim.root) for claim in claims})
    return report


class _Walk:
    """One pass over all entries."""

    def __init__(self, report: Report, sizes: Iterable[int], nodes: dict[tuple[int, int], bytes]) -> None:
        self._report = report
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
        self._tell("rows were changed: they do not hash to their leaves, entries", _ranges(self._altered))
        self._tell("contents were changed: they do not fit their commitments, entries", _ranges(self._detached))
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
            self._gaps.append(_range(self._expected, seq - 1))
            self.is_unbroken = False

    def _tell(self, what: str, where: list[str]) -> None:
        if where:
            self._report.problems.append(f"{what} {_some(where)}")


@contextmanager
def _without_collector() -> Iterator[None]:
    """Millions of short-lived tuples and no cycles: looking for some costs a sixth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _check_guards(report: Report) -> None:
    absent = guards.missing()
    if absent:
        report.problems.append(f"triggers are missing or altered: {_some(sorted(absent))}; run 'lianheng migrate'")


def _read_head(report: Report) -> Frontier | None:
    rows = raw_rows.head_rows()
    if len(rows) != 1:
        report.problems.append(f"the head has {len(rows)} rows instead of one")
    if not rows:
        return None
    size, stored = rows[0]
    try:
        frontier = Frontier.from_bytes(stored)
    except ValueError as error:
        report.problems.append(f"the head cannot be read: {error}")
        return None
    if frontier.size != size:
        report.problems.append(f"the head says {size} entries, its frontier {frontier.size}")
    return frontier


def _check_head(report: Report, walk: _Walk, head: Frontier | None) -> None:
    if not walk.is_unbroken:
        return
    report.root = walk.frontier.root()
    if head is not None and walk.frontier != head:
        report.problems.append("the head's frontier is not that of the entries")


def _stored_claims(report: Report, key: VerifierKey | None) -> list[Claim]:
    claims = []
    for size, root, note in raw_rows.checkpoint_rows():
        claim = _claim(report, key, note, f"the stored checkpoint of size {size}")
        if claim and (claim.size, claim.root) != (size, root):
            report.problems.append(f"the stored checkpoint of size {size} differs from its signed note")
        if claim:
            claims.append(claim)
    return claims


def _exported_claims(report: Report, key: VerifierKey | None, text: str, name: str) -> list[Claim]:
    claims = []
    for piece in read_pieces(text):
        where = f"the checkpoint in line {piece.line} of {name}"
        if piece.is_torn:
            report.remarks.append(f"{where} was cut off in writing and is left out")
        elif claim := _claim(report, key, piece.note, where):
            claims.append(claim)
    if not claims:
        report.problems.append(f"{name} holds no valid checkpoint: it proves nothing")
    return claims


def _claim(report: Report, key: VerifierKey | None, note: str, where: str) -> Claim | None:
    if key is None:
        report.problems.append(f"{where} cannot be checked: there is no key")
        return None
    try:
        checkpoint = open_note(note, key)
    except CheckpointError as error:
        report.problems.append(f"{where} is not valid: {error}")
        return None
    if checkpoint.origin != key.name:
        report.problems.append(f"{where} is of another log, {checkpoint.origin}")
        return None
    return Claim(checkpoint.size, checkpoint.root, where)


def _check_claims(report: Report, walk: _Walk, claims: list[Claim]) -> None:
    """Compare in the order of sizes: the first that fails bounds where the log was rewritten."""
    agreed, cut, rewritten, unclear = 0, [], [], []
    for claim in sorted(claims, key=lambda claim: claim.size):
        if claim.size > report.size:
            cut.append(claim)
        elif claim.size not in walk.roots:
            unclear.append(claim)
        elif walk.roots[claim.size] != claim.root:
            rewritten.append(claim)
        elif not rewritten:
            agreed = claim.size
    if rewritten:
        first = rewritten[0]
        report.problems.append(
            f"the log was rewritten: {first.where} (size {first.size}) has another root; an entry of "
            f"{_range(agreed, first.size - 1)} was changed{_and_more(rewritten)}"
        )
    if cut:
        last = cut[-1]
        report.problems.append(
            f"the tail was cut off: {last.where} covers {last.size} entries, the log has {report.size}; at least "
            f"{_range(report.size, last.size - 1)} are gone{_and_more(cut)}"
        )
    if unclear:
        report.problems.append(f"{unclear[0].where} cannot be compared: entries are missing{_and_more(unclear)}")


def _check_erasures(report: Report, walk: _Walk) -> None:
    report.erased = len(walk.without_content)
    if not walk.without_content:
        return
    unexplained = sorted(set(walk.without_content) - raw_rows.recorded_erasures(ERASED))
    if unexplained:
        where = _some(_ranges(unexplained))
        report.problems.append(f"contents are gone without an entry that records their erasure, entries {where}")


def _runs(rows: list[raw_rows.EntryRow]) -> list[tuple[int, int]]:
    """Return the slices of rows whose numbers follow each other; one slice for a whole log."""
    if not rows:
        return []
    if rows[-1][0] - rows[0][0] == len(rows) - 1:  # the numbers are distinct and in order
        return [(0, len(rows))]
    breaks = [i for i in range(1, len(rows)) if rows[i][0] != rows[i - 1][0] + 1]
    return list(zip([0, *breaks], [*breaks, len(rows)], strict=True))


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def _ranges(numbers: list[int]) -> list[str]:
    """Join neighbours: [1, 2, 3, 7] → 1–3, 7."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return [_range(first, last) for first, last in found]


def _some(items: list[str]) -> str:
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return ", ".join(items[:SHOWN]) + more


def _and_more(claims: list[Claim]) -> str:
    return f" (and {len(claims) - 1} more checkpoints say so)" if len(claims) > 1 else ""
