"""The hash tree of RFC 6962: leaves, nodes, roots, and a frontier that grows by one leaf at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

_sha256 = hashlib.sha256


def leaf_hash(data: bytes) -> bytes:
    """Hash one entry as a leaf.

    The first byte keeps leaves and nodes apart: without it, the two hashes under a node could be shown as an entry.

    Parameters
    ----------
    data : bytes
        The entry, exactly as stored. Empty data is a leaf like any other.

    Returns
    -------
    bytes
        SHA-256(0x00 || data), 32 bytes.

    References
    ----------
    RFC 6962, section 2.1.

    Examples
    --------
    >>> leaf_hash(b"").hex()
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'
    """
    return _sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbouring subtrees into their parent.

    Parameters
    ----------
    left, right : bytes
        Hashes of the two subtrees, 32 bytes each; the order counts.

    Returns
    -------
    bytes
        SHA-256(0x01 || left || right), 32 bytes.

    References
    ----------
    RFC 6962, section 2.1.

    Examples
    --------
    >>> node_hash(leaf_hash(b""), leaf_hash(b"\\x00")).hex()
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'
    """
    return _sha256(b"\x01" + left + right).digest()


def root_from_leaves(leaves: Iterable[bytes]) -> bytes:
    """Compute the root over a stream of leaf hashes; memory grows with the logarithm of their number.

    Parameters
    ----------
    leaves : iterable of bytes
        Leaf hashes in log order.

    Returns
    -------
    bytes
        The Merkle tree hash. No leaves: SHA-256 of the empty string, as the RFC says.

    Raises
    ------
    ValueError
        If a leaf hash is not 32 bytes long.

    References
    ----------
    RFC 6962, section 2.1.

    Examples
    --------
    >>> root_from_leaves([]) == EMPTY_ROOT
    True
    >>> root_from_leaves([leaf_hash(b"a"), leaf_hash(b"b")]) == node_hash(leaf_hash(b"a"), leaf_hash(b"b"))
    True
    """
    frontier = Frontier()
    append = frontier.append
    for leaf in leaves:
        append(leaf)
    return frontier.root()


class Frontier:
    """The right edge of a growing tree: all that is needed to append, and to know the root.

    A tree of ``size`` leaves splits into complete subtrees, one for each 1 in the binary form of ``size``, the largest
    first. Only their hashes are kept (20 for a million leaves), so a frontier fits into one database row.

    Parameters
    ----------
    size : int
        Number of leaves so far; 0 for an empty log.
    hashes : iterable of bytes
        Hashes of the maximal complete subtrees, from the largest to the smallest.

    Raises
    ------
    ValueError
        If the number or the length of the hashes does not fit the size.

    References
    ----------
    RFC 6962, section 2.1; the "compact range" of github.com/transparency-dev/merkle.

    Examples
    --------
    >>> frontier = Frontier()
    >>> frontier.append(leaf_hash(b"a"))
    []
    >>> [(height, index) for height, index, _ in frontier.append(leaf_hash(b"b"))]
    [(1, 0)]
    >>> frontier.size, len(frontier.hashes)
    (2, 1)
    """

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self._hashes = [bytes(h) for h in hashes]
        if size < 0:
            raise ValueError(f"a log has no negative size ({size})")
        if len(self._hashes) != size.bit_count():
            raise ValueError(f"a frontier of size {size} holds {size.bit_count()} hashes, not {len(self._hashes)}")
        for value in self._hashes:
            _require_hash(value)

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """Hashes of the maximal complete subtrees, from the largest to the smallest."""
        return tuple(self._hashes)

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Append one leaf hash.

        Parameters
        ----------
        leaf : bytes
            Leaf hash, 32 bytes; its index is the old ``size``.

        Returns
        -------
        list of (height, index, hash)
            The complete subtrees (height >= 1) that this leaf closed, the smallest first. The subtree covers the
            leaves [index << height, (index + 1) << height); a log that stores them can prove anything later.

        Raises
        ------
        ValueError
            If the leaf hash is not 32 bytes long; the frontier is then unchanged.
        """
        if len(leaf) != HASH_SIZE:
            _require_hash(leaf)
        hashes = self._hashes
        closed: list[tuple[int, int, bytes]] = []
        index, height, value = self.size, 0, leaf
        while index & 1:
            value = _sha256(b"\x01" + hashes.pop() + value).digest()
            index >>= 1
            height += 1
            closed.append((height, index, value))
        hashes.append(value)
        self.size += 1
        return closed

    def root(self) -> bytes:
        """Root of the tree as it stands; SHA-256 of the empty string for an empty one."""
        if not self._hashes:
            return EMPTY_ROOT
        value = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            value = node_hash(left, value)
        return value

    def copy(self) -> Frontier:
        """A second frontier that grows by itself."""
        return Frontier(self.size, self._hashes)

    def to_bytes(self) -> bytes:
        """Store the frontier: the size as 8 bytes, big-endian, then the hashes.

        >>> Frontier().to_bytes().hex()
        '0000000000000000'
        """
        return self.size.to_bytes(8, "big") + b"".join(self._hashes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """Read back what ``to_bytes`` wrote; a ValueError says what does not fit.

        >>> Frontier.from_bytes(Frontier().to_bytes()).size
        0
        """
        body = data[8:]
        if len(data) < 8 or len(body) % HASH_SIZE:
            raise ValueError(f"a stored frontier has 8 + 32 n bytes, not {len(data)}")
        return cls(int.from_bytes(data[:8], "big"), [body[i : i + HASH_SIZE] for i in range(0, len(body), HASH_SIZE)])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Frontier):
            return NotImplemented
        return self.size == other.size and self._hashes == other._hashes

    __hash__ = None  # type: ignore[assignment]  # it changes with every append

    def __repr__(self) -> str:
        return f"Frontier(size={self.size}, root={self.root().hex()[:16]}…)"


def _require_hash(value: bytes) -> None:
    if len(value) != HASH_SIZE:
        raise ValueError(f"a hash has {HASH_SIZE} bytes, not {len(value)}")
