"""Keys for signed notes (C2SP signed-note): Ed25519, named, in the text form of golang.org/x/mod/sumdb/note."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
_SECRET_PREFIX = "PRIVATE+KEY+"


class CheckpointError(ValueError):
    """A key, a signed note or a checkpoint is not as it must be; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a signing key, as it is published.

    Parameters
    ----------
    name : str
        Key name, by custom a URL without scheme such as ``qijian.example/trail``; no spaces, no plus sign.
    public : bytes
        Ed25519 public key, 32 bytes.

    References
    ----------
    https://c2sp.org/signed-note; the text form is that of golang.org/x/mod/sumdb/note.

    Examples
    --------
    >>> key = VerifierKey.from_text("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    >>> key.name, key.key_id.hex()
    ('PeterNeumann', 'c74f20a3')
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        require_key_name(self.name)
        if len(self.public) != 32:
            raise CheckpointError(f"an Ed25519 public key has 32 bytes, not {len(self.public)}")

    @property
    def key_id(self) -> bytes:
        """First four bytes of SHA-256(name || newline || 0x01 || public key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def to_text(self) -> str:
        """The key as ``name+id+base64``."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(ED25519 + self.public)}"

    @classmethod
    def from_text(cls, text: str) -> VerifierKey:
        """Read ``name+id+base64``; anything else, a wrong id included, is a CheckpointError."""
        if text.startswith(_SECRET_PREFIX):
            raise CheckpointError("this is a private key; the verifier key NAME+ID+BASE64 is wanted")
        name, key_id, material = _split_key(text, "verifier key")
        key = cls(name, material)
        _require_key_id(key, key_id)
        return key

    def has_signed(self, signature: bytes, message: bytes) -> bool:
        """Whether the 64-byte signature is this key's over the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A named Ed25519 signing key.

    Parameters
    ----------
    name : str
        Key name; for a log it is the log's origin.
    seed : bytes
        The 32 secret bytes of RFC 8032; never shown by ``repr``.

    Examples
    --------
    >>> SigningKey("EnochRoot", bytes(32)).vkey
    'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop'
    """

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        require_key_name(self.name)
        if len(self.seed) != 32:
            raise CheckpointError(f"an Ed25519 secret key has 32 bytes, not {len(self.seed)}")

    @classmethod
    def generate(cls, name: str) -> SigningKey:
        """Make a new key from the operating system's random source."""
        return cls(name, os.urandom(32))

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self._private().public_key().public_bytes_raw())

    @property
    def vkey(self) -> str:
        """The public half as text: what is published."""
        return self.verifier.to_text()

    def to_text(self) -> str:
        """The secret key as ``PRIVATE+KEY+name+id+base64``: what is kept."""
        return f"{_SECRET_PREFIX}{self.name}+{self.verifier.key_id.hex()}+{encode_base64(ED25519 + self.seed)}"

    @classmethod
    def from_text(cls, text: str) -> SigningKey:
        """Read ``PRIVATE+KEY+name+id+base64``; anything else is a CheckpointError that does not repeat the secret."""
        if not text.startswith(_SECRET_PREFIX):
            raise CheckpointError("a signing key starts with PRIVATE+KEY+")
        name, key_id, material = _split_key(text[len(_SECRET_PREFIX) :], "signing key")
        key = cls(name, material)
        _require_key_id(key.verifier, key_id)
        return key

    def to_file(self, path: str | os.PathLike[str]) -> None:
        """Write the key to a new file that only its owner may read (0600); an existing file is never overwritten."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(self.to_text() + "\n")
            file.flush()
            os.fsync(file.fileno())

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> SigningKey:
        """Read the key that ``to_file`` wrote; a file that other users may read is refused."""
        if os.name == "posix" and stat.S_IMODE(os.stat(path).st_mode) & 0o037:
            raise CheckpointError(f"{os.fspath(path)} can be read by others; run: chmod 600 {os.fspath(path)}")
        try:
            text = Path(path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise CheckpointError(f"{os.fspath(path)} is not a key file: it is not UTF-8 text") from None
        return cls.from_text(text.rstrip("\r\n"))

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature of RFC 8032."""
        return self._private().sign(message)

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def require_key_name(name: str) -> None:
    """Refuse a key name that could not be read back from a signature line."""
    if not name or "+" in name or any(c.isspace() or c < " " for c in name) or not is_unicode(name):
        raise CheckpointError(f"a key name is not empty and has no spaces, control characters or plus signs: {name!a}")


def decode_base64(text: str, what: str) -> bytes:
    """Decode standard base64, and refuse every spelling but the one an encoder writes."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data or encode_base64(data) != text:
        raise CheckpointError(f"the {what} is not valid base64")
    return data


def encode_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _split_key(text: str, what: str) -> tuple[str, str, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise CheckpointError(f"a {what} has the form NAME+ID+BASE64")
    material = decode_base64(parts[2], what)
    if material[:1] != ED25519:
        raise CheckpointError(f"the {what} is not of type Ed25519 (0x01)")
    return parts[0], parts[1], material[1:]


def _require_key_id(key: VerifierKey, key_id: str) -> None:
    if key_id != key.key_id.hex():
        raise CheckpointError("the id in the key does not fit its name and bytes: a letter was changed or lost")


def is_unicode(text: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in text)
