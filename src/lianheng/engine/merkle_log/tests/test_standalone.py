"""The one-file verifier: alone in its own process, and held against the library."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianheng.engine.merkle_log import verify_standalone
from lianheng.engine.merkle_log.bundle import BundleError, make_bundle, verify_bundle
from lianheng.engine.merkle_log.checkpoint import Checkpoint, SigningKey, sign
from lianheng.engine.merkle_log.note import sign_text
from lianheng.engine.merkle_log.tests import naive

from .conftest import ORIGIN, Log
from .test_bundle import change

SCRIPT = Path(verify_standalone.__file__)

# RFC 8032 section 7.1, TEST 1, 2, 3 and SHA(abc): secret key, public key, message, signature.
RFC8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
        "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]


def encode(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def library_accepts(raw: bytes, vkey: str) -> bool:
    try:
        verify_bundle(raw.decode("latin-1"), vkey)
    except BundleError:
        return False
    return True


def standalone_accepts(raw: bytes, vkey: str) -> bool:
    try:
        verify_standalone.verify(raw, vkey)
    except verify_standalone.Refused:
        return False
    return True


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC8032)
def test_ed25519_vectors_of_rfc_8032(secret: str, public: str, message: str, signature: str) -> None:
    key, text, sig = (bytes.fromhex(value) for value in (public, message, signature))
    assert verify_standalone.ed25519_verify(key, text, sig)
    assert Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)).sign(text) == sig  # the vector is typed right
    assert not verify_standalone.ed25519_verify(key, text + b"\0", sig)
    for place in range(64):
        wrong = sig[:place] + bytes([sig[place] ^ 0x10]) + sig[place + 1 :]
        assert not verify_standalone.ed25519_verify(key, text, wrong)


def test_ed25519_refuses_a_second_form_of_a_signature() -> None:
    """S + L is the same scalar; RFC 8032 section 5.1.7 wants S < L."""
    _, public, message, signature = (bytes.fromhex(value) for value in RFC8032[1])
    s = int.from_bytes(signature[32:], "little") + verify_standalone.ORDER
    assert not verify_standalone.ed25519_verify(public, message, signature[:32] + s.to_bytes(32, "little"))
    assert not verify_standalone.ed25519_verify(public, message, signature + b"\0")
    assert not verify_standalone.ed25519_verify(b"\xff" * 32, message, signature)


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=100), st.integers(0, 96 * 8))
def test_ed25519_agrees_with_openssl(seed: bytes, message: bytes, bit: int) -> None:
    """Right signatures, and one wrong bit in key or signature (bit 768: none)."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    both = private.public_key().public_bytes_raw() + private.sign(message)
    both = (int.from_bytes(both, "big") ^ ((1 << bit) if bit < 768 else 0)).to_bytes(96, "big")
    try:
        Ed25519PublicKey.from_public_bytes(both[:32]).verify(both[32:], message)
        expected = True
    except InvalidSignature:
        expected = False
    assert verify_standalone.ed25519_verify(both[:32], message, both[32:]) is expected
    assert expected is (bit == 768)


def test_it_imports_only_the_standard_library() -> None:
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= sys.stdlib_module_names


def test_a_good_file_is_proved_in_a_process_of_its_own(log: Log, tmp_path: Path) -> None:
    path, key = tmp_path / "proof.json", tmp_path / "trail.vkey"
    path.write_text(log.bundle(3), encoding="ascii")
    key.write_text(log.key.vkey + "\n", encoding="ascii")
    for given_key in (log.key.vkey, key):
        result = run(path, given_key)
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout.startswith(
            "OK: entry 3 is in the log qijian.example/trail (7 entries at the checkpoint)\n"
        )
        assert json.dumps(log.payload(3)["说明"]) in result.stdout


def test_wrong_files_are_refused_in_a_process_of_its_own(log: Log, tmp_path: Path) -> None:
    raw = log.bundle(3).encode("ascii")
    path = tmp_path / "proof.json"
    for place in range(0, len(raw), 211):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 2]) + raw[place + 1 :])
        result = run(path, log.key.vkey)
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith("REFUSED: ")
        assert result.stderr.count("\n") == 1


def test_what_cannot_be_checked_ends_with_2(log: Log, tmp_path: Path) -> None:
    path = tmp_path / "proof.json"
    path.write_text(log.bundle(3), encoding="ascii")
    for arguments in ([], [path], [tmp_path / "absent", log.key.vkey], [path, "no key"], [path, log.key.vkey + "A"]):
        result = run(*arguments)
        assert result.returncode == 2
        assert "Traceback" not in result.stderr


@pytest.mark.parametrize("size", [1, 2, 3, 8, 13])
def test_both_prove_every_entry(make_log: Callable[[int], Log], size: int) -> None:
    log = make_log(size)
    for index in range(size):
        for opened in (True, False):
            raw = log.bundle(index, opened).encode("ascii")
            ours, theirs = verify_bundle(raw.decode(), log.key.vkey), verify_standalone.verify(raw, log.key.vkey)
            assert {name: ours[name] for name in theirs} == theirs


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), bits=st.integers(1, 255))
def test_both_refuse_any_flipped_byte(log: Log, place: int, bits: int) -> None:
    raw = log.bundle(3).encode("ascii")
    place %= len(raw)
    changed = raw[:place] + bytes([raw[place] ^ bits]) + raw[place + 1 :]
    assert not library_accepts(changed, log.key.vkey)
    assert not standalone_accepts(changed, log.key.vkey)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_both_refuse_any_wrong_field(log: Log, data: st.DataObject) -> None:
    """Files written properly, with one value changed: the cryptography must refuse them, not the form."""
    text = log.bundle(3)
    content = json.loads(text)
    name = data.draw(st.sampled_from(["entry", "index", "inclusion", "checkpoint", "payload", "salt"]))
    if name == "index":
        value: object = data.draw(st.integers(-(2**70), 2**70).filter(lambda index: index != 3))
    elif name == "inclusion":
        value = [
            data.draw(st.binary(min_size=32, max_size=32).map(encode)) for _ in range(data.draw(st.integers(0, 5)))
        ]
    elif name in ("checkpoint", "payload"):
        place = data.draw(st.integers(0, len(content[name]) - 1))
        letter = data.draw(st.characters(codec="utf-8").filter(lambda c: c != content[name][place]))
        value = content[name][:place] + letter + content[name][place + 1 :]
    else:
        value = encode(data.draw(st.binary(max_size=200)))
    changed = change(text, **{name: value}).encode("ascii")
    if value != content[name]:
        assert not library_accepts(changed, log.key.vkey)
        assert not standalone_accepts(changed, log.key.vkey)


@pytest.mark.parametrize("text", ["01" + "00" * 30 + "80", "ee" + "ff" * 30 + "7f", "02" + "00" * 31])
def test_ed25519_refuses_what_is_no_point(text: str) -> None:
    """RFC 8032 section 5.1.3: x = 0 with the sign bit set, y not below p, a y without any x."""
    assert verify_standalone.decode_point(bytes.fromhex(text)) is None


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("", "base64|NAME.ID.BASE64"),
        ("a+b", "base64|NAME.ID.BASE64"),
        ("a+00000000+" + encode(b"\2" + bytes(32)), "NAME.ID.BASE64"),
        ("a+00000000+" + encode(b"\1" + bytes(31)), "NAME.ID.BASE64"),
        ("a+00000000+" + encode(b"\1" + bytes(32)), "letter was changed"),
    ],
)
def test_a_wrong_key_is_refused(key: str, reason: str) -> None:
    with pytest.raises(verify_standalone.Refused, match=reason):
        verify_standalone.read_key(key)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("\n\n", "\n", "not a signed note"),
        ("qijian.example/trail\n", "qijian\t\n", "not a signed note"),
        ("qijian.example/trail\n", "\ud800\n", "is wrong"),
        ("7\n", "8\n", "is wrong"),
        ("— ", "- ", "malformed"),
        ("— qijian.example/trail", "— ", "malformed"),
        ("=\n", "= x\n", "malformed"),
    ],
)
def test_both_refuse_a_malformed_checkpoint(log: Log, old: str, new: str, reason: str) -> None:
    before, after = log.checkpoint.rsplit(old, 1)
    raw = change(log.bundle(3), checkpoint=before + new + after).encode("ascii")
    assert not library_accepts(raw, log.key.vkey)
    with pytest.raises(verify_standalone.Refused, match=reason):
        verify_standalone.verify(raw, log.key.vkey)


@pytest.mark.parametrize(
    "body", ["{o}\n7\n", "{o}\n07\n{r}\n", "{o}\n７\n{r}\n", "{o}\n7\n{r}\n\nx\n", "other\n7\n{r}\n"]
)
def test_both_refuse_signed_nonsense(log: Log, body: str) -> None:
    root = log.checkpoint.split("\n")[2]
    note = sign_text(body.format(o=ORIGIN, r=root), log.key)
    raw = change(log.bundle(3), checkpoint=note).encode("ascii")
    assert not library_accepts(raw, log.key.vkey)
    with pytest.raises(verify_standalone.Refused, match=r"origin, size, root|of the log other"):
        verify_standalone.verify(raw, log.key.vkey)


def test_both_refuse_a_proof_with_a_hash_too_many_or_too_few(log: Log) -> None:
    hashes = json.loads(log.bundle(3))["inclusion"]
    for wrong in ([hashes[0], *hashes], [*hashes, hashes[0]], hashes[1:], hashes[:-1], []):
        raw = change(log.bundle(3), inclusion=wrong).encode("ascii")
        assert not library_accepts(raw, log.key.vkey)
        assert not standalone_accepts(raw, log.key.vkey)


def test_both_refuse_a_place_outside_the_log() -> None:
    """A careless walk up the tree takes -1 for the first leaf and 2 of 2 for the last one."""
    leaves, key = [naive.leaf(b"a"), naive.leaf(b"b")], SigningKey(ORIGIN, bytes(32))
    note = sign(Checkpoint(ORIGIN, 2, naive.mth(leaves)), key)
    for entry, place, wrong, sibling in ((b"a", 0, -1, leaves[1]), (b"b", 1, 2, leaves[0])):
        text = make_bundle(entry, place, [sibling], note)
        assert standalone_accepts(text.encode("ascii"), key.vkey)
        raw = change(text, index=wrong).encode("ascii")
        assert not library_accepts(raw, key.vkey)
        assert not standalone_accepts(raw, key.vkey)


def test_both_refuse_a_file_that_is_not_as_issued(log: Log) -> None:
    text = log.bundle(3)
    for wrong in (text + " ", text.replace("\n", "\r\n"), text.rstrip("\n"), change(text, format="other")):
        assert not library_accepts(wrong.encode("ascii"), log.key.vkey)
        assert not standalone_accepts(wrong.encode("ascii"), log.key.vkey)


def test_both_refuse_a_short_salt() -> None:
    salt, payload = b"short", '{"a":1}'
    entry = hashlib.sha256(salt + payload.encode()).hexdigest().encode()
    key = SigningKey(ORIGIN, bytes(32))
    text = make_bundle(entry, 0, [], sign(Checkpoint(ORIGIN, 1, naive.leaf(entry)), key))
    raw = change(text, payload=payload, salt=encode(salt)).encode("ascii")
    assert not library_accepts(raw, key.vkey)
    assert not standalone_accepts(raw, key.vkey)


def test_both_refuse_another_spelling_of_the_same_bytes(log: Log) -> None:
    """Base64 with other unused bits decodes to the same salt; only one spelling is good."""
    salt = json.loads(log.bundle(3))["salt"]
    assert salt.endswith("w==")
    raw = change(log.bundle(3), salt=salt[:-3] + "x==").encode("ascii")
    assert base64.b64decode(salt[:-3] + "x==") == base64.b64decode(salt)
    assert not library_accepts(raw, log.key.vkey)
    assert not standalone_accepts(raw, log.key.vkey)


@pytest.mark.parametrize("payload", ['{"a":1,"a":2}', "[1]", "no JSON", '{"a": 1}', '{"a":NaN}'])
def test_a_payload_that_two_readers_could_read_differently_is_refused(payload: str) -> None:
    """Even if the log's keeper has committed to it. The library insists on RFC 8785, the script on unique keys."""
    salt = bytes(16)
    entry = hashlib.sha256(salt + payload.encode()).hexdigest().encode()
    key = SigningKey(ORIGIN, bytes(32))
    text = make_bundle(entry, 0, [], sign(Checkpoint(ORIGIN, 1, naive.leaf(entry)), key))
    raw = change(text, payload=payload, salt=encode(salt)).encode("ascii")
    assert not library_accepts(raw, key.vkey)
    assert standalone_accepts(raw, key.vkey) is (payload in ('{"a": 1}', '{"a":NaN}'))


def test_both_refuse_an_entry_with_another_number_than_its_place(log: Log) -> None:
    key = SigningKey(ORIGIN, bytes(32))
    note = sign(Checkpoint(ORIGIN, 1, naive.leaf(log.entries[5])), key)
    other = make_bundle(b"plain", 0, [], sign(Checkpoint(ORIGIN, 1, naive.leaf(b"plain")), key))
    raw = change(other, entry=encode(log.entries[5]), checkpoint=note).encode("ascii")
    assert not library_accepts(raw, key.vkey)
    with pytest.raises(verify_standalone.Refused, match="calls itself number 5"):
        verify_standalone.verify(raw, key.vkey)
