"""The proof file: everything that shows, offline, that one entry stands in the log. One file of JSON, pure ASCII."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .checkpoint import Checkpoint, CheckpointError, VerifierKey, open_note, read_unverified
from .commitment import MIN_SALT, canonical, commit, commit_bytes, entry_fields
from .proof import ProofError, verify_inclusion
from .tree import leaf_hash

__all__ = ["BundleError", "commit", "entry_fields", "inspect_bundle", "make_bundle", "verify_bundle"]

FORMAT = "lianheng-trail-proof/1"
MAX_CHARS = 10_000_000
_REQUIRED = {"format", "entry", "index", "inclusion", "checkpoint"}
_OPENED = {"payload", "salt"}


class BundleError(ValueError):
    """The proof file does not prove what it should; the message says why."""


def make_bundle(
    entry: bytes,
    index: int,
    proof: Sequence[bytes],
    checkpoint: str,
    *,
    payload: Mapping[str, Any] | None = None,
    salt: bytes | None = None,
) -> str:
    """Write the proof file of one entry; what does not fit together is refused here, not at the reader's desk.

    Parameters
    ----------
    entry : bytes
        The entry, exactly as hashed into its leaf.
    index : int
        Its position in the log.
    proof : sequence of bytes
        From ``inclusion_proof(index, checkpoint size, ...)``.
    checkpoint : str
        Signed note of a checkpoint whose size is above the index.
    payload, salt : mapping and bytes, optional
        Given together, they open the entry's commitment. Leave both out to prove that the act took place without
        showing its details.

    Returns
    -------
    str
        The file's text: ASCII, so that no mail program or code page changes it.

    Raises
    ------
    BundleError
        If the proof does not lead to the checkpoint's root, or the payload is not the one committed to.

    Examples
    --------
    >>> from .checkpoint import SigningKey, sign
    >>> key = SigningKey("qijian.example/trail", bytes(32))
    >>> note = sign(Checkpoint("qijian.example/trail", 1, leaf_hash(b"an act")), key)
    >>> text = make_bundle(b"an act", 0, [], note)
    >>> verify_bundle(text, key.vkey)["entry"]
    'an act'
    """
    if (payload is None) != (salt is None):
        raise BundleError("payload and salt are given together or not at all")
    try:
        opened = None if payload is None or salt is None else (canonical(payload), salt)
        parts = _Parts(entry, index, tuple(proof), checkpoint, opened)
        parts.check(read_unverified(checkpoint))
    except ValueError as error:
        raise BundleError(str(error)) from None
    return parts.to_text()


def verify_bundle(text: str, vkey: VerifierKey | str) -> dict[str, Any]:
    """Check a proof file with nothing but the log's published key.

    The file must be exactly as issued: any changed character is refused, a blank or a line end included.

    Parameters
    ----------
    text : str
        Content of the file.
    vkey : VerifierKey or str
        The log's verifier key ``name+id+base64``, taken from a place other than the file's sender.

    Returns
    -------
    dict
        ``origin``, ``size``, ``root`` (hex) of the checkpoint; ``index``, ``entry`` (text, or None if not UTF-8),
        ``fields`` (None for an unknown entry format), ``leaf_hash`` (hex); ``payload`` (None if not opened); ``key``.

    Raises
    ------
    BundleError
        If anything does not hold; the message names the first thing that does not.

    References
    ----------
    RFC 6962; https://c2sp.org/tlog-checkpoint; compare https://c2sp.org/tlog-proof, which carries no entry.

    Examples
    --------
    >>> verify_bundle("{", "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    Traceback (most recent call last):
        ...
    lianheng.engine.merkle_log.bundle.BundleError: the proof file is not JSON: it was cut or changed
    """
    parts = _Parts.from_text(text)
    try:
        key = VerifierKey.from_text(vkey) if isinstance(vkey, str) else vkey
        checkpoint = open_note(parts.checkpoint, key)
        if checkpoint.origin != key.name:
            raise BundleError(f"the checkpoint is of the log {checkpoint.origin}, the key of {key.name}")
        parts.check(checkpoint)
    except (CheckpointError, ProofError) as error:
        raise BundleError(str(error)) from None
    return {**parts.told(checkpoint), "key": f"{key.name}+{key.key_id.hex()}"}


def inspect_bundle(text: str) -> dict[str, Any]:
    """Check that a proof file fits together, without a key: who made it stays open, anybody can make one that fits.

    Parameters
    ----------
    text : str
        Content of the file.

    Returns
    -------
    dict
        As from `verify_bundle`, with None as ``key``. It proves nothing.

    Raises
    ------
    BundleError
        If the file does not fit together: then it would be refused with every key.

    Examples
    --------
    >>> inspect_bundle("{")
    Traceback (most recent call last):
        ...
    lianheng.engine.merkle_log.bundle.BundleError: the proof file is not JSON: it was cut or changed
    """
    parts = _Parts.from_text(text)
    try:
        checkpoint = read_unverified(parts.checkpoint)
        parts.check(checkpoint)
    except (CheckpointError, ProofError) as error:
        raise BundleError(str(error)) from None
    return {**parts.told(checkpoint), "key": None}


@dataclass(frozen=True, slots=True)
class _Parts:
    entry: bytes
    index: int
    inclusion: tuple[bytes, ...]
    checkpoint: str
    opened: tuple[bytes, bytes] | None  # (canonical payload, salt)

    def check(self, checkpoint: Checkpoint) -> None:
        verify_inclusion(leaf_hash(self.entry), self.index, checkpoint.size, self.inclusion, checkpoint.root)
        fields = entry_fields(self.entry)
        if fields and fields["seq"] != str(self.index):
            raise BundleError(f"the entry calls itself number {fields['seq']} but is leaf {self.index} of the log")
        if self.opened:
            _check_opened(self.entry, *self.opened)

    def told(self, checkpoint: Checkpoint) -> dict[str, Any]:
        return {
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
            "index": self.index,
            "entry": _text_or_none(self.entry),
            "fields": entry_fields(self.entry),
            "leaf_hash": leaf_hash(self.entry).hex(),
            "payload": json.loads(self.opened[0]) if self.opened else None,
        }

    def to_text(self) -> str:
        content: dict[str, Any] = {
            "format": FORMAT,
            "entry": _base64(self.entry),
            "index": self.index,
            "inclusion": [_base64(value) for value in self.inclusion],
            "checkpoint": self.checkpoint,
        }
        if self.opened:
            content |= {"payload": self.opened[0].decode(), "salt": _base64(self.opened[1])}
        return _write(content)

    @classmethod
    def from_text(cls, text: str) -> _Parts:
        content = _read(text)
        opened = None
        if "payload" in content:
            payload = _typed(content, "payload", str)
            opened = (payload.encode(errors="surrogatepass"), _unbase64(_typed(content, "salt", str)))
        return cls(
            entry=_unbase64(_typed(content, "entry", str)),
            index=_typed(content, "index", int),
            inclusion=tuple(_unbase64(item) for item in _typed(content, "inclusion", list)),
            checkpoint=_typed(content, "checkpoint", str),
            opened=opened,
        )


def _write(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=True, indent=2, sort_keys=True) + "\n"


def _read(text: str) -> dict[str, Any]:
    if len(text) > MAX_CHARS:
        raise BundleError(f"the proof file is longer than {MAX_CHARS} characters")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise BundleError("the proof file is not JSON: it was cut or changed") from None
    keys = set(content) if isinstance(content, dict) else set()
    wrong = (keys ^ _REQUIRED) - (_OPENED if keys >= _OPENED else set())
    if wrong:
        raise BundleError(f"the proof file lacks or adds fields: {', '.join(ascii(k)[1:-1] for k in sorted(wrong))}")
    if content["format"] != FORMAT:
        raise BundleError(f"the proof file is not of format {FORMAT}")
    if _write(content) != text:
        raise BundleError("the proof file is not as issued (a blank, a line end or a letter differs); use the original")
    return dict(content)


def _typed(content: Mapping[str, Any], name: str, kind: type) -> Any:
    value = content[name]
    if type(value) is not kind:
        raise BundleError(f"the field {name} of the proof file is not of the right type")
    return value


def _check_opened(entry: bytes, payload: bytes, salt: bytes) -> None:
    if len(salt) < MIN_SALT:
        raise BundleError(f"the salt has at least {MIN_SALT} bytes, not {len(salt)}")
    # The last line of an entry is its commitment.
    if entry.rpartition(b"\n")[2] != commit_bytes(salt, payload).hex().encode():
        raise BundleError("the payload is not the one that the entry commits to")
    try:
        is_canonical = canonical(json.loads(payload)) == payload
    except (ValueError, RecursionError):
        is_canonical = False
    if not is_canonical:
        raise BundleError("the payload is not canonical JSON (RFC 8785)")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unbase64(text: Any) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        raise BundleError("a field of the proof file is not valid base64") from None
    if _base64(data) != text:
        raise BundleError("a field of the proof file is not valid base64")
    return data


def _text_or_none(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
