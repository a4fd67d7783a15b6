"""`trail verify`: recompute the whole log from its rows and compare it with everything that was ever signed."""

from dataclasses import dataclass, field

from lianheng.engine.merkle_log.checkpoint import CheckpointError, VerifierKey, open_note
from lianheng.engine.merkle_log.tree import EMPTY_ROOT, Frontier
from lianheng.web.shell.collector import without_collector
from lianheng.web.trail import guards, raw_rows
from lianheng.web.trail.checkpoint_file import read_pieces
from lianheng.web.trail.log_walk import Walk, range_of, ranges, some
from lianheng.web.trail.services import ERASED


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
    walk = Walk({claim.size for claim in claims}, nodes)
    # Millions of short-lived tuples and no cycles: looking for some costs a sixth of the time.
    with without_collector(), raw_rows.small_cache():
        walk.run(report.size, last=raw_rows.outer_numbers()[1])
    report.problems += walk.problems
    _check_head(report, walk, head)
    _check_claims(report, walk, claims)
    _check_erasures(report, walk)
    counted = outside if exported is not None else stored
    report.covered = max((claim.size for claim in counted if walk.roots.get(claim.size) == claim.root), default=0)
    report.checkpoints = len({(claim.size, claim.root) for claim in claims})
    return report


def _check_guards(report: Report) -> None:
    absent = guards.missing()
    if absent:
        report.problems.append(f"triggers are missing or altered: {some(sorted(absent))}; run 'lianheng migrate'")


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


def _check_head(report: Report, walk: Walk, head: Frontier | None) -> None:
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


def _check_claims(report: Report, walk: Walk, claims: list[Claim]) -> None:
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
            f"{range_of(agreed, first.size - 1)} was changed{_and_more(rewritten)}"
        )
    if cut:
        last = cut[-1]
        report.problems.append(
            f"the tail was cut off: {last.where} covers {last.size} entries, the log has {report.size}; at least "
            f"{range_of(report.size, last.size - 1)} are gone{_and_more(cut)}"
        )
    if unclear:
        report.problems.append(f"{unclear[0].where} cannot be compared: entries are missing{_and_more(unclear)}")


def _check_erasures(report: Report, walk: Walk) -> None:
    report.erased = len(walk.without_content)
    if not walk.without_content:
        return
    unexplained = sorted(set(walk.without_content) - raw_rows.recorded_erasures(ERASED))
    if unexplained:
        where = some(ranges(unexplained))
        report.problems.append(f"contents are gone without an entry that records their erasure, entries {where}")


def _and_more(claims: list[Claim]) -> str:
    return f" (and {len(claims) - 1} more checkpoints say so)" if len(claims) > 1 else ""
