"""RFC 6962 written down word for word, recursive and slow: the oracle for the tests."""

from __future__ import annotations

import hashlib

from lianheng.engine.merkle_log.proof import GetHash


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def mth(leaves: list[bytes]) -> bytes:
    """Merkle Tree Hash, section 2.1, over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]), section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def proof(m: int, leaves: list[bytes]) -> list[bytes]:
    """PROOF(m, D[n]), section 2.1.2."""
    return subproof(m, leaves, True)


def subproof(m: int, leaves: list[bytes], known: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if known else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], known), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def split(n: int) -> int:
    """Largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def get_hash_of(leaves: list[bytes]) -> GetHash:
    """Hashes of complete subtrees only: asking for one that reaches past the end fails the test."""

    def get_hash(height: int, index: int) -> bytes:
        part = leaves[index << height : (index + 1) << height]
        assert len(part) == 1 << height, f"subtree {height}/{index} is not complete"
        return mth(part)

    return get_hash
