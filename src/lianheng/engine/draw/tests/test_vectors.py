"""The published vectors: consistent sampling, VRS, RFC 3797's key text, and our own for SM3."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianheng.engine.draw import (
    DrawError,
    canonical_value,
    check_code,
    combine_seed,
    first_ticket,
    make_commitment,
    next_ticket,
    reveal_code,
    sample_tickets,
    vrs_position,
)
from lianheng.engine.draw.hashing import hmac, sha256, sm3
from lianheng.engine.draw.sm3 import sm3_pure
from lianheng.engine.draw.tickets import SHA256, SM3, VRS, uniform

DATA = Path(__file__).parent / "data"
CONSISTENT = json.loads((DATA / "consistent_sampler.json").read_text())
OURS = json.loads((DATA / "consistent_sm3.json").read_text())
CODES = json.loads((DATA / "vrs_commit_reveal.json").read_text())


def ids_of(spec: Any) -> list[Any]:
    """A list of ids, a range with a format, or a list of those."""
    if isinstance(spec, dict):
        first, last = spec["range"]
        return [n if spec["format"] == "{}" else spec["format"].format(n) for n in range(first, last)]
    return [id for part in spec for id in (ids_of(part) if isinstance(part, dict) else [part])]


def shown(number: str, digits: int) -> str:
    """The digits shown: cut, and counted from after the run of 9s."""
    nines = len(number) - 2 - len(number[2:].lstrip("9"))
    return number[: 2 + nines + digits]


@pytest.mark.parametrize("case", CONSISTENT["tests"], ids=lambda case: case["name"])
def test_consistent_sampling_agrees_exactly(case: dict[str, Any]) -> None:
    ids = ids_of(case["ids"])
    by_text = {str(id): id for id in ids}
    tickets = sample_tickets(
        map(str, ids), str(case["seed"]), case["take"], drop=case["drop"], with_replacement=case["with_replacement"]
    )
    if "keep_ticket_below" in case:
        tickets = [ticket for ticket in tickets if ticket.number < case["keep_ticket_below"]]
    if "expected_ids" in case:
        assert [by_text[ticket.id] for ticket in tickets] == case["expected_ids"]
    else:
        rows = [[shown(t.number, case["digits"]), by_text[t.id], t.generation] for t in tickets]
        assert rows == case["expected_tickets"]


def test_the_four_primitive_values() -> None:
    primitives = CONSISTENT["primitives"]
    for case in primitives["sha256_uniform"]:
        assert uniform(case["input"]).startswith(case["expected"])
    for case in primitives["first_fraction"]:
        assert first_ticket(case["seed"], case["id"]).startswith(case["expected"])
    for case in primitives["next_fraction"]:
        assert next_ticket(case["input"]).startswith(case["expected"])


def test_the_ballots_of_an_audit_tool() -> None:
    case = json.loads((DATA / "consistent_sampler_ballots.json").read_text())
    ids = [str((batch, n)) for batch, count in case["batches"].items() for n in range(1, count + 1)]
    drawn = sample_tickets(ids, case["seed"], case["take"], with_replacement=True)
    expected = [(row["ticket"], str((row["batch"], row["number"])), row["generation"]) for row in case["expected"]]
    assert [(shown(t.number, case["digits"]), t.id, t.generation) for t in drawn] == expected


def test_the_vrs_draft() -> None:
    secret, randomness = CODES["secret_utf8"].encode(), CODES["randomness_utf8"]
    assert make_commitment(secret, CODES["n"]) == CODES["commitment"]
    parts = [part for part in randomness.split("/") if part]
    for turn in CODES["rounds"]:
        code = reveal_code(secret, CODES["n"], turn["round"])
        assert code == turn["code"]
        raw = check_code(code, CODES["commitment"], turn["round"])
        labels = [row["label"] for row in turn["lowest"]]
        for row in turn["lowest"]:
            assert vrs_position(raw, randomness.encode(), row["label"]) == row["position"]
            assert row["position"].startswith(row["published_prefix"])
        # The same through the plan's own door: the public values as texts, the seed, the method vrs-sha256.
        drawn = sample_tickets(sorted(labels), combine_seed([raw], parts), method=VRS)
        assert [(t.id, t.number) for t in drawn] == [(row["label"], row["position"]) for row in turn["lowest"]]


def test_the_key_text_of_rfc_3797() -> None:
    case = json.loads((DATA / "rfc3797_section6.json").read_text())
    sources = [int(value) if isinstance(value, str) else value for value in case["sources_in"]]
    assert "".join(canonical_value(value) + "/" for value in sources) == case["canonical_key"]


@pytest.mark.parametrize("function", [sm3, sm3_pure])
def test_sm3_gives_the_examples_of_the_standard(function: Any) -> None:
    """GB/T 32905-2016, annex A.1 and A.2."""
    for text, digest in OURS["sm3"]:
        assert function(text.encode()).hex() == digest


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_both_ways_to_sm3_agree(data: bytes) -> None:
    assert sm3(data) == sm3_pure(data)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=150), st.binary(max_size=100))
def test_hmac_agrees_with_the_standard_library(key: bytes, message: bytes) -> None:
    import hmac as library

    assert hmac(sha256, key, message) == library.new(key, message, "sha256").digest()


def test_the_published_vectors_of_consistent_sm3() -> None:
    for text, expected in OURS["uniform"]:
        digits = str(int(sm3_pure(text.encode()).hex(), 16)).zfill(64)
        assert uniform(text, sm3) == expected == "0." + digits[::-1]
    for id, seed, expected in OURS["first_ticket"]:
        text = sm3_pure(seed.encode()).hex() + id
        assert first_ticket(seed, id, SM3) == expected == "0." + str(int(sm3_pure(text.encode()).hex(), 16))[::-1]
    for text, expected in OURS["next_ticket"]:
        assert next_ticket(text, sm3) == expected > text
    for case in OURS["draws"]:
        drawn = sample_tickets(
            case["ids"], case["seed"], case["take"], with_replacement=case["with_replacement"], method=SM3
        )
        assert [[t.number, t.id, t.generation] for t in drawn] == case["expected"]
    case = OURS["commit_reveal"]
    secret = case["secret_utf8"].encode()
    assert make_commitment(secret, case["n"], SM3) == case["commitment"]
    code = reveal_code(secret, case["n"], case["round"], SM3)
    assert combine_seed([check_code(code, case["commitment"], case["round"], SM3)], case["public"], SM3) == case["seed"]


def test_a_code_that_does_not_hash_to_its_commitment_is_refused() -> None:
    code = reveal_code(CODES["secret_utf8"].encode(), 10, 1)
    for wrong, turn in ((code, 2), (hashlib.sha256(b"x").hexdigest(), 1), (code.upper(), 1), ("no hex", 1)):
        with pytest.raises(DrawError):
            check_code(wrong, CODES["commitment"], turn)


def test_seeds_are_text() -> None:
    ids = [str(n) for n in range(20)]
    assert sample_tickets(ids, "0", 20) != sample_tickets(ids, "0000000000", 20)
    assert sample_tickets(ids, "😊", 20, method=SHA256) != sample_tickets(ids, "😀", 20)
