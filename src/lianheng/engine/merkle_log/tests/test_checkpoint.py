"""Signed notes and checkpoints, against published ones."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lianheng.engine.merkle_log.checkpoint import (
    Checkpoint,
    CheckpointError,
    SigningKey,
    VerifierKey,
    open_note,
    read_unverified,
    sign,
)
from lianheng.engine.merkle_log.note import sign_text, verify_note
from lianheng.engine.merkle_log.tree import EMPTY_ROOT, leaf_hash

# golang.org/x/mod, sumdb/note/note.go (skey, example) and note_test.go (both keys and signatures), BSD-3-Clause.
PETER_SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
# c2sp.org/signed-note, example section.
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
# A checkpoint of Go's checksum database, as in the tests of github.com/transparency-dev/formats (TestSumDBNoteParsing);
# the key also stands in Go's cmd/go/internal/modfetch/key.go.
SUMDB = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
SUMDB_NOTE = """go.sum database tree
6476701
mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=

— sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=
"""
ORIGIN = "qijian.example/trail"


@pytest.fixture
def key() -> SigningKey:
    return SigningKey(ORIGIN, bytes(range(32)))


def test_our_signature_equals_the_published_one() -> None:
    key = SigningKey.from_text(PETER_SKEY)
    assert key.vkey == PETER
    assert key.to_text() == PETER_SKEY
    assert sign_text(TEXT, key) == TEXT + "\n" + PETER_LINE
    assert sign_text(TEXT, SigningKey("EnochRoot", bytes(32))) == TEXT + "\n" + ENOCH_LINE


@pytest.mark.parametrize("vkey", [PETER, ENOCH])
def test_published_notes_open_with_either_key(vkey: str) -> None:
    assert verify_note(TEXT + "\n" + PETER_LINE + ENOCH_LINE, VerifierKey.from_text(vkey)) == TEXT


def test_the_note_of_the_specification_opens() -> None:
    assert verify_note(FOO_NOTE, VerifierKey.from_text(FOO)) == "This is an example message.\n"


def test_a_real_checkpoint_of_the_go_checksum_database_opens() -> None:
    checkpoint = open_note(SUMDB_NOTE, SUMDB)
    assert (checkpoint.origin, checkpoint.size) == ("go.sum database tree", 6476701)
    with pytest.raises(CheckpointError, match="is wrong"):
        open_note(SUMDB_NOTE.replace("6476701", "6476702"), SUMDB)


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        ("", "no blank line"),
        (TEXT, "no blank line"),
        (TEXT + "\n", "newline after its last signature"),
        (TEXT + "\n" + PETER_LINE[:-1], "newline after its last signature"),
        ("\x01" + TEXT + "\n" + PETER_LINE, "control characters"),
        (TEXT.replace("\n", "\r\n") + "\n" + PETER_LINE, "control characters"),
        ("\udcff" + TEXT + "\n" + PETER_LINE, "UTF-8"),
        (TEXT + "\n" + PETER_LINE.replace("PeterNeumann", "Bad Name")[:-1], "newline after"),
        (TEXT + "\n" + PETER_LINE.replace("PeterNeumann", "Bad Name"), "base64"),
        (TEXT + "\n" + PETER_LINE.replace("PeterNeumann", "Bad+Name"), "key name"),
        (TEXT + "\n" + PETER_LINE.replace("PeterNeumann", "Bad\u3000Name"), "key name"),
        (TEXT + "\n" + PETER_LINE.replace("PeterNeumann", ""), "key name"),
        (TEXT + "\n" + PETER_LINE + "Unexpected line.\n", "signature line of the note is malformed"),
        (TEXT + "\n" + PETER_LINE.replace("—", "-"), "signature line of the note is malformed"),
        (TEXT + "\n" + "— PeterNeumann\n", "signature line of the note is malformed"),
        (TEXT + "\n" + PETER_LINE * 101, "more than 100"),
        ("x" * 1_000_000 + "\n" + TEXT + "\n" + PETER_LINE, "longer than"),
        (TEXT + "\n" + ENOCH_LINE, "not signed by the key PeterNeumann"),
        (TEXT + "\n" + PETER_LINE[:60] + "ABCD" + PETER_LINE[60:], "is wrong"),
        (TEXT + "\n" + PETER_LINE + PETER_LINE.replace("JnAM=", "JnAQ="), "is wrong"),
        (TEXT + "\n" + PETER_LINE.replace("JnAM=", "JnAN="), "base64"),
        (TEXT + "\n" + "— PeterNeumann x08gow==\n", "too short"),
    ],
)
def test_bad_notes_are_refused(note: str, reason: str) -> None:
    """Those of Go's note_test.go, and more."""
    with pytest.raises(CheckpointError, match=reason):
        verify_note(note, VerifierKey.from_text(PETER))


@pytest.mark.parametrize(("text", "reason"), [("no newline", "newline"), ("a\tb\n", "control"), ("\ud800\n", "UTF-8")])
def test_a_text_that_is_no_note_is_not_signed(text: str, reason: str, key: SigningKey) -> None:
    with pytest.raises(CheckpointError, match=reason):
        sign_text(text, key)


def test_a_key_with_the_same_name_but_another_id_is_unknown_and_ignored() -> None:
    other = SigningKey("PeterNeumann", bytes(32))
    note = sign_text(TEXT, other) + PETER_LINE
    assert verify_note(note, VerifierKey.from_text(PETER)) == TEXT


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "NAME.ID.BASE64"),
        ("PeterNeumann", "NAME.ID.BASE64"),
        (PETER_SKEY, "private key"),
        (PETER.replace("c74f", "c75f"), "letter was changed"),
        (PETER.replace("c74f", "C74F"), "letter was changed"),
        (PETER.replace("ARpc", "ARpd"), "letter was changed"),
        (PETER.replace("ARpc", "Ampc"), "not of type Ed25519"),
        (PETER[:-4], "32 bytes, not 29"),
        (PETER.replace("ARpc", "Apc"), "base64"),
        (PETER + "\n", "base64"),
        ("Peter Neumann" + PETER[12:], "key name"),
        (PETER[12:], "key name"),
    ],
)
def test_bad_verifier_keys_are_refused(text: str, reason: str) -> None:
    with pytest.raises(CheckpointError, match=reason):
        VerifierKey.from_text(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PETER, "starts with PRIVATE"),
        (PETER_SKEY[:-4], "32 bytes, not 29"),
        (PETER_SKEY.replace("AYEK", "AZEK"), "letter was changed"),
        (PETER_SKEY.replace("AYEK", "AoEK"), "not of type Ed25519"),
        (PETER_SKEY.replace("PeterNeumann", "EnochRoot"), "letter was changed"),
    ],
)
def test_bad_signing_keys_are_refused(text: str, reason: str) -> None:
    with pytest.raises(CheckpointError, match=reason) as caught:
        SigningKey.from_text(text)
    assert text.rpartition("+")[2] not in str(caught.value)


def test_sign_and_open(key: SigningKey) -> None:
    checkpoint = Checkpoint(ORIGIN, 7, leaf_hash(b""))
    note = sign(checkpoint, key)
    assert open_note(note, key.vkey) == checkpoint
    assert open_note(note, key.verifier) == checkpoint
    assert read_unverified(note) == checkpoint


def test_a_witness_line_may_follow(key: SigningKey) -> None:
    checkpoint = Checkpoint(ORIGIN, 7, leaf_hash(b""))
    witness = SigningKey("witness.example", bytes(32))
    cosigned = sign(checkpoint, key) + sign_text(checkpoint.to_text(), witness).rpartition("\n\n")[2]
    assert open_note(cosigned, key.vkey) == open_note(cosigned, witness.vkey) == checkpoint


def test_a_key_does_not_sign_for_another_log(key: SigningKey) -> None:
    with pytest.raises(CheckpointError, match="does not sign for"):
        sign(Checkpoint("other.example", 0, EMPTY_ROOT), key)


ROOT = "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0="


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("o\n1\n", "three lines"),
        (f"o\n01\n{ROOT}\n", "line 2"),
        (f"o\n+1\n{ROOT}\n", "line 2"),
        (f"o\n１\n{ROOT}\n", "line 2"),
        (f"o\n{1 << 64}\n{ROOT}\n", "between 0 and"),
        (f"o\n1\n{ROOT[:-2]}1=\n", "root hash in line 3"),
        ("o\n1\nbjQLnP+z\n", "32 bytes, not 6"),
        (f"o\n1\n{ROOT}\n\nx\n", "not empty"),
        (f"o\n0\n{ROOT}\n", "root of the empty tree"),
        (f"\n1\n{ROOT}\n", "not empty"),
    ],
)
def test_signed_nonsense_is_refused(text: str, reason: str, key: SigningKey) -> None:
    with pytest.raises(CheckpointError, match=reason):
        open_note(sign_text(text, key), key.vkey)


def test_a_checkpoint_with_a_line_break_in_its_origin_is_not_made() -> None:
    with pytest.raises(CheckpointError, match="no newline"):
        Checkpoint("a\nb", 0, EMPTY_ROOT)


def test_extension_lines_of_others_are_kept(key: SigningKey) -> None:
    text = "o\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\nmore\n"
    assert open_note(sign_text(text, key), key.vkey).extensions == ("more",)


def test_a_key_file_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "trail.key"
    key = SigningKey.generate(ORIGIN)
    key.to_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SigningKey.from_file(path) == key
    with pytest.raises(FileExistsError):
        SigningKey.generate(ORIGIN).to_file(path)
    assert SigningKey.from_file(path) == key


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "trail.key"
    SigningKey.generate(ORIGIN).to_file(path)
    os.chmod(path, 0o644)
    with pytest.raises(CheckpointError, match="chmod 600"):
        SigningKey.from_file(path)


def test_a_cut_key_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "trail.key"
    SigningKey.generate(ORIGIN).to_file(path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(CheckpointError):
        SigningKey.from_file(path)


def test_the_secret_is_not_in_repr_or_errors(key: SigningKey) -> None:
    secret = key.to_text().rpartition("+")[2]
    assert repr(key) == f"SigningKey(name='{ORIGIN}')"
    with pytest.raises(CheckpointError) as caught:
        SigningKey.from_text(key.to_text() + "x")
    assert secret not in str(caught.value)


def test_two_generated_keys_differ() -> None:
    assert SigningKey.generate(ORIGIN).vkey != SigningKey.generate(ORIGIN).vkey
