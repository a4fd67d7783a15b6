"""Checkpoints (C2SP tlog-checkpoint): the signed statement "this log has this size and this root"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .keys import CheckpointError, SigningKey, VerifierKey, decode_base64, encode_base64
from .note import sign_text, split_note, verify_note
from .tree import EMPTY_ROOT, HASH_SIZE

__all__ = ["Checkpoint", "CheckpointError", "SigningKey", "VerifierKey", "open_note", "read_unverified", "sign"]

_SIZE = re.compile(r"0|[1-9][0-9]{0,19}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Size and root of a log at one moment.

    Parameters
    ----------
    origin : str
        Identity of the log; one line of text.
    size : int
        Number of entries.
    root : bytes
        Root of the tree at this size, 32 bytes.
    extensions : tuple of str
        Further lines. We write none (log monitors cannot check them) but read those of others.

    References
    ----------
    https://c2sp.org/tlog-checkpoint, "Note text".

    Examples
    --------
    >>> print(Checkpoint("qijian.example/trail", 0, EMPTY_ROOT).to_text(), end="")
    qijian.example/trail
    0
    47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or any(c < " " for c in line):
                raise CheckpointError("origin and extension lines of a checkpoint are not empty and hold no newline")
        if not 0 <= self.size < 1 << 64:
            raise CheckpointError(f"a checkpoint's size is between 0 and 2^64 - 1, not {self.size}")
        if len(self.root) != HASH_SIZE:
            raise CheckpointError(f"the root of a checkpoint has {HASH_SIZE} bytes, not {len(self.root)}")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise CheckpointError("a checkpoint of size 0 must have the root of the empty tree")

    def to_text(self) -> str:
        """The text that is signed."""
        root = encode_base64(self.root)
        return "\n".join([self.origin, str(self.size), root, *self.extensions]) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Checkpoint:
        """Read the text of a checkpoint, strictly; a CheckpointError says which line is wrong."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1]:
            raise CheckpointError("a checkpoint has three lines: origin, size, root hash")
        origin, size, root, *extensions = lines[:-1]
        if not _SIZE.fullmatch(size):
            raise CheckpointError("line 2 of the checkpoint is not a size: decimal digits without leading zero")
        return cls(origin, int(size), decode_base64(root, "root hash in line 3 of the checkpoint"), tuple(extensions))


def sign(checkpoint: Checkpoint, key: SigningKey) -> str:
    """Sign a checkpoint.

    Parameters
    ----------
    checkpoint : Checkpoint
        What the log states; the caller answers for never signing two inconsistent ones.
    key : SigningKey
        The log's key. Its name must be the origin: so one key cannot speak for two logs by mistake (the specification
        recommends it, we insist).

    Returns
    -------
    str
        A signed note, ready to publish.

    Raises
    ------
    CheckpointError
        If the key's name is not the origin.

    References
    ----------
    https://c2sp.org/tlog-checkpoint, "Signatures".

    Examples
    --------
    >>> key = SigningKey("qijian.example/trail", bytes(32))
    >>> note = sign(Checkpoint("qijian.example/trail", 0, EMPTY_ROOT), key)
    >>> open_note(note, key.vkey).size
    0
    """
    if key.name != checkpoint.origin:
        raise CheckpointError(f"the key {key.name} does not sign for the log {checkpoint.origin}")
    return sign_text(checkpoint.to_text(), key)


def open_note(text: str, verifier_key: VerifierKey | str) -> Checkpoint:
    """Check the signature of a published checkpoint, and read it.

    Parameters
    ----------
    text : str
        The signed note. Signature lines of unknown keys are ignored.
    verifier_key : VerifierKey or str
        The key that is trusted, or its text ``name+id+base64``.

    Returns
    -------
    Checkpoint
        What the key's holder stated. Origin and key name may differ (other people's logs do so); whoever knows which
        log is meant compares ``origin``, as ``verify_bundle`` does.

    Raises
    ------
    CheckpointError
        If key, note, signature or checkpoint text is not right.

    References
    ----------
    https://c2sp.org/tlog-checkpoint, https://c2sp.org/signed-note

    Examples
    --------
    >>> key = SigningKey("qijian.example/trail", bytes(32))
    >>> note = sign(Checkpoint("qijian.example/trail", 0, EMPTY_ROOT), key)
    >>> open_note(note.replace("\\n0\\n", "\\n1\\n"), key.vkey)
    Traceback (most recent call last):
        ...
    lianheng.engine.merkle_log.keys.CheckpointError: the signature of the key qijian.example/trail+30790188 is wrong
    """
    key = VerifierKey.from_text(verifier_key) if isinstance(verifier_key, str) else verifier_key
    return Checkpoint.from_text(verify_note(text, key))


def read_unverified(text: str) -> Checkpoint:
    """Read a checkpoint without checking who signed it: only for one's own file, or to explain a refusal.

    >>> key = SigningKey("qijian.example/trail", bytes(32))
    >>> read_unverified(sign(Checkpoint("qijian.example/trail", 0, EMPTY_ROOT), key)).origin
    'qijian.example/trail'
    """
    return Checkpoint.from_text(split_note(text).text)
