"""The proof file: what it shows, and what it refuses."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from lianheng.engine.merkle_log.bundle import BundleError, commit, make_bundle, verify_bundle
from lianheng.engine.merkle_log.checkpoint import Checkpoint, SigningKey, sign
from lianheng.engine.merkle_log.note import sign_text
from lianheng.engine.merkle_log.tests import naive

from .conftest import ORIGIN, SALT, Log, entry_of, payload_of


def change(text: str, **fields: Any) -> str:
    """Replace fields of a proof file and write it out as the issuer would."""
    content = json.loads(text)
    content.update(fields)
    content = {name: value for name, value in content.items() if value is not None}
    return json.dumps(content, ensure_ascii=True, indent=2, sort_keys=True) + "\n"


def refused(log: Log, text: str, match: str) -> None:
    with pytest.raises(BundleError, match=match):
        verify_bundle(text, log.key.vkey)


def test_every_entry_is_proved(log: Log) -> None:
    for index in range(7):
        result = verify_bundle(log.bundle(index), log.key.vkey)
        assert (result["origin"], result["size"], result["index"]) == (ORIGIN, 7, index)
        assert result["entry"] == entry_of(index).decode()
        assert result["fields"]["action"] == "ledger.task_closed"
        assert result["payload"] == payload_of(index)
        assert result["root"] == naive.mth([naive.leaf(entry) for entry in log.entries]).hex()
        assert result["leaf_hash"] == naive.leaf(entry_of(index)).hex()


def test_a_closed_file_shows_the_act_but_no_details(log: Log) -> None:
    text = log.bundle(2, opened=False)
    assert verify_bundle(text, log.key.verifier)["payload"] is None
    assert "salt" not in text


def test_the_file_is_ascii_and_read_back_from_it(log: Log) -> None:
    assert log.bundle(1).isascii()
    assert json.loads(json.loads(log.bundle(1))["payload"]) == payload_of(1)


def test_the_commitment_is_the_stated_formula() -> None:
    canonical = '{"n":1,"share":0.5,"说明":"第1件"}'.encode()
    assert commit(SALT, payload_of(1)) == hashlib.sha256(SALT + canonical).digest()


@pytest.mark.parametrize("payload", [{"x": float("nan")}, {"x": 2**60}, {"x": object()}, ["no object"]])
def test_a_payload_without_canonical_form_is_refused(payload: Any) -> None:
    with pytest.raises(ValueError, match="payload"):
        commit(SALT, payload)


def test_another_payload_is_refused(log: Log) -> None:
    text = log.bundle(3)
    refused(log, change(text, payload='{"n":4}'), "not the one")
    refused(log, change(text, salt=base64.b64encode(bytes(16)).decode()), "not the one")
    refused(log, change(text, salt=base64.b64encode(SALT[:8]).decode()), "at least 16")
    refused(log, change(text, salt=None), "lacks or adds fields: payload")


def test_another_place_in_the_log_is_refused(log: Log) -> None:
    refused(log, change(log.bundle(3), index=2), "another root")
    refused(log, change(log.bundle(3), index=7), "no leaf 7")
    refused(log, change(log.bundle(3), index=True), "right type")
    refused(log, change(log.bundle(3), index=3.0), "right type")


def test_another_entry_is_refused(log: Log) -> None:
    forged = entry_of(3).replace(b"done", b"read")
    refused(log, change(log.bundle(3), entry=base64.b64encode(forged).decode()), "another root")


def test_an_entry_with_another_number_than_its_place_is_refused() -> None:
    key = SigningKey(ORIGIN, bytes(32))
    note = sign(Checkpoint(ORIGIN, 1, naive.leaf(entry_of(5))), key)
    with pytest.raises(BundleError, match="calls itself number 5"):
        make_bundle(entry_of(5), 0, [], note)


def test_a_checkpoint_of_another_key_or_log_is_refused(log: Log) -> None:
    other = SigningKey(ORIGIN, bytes(32))
    with pytest.raises(BundleError, match="not signed by the key"):
        verify_bundle(log.bundle(3), other.vkey)
    root = naive.mth([naive.leaf(entry) for entry in log.entries])
    foreign = sign_text(Checkpoint("other.example", 7, root).to_text(), log.key)
    refused(log, change(log.bundle(3), checkpoint=foreign), "of the log other.example")
    unsigned = log.checkpoint.replace("\n7\n", "\n8\n")
    refused(log, change(log.bundle(3), checkpoint=unsigned), "is wrong")


def test_a_witness_line_does_not_disturb(log: Log) -> None:
    body = log.checkpoint.partition("\n\n")[0] + "\n"
    witness = sign_text(body, SigningKey("witness.example", bytes(32))).partition("\n\n")[2]
    text = change(log.bundle(3), checkpoint=log.checkpoint + witness)
    assert verify_bundle(text, log.key.vkey)["index"] == 3


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "not JSON"),
        (" " * 10_000_001, "longer than"),
        ("[" * 100_000, "not JSON"),
        ("[]", "lacks or adds fields"),
        ("null", "lacks or adds fields"),
        ('{"index": ' + "9" * 5000 + "}", "not JSON"),
        ('{"\\ud800": 1}', "lacks or adds fields"),
    ],
)
def test_what_is_no_proof_file_is_refused(log: Log, text: str, match: str) -> None:
    refused(log, text, match)


def test_a_file_of_another_format_or_with_more_fields_is_refused(log: Log) -> None:
    refused(log, change(log.bundle(3), format="lianheng-trail-proof/2"), "format")
    refused(log, change(log.bundle(3), note="x"), "lacks or adds fields: note")
    refused(log, change(log.bundle(3), inclusion="x"), "right type")
    refused(log, change(log.bundle(3), inclusion=[3]), "base64")
    refused(log, change(log.bundle(3), inclusion=["AAAA"] * 3), "32 bytes")


def test_a_reformatted_file_is_refused(log: Log) -> None:
    text = log.bundle(3)
    refused(log, text.replace("\n", "\r\n"), "not as issued")
    refused(log, text.rstrip("\n"), "not as issued")
    refused(log, text.replace('"index": 3', '"index": 2,\n  "index": 3'), "not as issued")


def test_every_changed_byte_is_refused(log: Log) -> None:
    """All places, one wrong bit each; the other seven bits are Hypothesis' part, in test_standalone.py."""
    raw = log.bundle(3).encode("ascii")
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises(BundleError):
            verify_bundle(changed.decode("latin-1"), log.key.vkey)


def test_what_does_not_fit_is_not_issued(log: Log) -> None:
    for index, entry, details in [
        (3, entry_of(4), {}),
        (3, entry_of(3), {"payload": payload_of(4), "salt": SALT}),
        (3, entry_of(3), {"payload": payload_of(3)}),
        (3, entry_of(3), {"payload": {"x": float("inf")}, "salt": SALT}),
    ]:
        proof = [base64.b64decode(item) for item in json.loads(log.bundle(index))["inclusion"]]
        with pytest.raises(BundleError):
            make_bundle(entry, index, proof, log.checkpoint, **details)  # type: ignore[arg-type]
    with pytest.raises(BundleError):
        make_bundle(entry_of(3), 3, [], "no note")


def test_an_entry_of_another_format_is_proved_without_fields() -> None:
    key = SigningKey(ORIGIN, bytes(32))
    note = sign(Checkpoint(ORIGIN, 1, naive.leaf(b"\xff\xfe")), key)
    result = verify_bundle(make_bundle(b"\xff\xfe", 0, [], note), key.vkey)
    assert (result["entry"], result["fields"]) == (None, None)
