"""One-time codes: an initial or reset password that is typed once and replaced at the first log-in.

A code has 80 random bits, so a plain salted hash is enough: guessing it is hopeless at any speed. That lets 2,800
people be imported in seconds, where Argon2 would need minutes; the password that replaces the code gets Argon2.
"""

import datetime as dt
import hashlib
import re
import secrets
from typing import TYPE_CHECKING, Any

from django.contrib.auth.hashers import BasePasswordHasher, make_password, mask_hash
from django.utils.crypto import constant_time_compare

if TYPE_CHECKING:
    from lianheng.web.accounts.models import User

CODE_HOURS = 72
# Without 0 O 1 I: read aloud and copied by hand.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_code() -> str:
    """Return a fresh code like 7KQM-R2XA-9DHE-WV4T."""
    letters = [secrets.choice(ALPHABET) for _ in range(16)]
    return "-".join("".join(letters[i : i + 4]) for i in range(0, 16, 4))


def end_of_code(made: dt.datetime) -> dt.datetime:
    """Return until when a code made at a moment opens a log-in."""
    return made + dt.timedelta(hours=CODE_HOURS)


def has_expired(user: "User", moment: dt.datetime) -> bool:
    """Say whether somebody's password is a one-time code that came to its end."""
    return user.must_change_password and user.code_expires is not None and user.code_expires < moment


def looks_like_code(typed: str) -> bool:
    return re.fullmatch(rf"[{ALPHABET}]{{4}}(-[{ALPHABET}]{{4}}){{3}}", typed.strip().upper()) is not None


class OneTimeCodeHasher(BasePasswordHasher):
    """Salted SHA-256, for one-time codes only; Django replaces it by Argon2 once such a code was typed."""

    algorithm = "one_time_code"

    def encode(self, password: str, salt: str) -> str:
        digest = hashlib.sha256(f"{salt}${password}".encode()).hexdigest()
        return f"{self.algorithm}${salt}${digest}"

    def decode(self, encoded: str) -> dict[str, str]:
        algorithm, salt, digest = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def verify(self, password: str, encoded: str) -> bool:
        return constant_time_compare(encoded, self.encode(password, self.decode(encoded)["salt"]))

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        return {"算法": self.algorithm, "hash": mask_hash(self.decode(encoded)["hash"])}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing to even out: a code cannot be guessed."""


def hash_code(code: str) -> str:
    """Return the stored form of a one-time code."""
    return make_password(code, hasher=OneTimeCodeHasher())
