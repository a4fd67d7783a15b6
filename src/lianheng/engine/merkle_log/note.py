"""Signed notes (C2SP signed-note): text, a blank line, one signature line for each key."""

from __future__ import annotations

from dataclasses import dataclass

from .keys import CheckpointError, SigningKey, VerifierKey, decode_base64, encode_base64, is_unicode, require_key_name

MAX_NOTE_CHARS = 1_000_000
MAX_SIGNATURES = 100
_LINE_START = "— "


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart, its signatures not yet checked."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]  # (key name, key id, signature)


def sign_text(text: str, key: SigningKey) -> str:
    """Sign a text that ends in a newline.

    Parameters
    ----------
    text : str
        UTF-8 text without control characters other than newline, ending in a newline.
    key : SigningKey
        The key whose name stands in the signature line.

    Returns
    -------
    str
        Text, blank line, signature line. Ed25519 is deterministic: the same text gives the same note.

    References
    ----------
    https://c2sp.org/signed-note

    Examples
    --------
    >>> sign_text("ok\\n", SigningKey("EnochRoot", bytes(32))).startswith("ok\\n\\n— EnochRoot rwz+e")
    True
    """
    _require_note_text(text)
    signature = encode_base64(key.verifier.key_id + key.sign(text.encode()))
    return f"{text}\n{_LINE_START}{key.name} {signature}\n"


def split_note(note: str) -> Note:
    """Take a note apart without checking any signature; a malformed one is a CheckpointError."""
    if len(note) > MAX_NOTE_CHARS:
        raise CheckpointError(f"the note is longer than {MAX_NOTE_CHARS} characters")
    head, separator, tail = note.rpartition("\n\n")
    if not separator:
        raise CheckpointError("the note has no blank line between its text and its signatures")
    text = head + "\n"
    _require_note_text(text)
    if not tail.endswith("\n"):
        raise CheckpointError("the note does not end in a newline after its last signature line")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise CheckpointError(f"the note has more than {MAX_SIGNATURES} signature lines")
    return Note(text, tuple(_read_signature_line(line) for line in lines))


def verify_note(note: str, key: VerifierKey) -> str:
    """Check that a key has signed a note.

    Signature lines of other keys are ignored, as the specification wants (rotation, witnesses). A line with this key's
    name and id must be right; one wrong line refuses the whole note.

    Parameters
    ----------
    note : str
        The note as published.
    key : VerifierKey
        The key that is trusted.

    Returns
    -------
    str
        The signed text, with its final newline.

    Raises
    ------
    CheckpointError
        If the note is malformed, not signed by this key, or the signature is wrong.

    References
    ----------
    https://c2sp.org/signed-note, "Signatures".

    Examples
    --------
    >>> key = SigningKey("EnochRoot", bytes(32))
    >>> verify_note(sign_text("ok\\n", key), key.verifier)
    'ok\\n'
    """
    parts = split_note(note)
    message = parts.text.encode()
    found = [signature for name, key_id, signature in parts.signatures if (name, key_id) == (key.name, key.key_id)]
    if not found:
        raise CheckpointError(f"the note is not signed by the key {key.name}+{key.key_id.hex()}")
    if not all(key.has_signed(signature, message) for signature in found):
        raise CheckpointError(f"the signature of the key {key.name}+{key.key_id.hex()} is wrong")
    return parts.text


def _require_note_text(text: str) -> None:
    if not text.endswith("\n"):
        raise CheckpointError("the text of a note ends in a newline")
    if any(c < " " and c != "\n" for c in text):
        raise CheckpointError("a note holds no control characters other than newline")
    if not is_unicode(text):
        raise CheckpointError("a note is valid UTF-8 text")


def _read_signature_line(line: str) -> tuple[str, bytes, bytes]:
    name, space, signature = line.removeprefix(_LINE_START).partition(" ")
    if not line.startswith(_LINE_START) or not space:
        raise CheckpointError("a signature line of the note is malformed")
    require_key_name(name)
    data = decode_base64(signature, "signature")
    if len(data) < 5:
        raise CheckpointError("a signature line of the note is too short")
    return name, data[:4], data[4:]
