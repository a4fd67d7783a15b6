"""Commit and reveal: several parties and public values make one seed that none of them could choose."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .errors import CodeRefused, DrawError
from .hashing import hkdf_expand_32, hkdf_extract, sha256
from .tickets import SHA256, hash_of

MIN_SECRET = 16
PublicValue = str | int | Sequence[int]


def make_commitment(secret: bytes, rounds: int, method: str = SHA256) -> str:
    """The commitment that a party publishes before the draw: its secret hashed as many times as there are rounds.

    Parameters
    ----------
    secret : bytes
        At least 16 random bytes that the party keeps to itself.
    rounds : int
        For how many draws the secret will serve, 1 or more.
    method : str
        Method of the draw; it settles the hash function.

    Returns
    -------
    str
        64 hex digits.

    References
    ----------
    draft-thomson-elegy-vrs, Verifiable Random Selection.

    Examples
    --------
    >>> make_commitment(b"totally not a bikeshed", 10)
    '950ea08d8d5fd3ae415b9967aba7a48aba39ca62a4d98f2e7fe25cb1b8f8c488'
    """
    return _hash_times(_checked_secret(secret), _checked_rounds(rounds), method).hex()


def reveal_code(secret: bytes, rounds: int, round: int, method: str = SHA256) -> str:
    """The code that a party reveals for one round: its secret hashed ``rounds - round`` times.

    Parameters
    ----------
    secret, rounds, method
        As committed to.
    round : int
        1 for the first draw; a later code never helps to find an earlier commitment's next one.

    Returns
    -------
    str
        64 hex digits; the last round reveals the secret itself, whatever its length.

    Examples
    --------
    >>> reveal_code(b"totally not a bikeshed", 10, 1)
    '5346f2efb5397a6788fc1f1d9c05c6d3f2abe9b7d16d8592a3695b6dbe9f2456'
    """
    if not 1 <= round <= _checked_rounds(rounds):
        raise DrawError(f"round {round} is not among the {rounds} rounds committed to")
    return _hash_times(_checked_secret(secret), rounds - round, method).hex()


def check_code(code: str, commitment: str, round: int, method: str = SHA256) -> bytes:
    """Check a revealed code against its commitment; return its bytes.

    Raises
    ------
    CodeRefused
        If the code does not hash to the commitment in ``round`` steps.
    DrawError
        If it is no code at all.

    Examples
    --------
    >>> check_code("00" * 32, "950ea08d8d5fd3ae415b9967aba7a48aba39ca62a4d98f2e7fe25cb1b8f8c488", 1)
    Traceback (most recent call last):
        ...
    lianheng.engine.draw.errors.CodeRefused: the code does not hash to the commitment 950ea08d8d5f… in round 1
    """
    try:
        raw = bytes.fromhex(code)
    except ValueError:
        raise DrawError("the code is not written in hex digits (0-9, a-f)") from None
    if raw.hex() != code:
        raise DrawError("the code is to be written in lower-case hex digits without blanks")
    if _hash_times(raw, round, method).hex() != commitment:
        raise CodeRefused(f"the code does not hash to the commitment {commitment[:12]}… in round {round}")
    return raw


def canonical_value(value: PublicValue) -> str:
    """A public value as text that everybody writes alike.

    Parameters
    ----------
    value : int, sequence of int, or str
        A number, numbers drawn (a lottery; their order does not matter), or a text taken as it stands.

    Returns
    -------
    str
        Numbers end with a full stop each, in increasing order.

    References
    ----------
    RFC 3797, section 4.

    Examples
    --------
    >>> "".join(canonical_value(value) + "/" for value in (9319, [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45]))
    '9319./2.5.8.10.12./9.18.26.34.41.45./'
    """
    if isinstance(value, str):
        if not value or re.search(r"[/\x00-\x1f\x7f\ud800-\udfff]", value):
            raise DrawError(f"the public value {value!r} is empty, or holds a slash or a control character")
        return value
    numbers = sorted([value] if isinstance(value, int) else value)
    if not numbers or numbers[0] < 0:
        raise DrawError("a public value of numbers has one number or more, none below 0")
    return "".join(f"{number}." for number in numbers)


def combine_seed(codes: Sequence[bytes], public_values: Sequence[PublicValue], method: str = SHA256) -> str:
    """One seed from the codes of all parties and the public values.

    Parameters
    ----------
    codes : sequence of bytes
        The checked codes, in the order of the plan's commitments; at least one.
    public_values : sequence
        In the order of the plan; at least one, not known when the commitments were published.
    method : str
        Method of the draw.

    Returns
    -------
    str
        HKDF-Extract(salt = codes put together, material = each value and "/"), 64 hex digits. With one code this is the
        key of draft-thomson-elegy-vrs.

    Examples
    --------
    >>> combine_seed([bytes(32)], [9319])[:16]
    '9ba3471a2021c473'
    """
    if not codes or not public_values:
        raise DrawError("a seed needs the code of at least one party and at least one public value")
    randomness = "".join(canonical_value(value) + "/" for value in public_values).encode()
    return hkdf_extract(hash_of(method), b"".join(codes), randomness).hex()


def vrs_position(code: bytes, randomness: bytes, label: str) -> str:
    """The position of one label in a draw by draft-thomson-elegy-vrs, in hex; lower comes first."""
    return hkdf_expand_32(sha256, hkdf_extract(sha256, code, randomness), label.encode()).hex()


def _hash_times(data: bytes, times: int, method: str) -> bytes:
    function = hash_of(method)
    for _ in range(times):
        data = function(data)
    return data


def _checked_secret(secret: bytes) -> bytes:
    if len(secret) < MIN_SECRET:
        raise DrawError(f"a secret has at least {MIN_SECRET} bytes, not {len(secret)}; make a new one at random")
    return secret


def _checked_rounds(rounds: int) -> int:
    if not 1 <= rounds <= 1_000_000:
        raise DrawError(f"a commitment is for 1 to 1,000,000 rounds, not {rounds}")
    return rounds
