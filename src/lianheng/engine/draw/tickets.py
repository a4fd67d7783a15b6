"""Ticket numbers: a number between 0 and 1 for every candidate, made of the seed and the candidate's id alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from heapq import heapify, heapreplace, nsmallest
from itertools import islice
from typing import NamedTuple

from .errors import DrawError
from .hashing import Hash, hkdf_expand_32, sha256, sm3

SHA256, SM3, VRS = "consistent-sha256", "consistent-sm3", "vrs-sha256"
METHODS = (SHA256, SM3, VRS)
HASHES: dict[str, Hash] = {SHA256: sha256, SM3: sm3, VRS: sha256}


class Ticket(NamedTuple):
    """A ticket: its number (text), the candidate's id, and how many times the candidate has held one."""

    number: str
    id: str
    generation: int = 1


def uniform(text: str, function: Hash = sha256) -> str:
    """A number between 0 and 1 from a text, as text with all its digits.

    Parameters
    ----------
    text : str
        Anything; the empty text is a text too.
    function : callable
        ``sha256`` (the published method) or ``sm3``.

    Returns
    -------
    str
        "0." and the decimal digits of the hash, read from the last to the first, padded to 64 digits or more.

    References
    ----------
    R. Rivest, Consistent Sampling with Replacement, arXiv:1808.10016; GitHub ron-rivest/consistent_sampler.

    Examples
    --------
    >>> uniform("abc")
    '0.56998071861792858926477341561059638840106636224182943832566300809078486324348'
    """
    return "0." + f"{int.from_bytes(function(text.encode()), 'big'):064d}"[::-1]


def first_ticket(seed: str, id: str, method: str = SHA256) -> str:
    """The first ticket number of a candidate.

    Parameters
    ----------
    seed : str
        The seed as text: "0" and "00" are two seeds. For ``vrs-sha256`` the key in hex from ``combine_seed``.
    id : str
        The candidate's id.
    method : {"consistent-sha256", "consistent-sm3", "vrs-sha256"}
        ``vrs-sha256`` gives 64 hex digits, the position of draft-thomson-elegy-vrs; the others "0." and digits.

    Returns
    -------
    str
        The ticket number. Text order is the order of the draw.

    Examples
    --------
    >>> first_ticket("01382438112797316654", "AB-130")[:20]
    '0.262997141228380084'
    >>> first_ticket("01382438112797316654", "AB-130", "consistent-sm3")[:20]
    '0.556305173129692378'
    """
    return ticket_maker(seed, method)(id)


def next_ticket(number: str, function: Hash = sha256) -> str:
    """The ticket number that follows when a candidate is put back: even between the old number and 1.

    Examples
    --------
    >>> next_ticket("0.25471")[:20]
    '0.642853261655004694'
    """
    digits = number[2:]
    nines = "0." + "9" * (len(digits) - len(digits.lstrip("9")))
    tries = 0
    while True:
        tries += 1
        following = nines + uniform(f"{number}:{tries}", function)[2:]
        if following > number:
            return following


def ticket_maker(seed: str, method: str) -> Callable[[str], str]:
    """A function from id to first ticket number; the seed is hashed once for all candidates."""
    function = hash_of(method)
    if method == VRS:
        try:
            key = bytes.fromhex(seed)
        except ValueError:
            raise DrawError("the seed of vrs-sha256 is a key in hex digits; take it from the codes revealed") from None
        return lambda id: hkdf_expand_32(function, key, id.encode()).hex()
    prefix = function(seed.encode()).hex().encode()
    # Written out instead of calling uniform(): a roster has 100,000 ids.
    if method == SHA256:
        digest = hashlib.sha256
        return lambda id: "0." + f"{int.from_bytes(digest(prefix + id.encode()).digest(), 'big'):064d}"[::-1]
    return lambda id: "0." + f"{int.from_bytes(function(prefix + id.encode()), 'big'):064d}"[::-1]


def hash_of(method: str) -> Hash:
    """The hash function of a method; a DrawError names the methods there are."""
    if method not in HASHES:
        raise DrawError(f"the method {method!r} is not known; there are {', '.join(METHODS)}")
    return HASHES[method]


def value_of(number: str) -> Fraction:
    """A ticket number as an exact fraction between 0 and 1.

    >>> value_of("0.25"), value_of("40" + 62 * "0")
    (Fraction(1, 4), Fraction(1, 4))
    """
    if number.startswith("0."):
        return Fraction(int(number[2:]), 10 ** len(number[2:]))
    return Fraction(int(number, 16), 16 ** len(number))


def sample_tickets(
    ids: Iterable[str],
    seed: str,
    take: int | None = None,
    *,
    drop: int = 0,
    with_replacement: bool = False,
    method: str = SHA256,
) -> list[Ticket]:
    """Draw tickets in increasing order: the bare method, without plan or bundle.

    Parameters
    ----------
    ids : iterable of str
        The candidates, each once; their order does not matter. No candidates: an empty list.
    seed : str
        The seed as text.
    take : int, optional
        How many to draw; None: all of them (only without replacement).
    drop : int
        Leave out the first so many: ``drop=5, take=5`` gives numbers six to ten of the same draw.
    with_replacement : bool
        Put each candidate back with a new, higher ticket number.
    method : str
        See ``first_ticket``.

    Returns
    -------
    list of Ticket
        Without replacement fewer than ``take`` if there are not as many candidates.

    References
    ----------
    R. Rivest, Consistent Sampling with Replacement, arXiv:1808.10016. Drawing with replacement this way is drawing
    evenly and independently: on the scale -log(1 - x) the tickets of one candidate are a Poisson process.

    Examples
    --------
    >>> [ticket.id for ticket in sample_tickets(["A-1", "A-2", "A-3", "B-1", "B-2", "B-3"], "314159", 4)]
    ['B-2', 'B-3', 'A-3', 'A-2']
    """
    make = ticket_maker(seed, method)
    tickets = [(make(id), id) for id in ids]
    if len({id for _, id in tickets}) < len(tickets):
        raise DrawError("an id stands twice in the roster; every candidate has one id of his own")
    if with_replacement:
        if take is None:
            raise DrawError("a draw with replacement has no end; say how many to take")
        return list(islice(_endless([Ticket(*row) for row in tickets], method), drop, drop + take))
    ordered = sorted(tickets) if take is None else nsmallest(drop + take, tickets)
    return [Ticket(*row) for row in ordered[drop:]]


def _endless(tickets: list[Ticket], method: str) -> Iterator[Ticket]:
    """Draw with replacement for ever; the list becomes the urn."""
    function = hash_of(method)
    if method == VRS:
        raise DrawError("vrs-sha256 has no second ticket; draw with replacement by consistent-sha256 or consistent-sm3")
    heapify(tickets)
    while tickets:
        ticket = tickets[0]
        yield ticket
        heapreplace(tickets, Ticket(next_ticket(ticket.number, function), ticket.id, ticket.generation + 1))
