"""Inclusion and consistency proofs: made from stored subtree hashes, checked without them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .tree import HASH_SIZE, node_hash

GetHash = Callable[[int, int], bytes]


class ProofError(ValueError):
    """The proof does not show what it claims; the message says why."""


def inclusion_proof(index: int, size: int, get_hash: GetHash) -> list[bytes]:
    """Prove that one leaf is part of the log of a given size.

    Parameters
    ----------
    index : int
        Position of the leaf, counted from 0.
    size : int
        Size of the log for which the proof is wanted (that of a checkpoint, usually).
    get_hash : callable (height, index) -> bytes
        Hash of the complete subtree over the leaves [index << height, (index + 1) << height). It is asked for about
        2 log2(size) subtrees, all of them complete within ``size``.

    Returns
    -------
    list of bytes
        Sibling hashes from the leaf up to the root; empty for a log of one leaf.

    Raises
    ------
    ValueError
        If the index is not below the size.

    References
    ----------
    RFC 6962, section 2.1.1 (PATH).

    Examples
    --------
    >>> from .tree import leaf_hash
    >>> leaves = [leaf_hash(b"a"), leaf_hash(b"b")]
    >>> inclusion_proof(0, 2, lambda height, index: leaves[index]) == [leaves[1]]
    True
    """
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a log of size {size}")
    start, end = 0, size
    path: list[bytes] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_hash(middle, end, get_hash))
            end = middle
        else:
            path.append(_range_hash(start, middle, get_hash))
            start = middle
    return path[::-1]


def consistency_proof(old_size: int, new_size: int, get_hash: GetHash) -> list[bytes]:
    """Prove that the log of the new size begins with the log of the old size, nothing changed or taken out.

    Parameters
    ----------
    old_size, new_size : int
        1 <= old_size <= new_size.
    get_hash : callable (height, index) -> bytes
        As for ``inclusion_proof``.

    Returns
    -------
    list of bytes
        Hashes in the order of the RFC; empty if the sizes are equal.

    Raises
    ------
    ValueError
        If the sizes are in the wrong order, or the old size is 0: an empty log is the beginning of every log, so there
        is nothing to prove (see ``verify_consistency``).

    References
    ----------
    RFC 6962, section 2.1.2 (PROOF, SUBPROOF).

    Examples
    --------
    >>> from .tree import leaf_hash
    >>> leaves = [leaf_hash(b"a"), leaf_hash(b"b")]
    >>> consistency_proof(1, 2, lambda height, index: leaves[index]) == [leaves[1]]
    True
    """
    if not 1 <= old_size <= new_size:
        raise ValueError(f"a consistency proof goes from a size of at least 1 up, not from {old_size} to {new_size}")
    start, end = 0, new_size
    path: list[bytes] = []
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            path.append(_range_hash(middle, end, get_hash))
            end = middle
        else:
            path.append(_range_hash(start, middle, get_hash))
            start = middle
    # At start 0 the last piece is the old root itself, which the verifier holds already.
    if start:
        path.append(_range_hash(start, end, get_hash))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf is at this index of the log with this size and root.

    Parameters
    ----------
    leaf : bytes
        Leaf hash of the entry.
    index, size : int
        Position of the leaf, and size of the log.
    proof : sequence of bytes
        What ``inclusion_proof`` returned.
    root : bytes
        Root of the log at this size, from a checkpoint whose signature was checked.

    Returns
    -------
    None
        If the proof holds.

    Raises
    ------
    ProofError
        In every other case, an empty log or a proof of the wrong length included.

    References
    ----------
    RFC 9162, section 2.1.3.2.

    Examples
    --------
    >>> from .tree import leaf_hash, node_hash
    >>> a, b = leaf_hash(b"a"), leaf_hash(b"b")
    >>> verify_inclusion(a, 0, 2, [b], node_hash(a, b))
    >>> verify_inclusion(a, 1, 2, [b], node_hash(a, b))
    Traceback (most recent call last):
        ...
    lianheng.engine.merkle_log.proof.ProofError: the proof leads to another root: the entry is not leaf 1 of this log
    """
    if not 0 <= index < size:
        raise ProofError(f"there is no leaf {index} in a log of size {size}")
    _require_hashes([leaf, *proof])
    position, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError(f"the proof is too long for leaf {index} of {size}")
        if position & 1 or position == last:
            value = node_hash(sibling, value)
            position, last = _climb_left_edge(position, last)
        else:
            value = node_hash(value, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError(f"the proof is too short for leaf {index} of {size}")
    if value != root:
        raise ProofError(f"the proof leads to another root: the entry is not leaf {index} of this log")


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the newer log begins with the older one.

    Decision on ``old_size == 0``: always refused, as in the published vectors (transparency-dev/merkle calls the check
    "useless"), though a naive reading of the RFC accepts it. Every log begins with the empty one, so such a "proof"
    shows nothing about the newer root, and a caller who took it for a success would accept any rewritten log. A caller
    that holds only a checkpoint of size 0 must say that nothing is covered yet.

    Equal sizes need equal roots and an empty proof.

    Parameters
    ----------
    old_size, new_size : int
        1 <= old_size <= new_size.
    old_root, new_root : bytes
        Roots at these sizes, each from a checkpoint whose signature was checked.
    proof : sequence of bytes
        What ``consistency_proof`` returned.

    Returns
    -------
    None
        If the proof holds.

    Raises
    ------
    ProofError
        In every other case.

    References
    ----------
    RFC 9162, section 2.1.4.2.

    Examples
    --------
    >>> from .tree import leaf_hash, node_hash
    >>> a, b = leaf_hash(b"a"), leaf_hash(b"b")
    >>> verify_consistency(1, a, 2, node_hash(a, b), [b])
    """
    if old_size < 1:
        raise ProofError("an empty log is the beginning of every log: consistency with size 0 proves nothing")
    if old_size > new_size:
        raise ProofError(f"the newer log is shorter ({new_size}) than the older one ({old_size})")
    if old_size == new_size:
        if proof:
            raise ProofError("two logs of equal size need an empty proof")
        if old_root != new_root:
            raise ProofError(f"two different roots for the same size {old_size}: the log was rewritten")
        return
    if not proof:
        raise ProofError(f"the proof from size {old_size} to {new_size} is empty")
    _require_hashes(proof)
    old_value, new_value = _roots_from(old_size, old_root, new_size, proof)
    if old_value != old_root:
        raise ProofError(f"the proof does not lead to the older root at size {old_size}: the log was rewritten")
    if new_value != new_root:
        raise ProofError(f"the proof does not lead to the newer root at size {new_size}: the log was rewritten")


def _roots_from(old_size: int, old_root: bytes, new_size: int, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Both roots, computed from one proof that shares its hashes between them."""
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    path = list(proof)
    # A complete older tree (position 0 after the climb) is its own first hash, so the proof leaves it out.
    old_value = new_value = path.pop(0) if position else old_root
    for sibling in path:
        if last == 0:
            raise ProofError(f"the proof is too long for sizes {old_size} and {new_size}")
        if position & 1 or position == last:
            old_value = node_hash(sibling, old_value)
            new_value = node_hash(sibling, new_value)
            position, last = _climb_left_edge(position, last)
        else:
            new_value = node_hash(new_value, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError(f"the proof is too short for sizes {old_size} and {new_size}")
    return old_value, new_value


def _climb_left_edge(position: int, last: int) -> tuple[int, int]:
    """Skip the levels where the last node of the tree has no sibling of its own."""
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _split(width: int) -> int:
    """The largest power of two below the width (width >= 2)."""
    return 1 << ((width - 1).bit_length() - 1)


def _range_hash(start: int, end: int, get_hash: GetHash) -> bytes:
    """Root over the leaves [start, end), folded from complete subtrees; ``start`` is a multiple of the largest."""
    pieces: list[bytes] = []
    while start < end:
        height = (end - start).bit_length() - 1
        pieces.append(get_hash(height, start >> height))
        start += 1 << height
    value = pieces.pop()
    while pieces:
        value = node_hash(pieces.pop(), value)
    return value


def _require_hashes(values: Sequence[bytes]) -> None:
    for value in values:
        if len(value) != HASH_SIZE:
            raise ProofError(f"a hash has {HASH_SIZE} bytes, not {len(value)}")
