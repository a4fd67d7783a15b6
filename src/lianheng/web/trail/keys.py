"""Where the trail's signing key lies, and reading it."""

from pathlib import Path

from django.conf import settings

from lianheng.engine.merkle_log.checkpoint import CheckpointError, SigningKey, VerifierKey


class NoKey(Exception):
    """The signing key is missing or cannot be used; the message says how to mend it."""


def key_path() -> Path:
    return Path(settings.KEYS) / "trail.key"


def signing_key() -> SigningKey:
    """Read the key that signs checkpoints."""
    path = key_path()
    try:
        return SigningKey.from_file(path)
    except FileNotFoundError:
        raise NoKey(f"there is no signing key {path}: run 'lianheng keys make'") from None
    except OSError as error:
        raise NoKey(f"cannot read the signing key {path}: {error.strerror}") from None
    except CheckpointError as error:
        raise NoKey(f"the signing key {path} cannot be used: {error}") from None


def read_verifier(text_or_path: str) -> VerifierKey:
    """Read a verifier key given as NAME+ID+BASE64, or as a file that holds it."""
    try:
        path = Path(text_or_path)
        text = path.read_text(encoding="utf-8").strip() if path.is_file() else text_or_path
        return VerifierKey.from_text(text)
    except (OSError, UnicodeDecodeError, CheckpointError) as error:
        raise NoKey(f"'{text_or_path}' is neither a verifier key NAME+ID+BASE64 nor a file with one: {error}") from None
