"""Check a 廉衡 proof file offline: python verify_standalone.py BUNDLE VKEY

BUNDLE is the proof file (JSON); VKEY is the log's verifier key NAME+ID+BASE64, or a file that holds it. Take the key
from a place other than the sender of the proof file. This one file needs nothing but Python 3.8 or newer, so that
anyone may read it whole and run it on a machine without network. Exit codes: 0 proved, 1 refused, 2 not checked.

It follows RFC 6962 (tree), RFC 8032 (Ed25519), c2sp.org/signed-note and c2sp.org/tlog-checkpoint. It shares no code
with the server; the tests hold the two against each other.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import sys
from typing import Any

ENTRY_LINES = 10  # lianheng-trail/1: format, seq, time, actor, role, action, result, subject, unit, commitment


class Refused(Exception):
    """The file does not prove what it should."""


# --- Ed25519, RFC 8032 section 5.1: slow, plain, and only for checking ---------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def recover_x(y: int, sign: int) -> int | None:
    """The x of a point from its y (section 5.1.3), or None if there is no such point."""
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def decode_point(data: bytes) -> tuple[int, int, int, int] | None:
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def encode_point(point: tuple[int, int, int, int]) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def add(first: tuple[int, int, int, int], second: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Point addition in extended coordinates (section 5.1.4)."""
    x1, y1, z1, t1 = first
    x2, y2, z2, t2 = second
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar: int, point: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


BASE = decode_point(bytes([0x58]) + b"\x66" * 31)


def ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """True if the signature is right (section 5.1.7, without the cofactor, as OpenSSL does)."""
    point = decode_point(public) if len(public) == 32 and len(signature) == 64 else None
    s = int.from_bytes(signature[32:], "little")
    if point is None or BASE is None or s >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    x, y, z, t = multiply(int.from_bytes(digest, "little") % ORDER, point)
    return encode_point(add(multiply(s, BASE), (P - x, y, z, P - t))) == signature[:32]


# --- Signed note and checkpoint -------------------------------------------------------------------------------------


def unbase64(text: Any, what: str) -> bytes:
    """Decode base64, and refuse every spelling but the one an encoder writes."""
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        data = None
    if data is None or base64.b64encode(data).decode("ascii") != text:
        raise Refused(f"the {what} is not valid base64")
    return data


def read_key(text: str) -> tuple[str, bytes, bytes]:
    """NAME+ID+BASE64 -> (name, id, public key)."""
    name, _, rest = text.partition("+")
    key_id, _, material = rest.partition("+")
    raw = unbase64(material, "verifier key")
    if len(raw) != 33 or raw[0] != 1:
        raise Refused("the verifier key is not an Ed25519 key of the form NAME+ID+BASE64")
    if not name or hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() != key_id:
        raise Refused("the id in the key does not fit its name and bytes: a letter was changed or lost")
    return name, bytes.fromhex(key_id), raw[1:]


def open_checkpoint(note: str, key: tuple[str, bytes, bytes]) -> tuple[str, int, bytes]:
    """Check the signature of the log's key; return (origin, size, root). Lines of other keys are ignored."""
    name, key_id, public = key
    head, blank, tail = note.rpartition("\n\n")
    text = head + "\n"
    message = text.encode("utf-8", "surrogatepass")  # no signature fits a text that is not Unicode
    if not blank or not tail.endswith("\n") or any(c < " " and c != "\n" for c in note):
        raise Refused("the checkpoint is not a signed note")
    verified = False
    for line in tail[:-1].split("\n"):
        dash, signer, signature = [*line.split(" "), "", ""][:3]
        data = unbase64(signature, "signature")
        if dash != "—" or line != " ".join((dash, signer, signature)) or not signer or len(data) < 5:
            raise Refused("a signature line of the checkpoint is malformed")
        if (signer, data[:4]) == (name, key_id):
            if not ed25519_verify(public, message, data[4:]):
                raise Refused(f"the signature of the key {name} is wrong")
            verified = True
    if not verified:
        raise Refused(f"the checkpoint is not signed by the key {name}")
    lines = text.split("\n")
    if len(lines) < 4 or not all(lines[:-1]) or not re.fullmatch("0|[1-9][0-9]{0,19}", lines[1]):
        raise Refused("the checkpoint does not have the lines origin, size, root")
    if lines[0] != name:
        raise Refused(f"the checkpoint is of the log {lines[0]}, the key of {name}")
    return lines[0], int(lines[1]), unbase64(lines[2], "root hash")


# --- Tree -----------------------------------------------------------------------------------------------------------


def root_from_proof(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to, by the recursion of RFC 6962 section 2.1.1 read backwards."""
    if size == 1:
        if proof:
            raise Refused("the inclusion proof is too long")
        return leaf
    if not proof:
        raise Refused("the inclusion proof is too short")
    left = 1 << ((size - 1).bit_length() - 1)
    if index < left:
        pair = root_from_proof(leaf, index, left, proof[:-1]), proof[-1]
    else:
        pair = proof[-1], root_from_proof(leaf, index - left, size - left, proof[:-1])
    return hashlib.sha256(b"\x01" + pair[0] + pair[1]).digest()


# --- Proof file -----------------------------------------------------------------------------------------------------


def no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def read_bundle(raw: bytes) -> dict[str, Any]:
    try:
        text = raw.decode("ascii")
        content = json.loads(text, object_pairs_hook=no_duplicates)
        rewritten = json.dumps(content, ensure_ascii=True, indent=2, sort_keys=True) + "\n"
    except (ValueError, RecursionError):
        raise Refused("the proof file is not ASCII JSON: it was cut or changed") from None
    keys: dict[str, type] = {"format": str, "entry": str, "index": int, "inclusion": list, "checkpoint": str}
    if isinstance(content, dict) and ("payload" in content or "salt" in content):
        keys.update(payload=str, salt=str)
    if not isinstance(content, dict) or {name: type(value) for name, value in content.items()} != keys:
        raise Refused("the proof file lacks fields, or has others")
    if content["format"] != "lianheng-trail-proof/1" or rewritten != text:
        raise Refused("the proof file is not as issued (a blank, a line end or a letter differs); use the original")
    return dict(content)


def check_payload(entry: bytes, payload: str, salt: bytes) -> dict[str, Any]:
    """Check that the last line of the entry commits to the payload; return it."""
    try:
        raw = payload.encode()
        opened = json.loads(payload, object_pairs_hook=no_duplicates)
    except (ValueError, RecursionError):
        raise Refused("the payload is not JSON") from None
    if len(salt) < 16 or not isinstance(opened, dict):
        raise Refused("the payload is not a JSON object with a salt of at least 16 bytes")
    if entry.rpartition(b"\n")[2] != hashlib.sha256(salt + raw).hexdigest().encode():
        raise Refused("the payload is not the one that the entry commits to")
    return dict(opened)


def verify(raw: bytes, key_text: str) -> dict[str, Any]:
    """Check the bytes of a proof file; return what it proves, or raise Refused."""
    content, key = read_bundle(raw), read_key(key_text)
    origin, size, root = open_checkpoint(content["checkpoint"], key)
    entry, index = unbase64(content["entry"], "entry"), content["index"]
    proof = [unbase64(item, "inclusion proof") for item in content["inclusion"]]
    if not 0 <= index < size or any(len(item) != 32 for item in proof):
        raise Refused(f"there is no leaf {index} in a log of size {size}, or a hash of the proof is cut")
    if root_from_proof(hashlib.sha256(b"\x00" + entry).digest(), index, size, proof) != root:
        raise Refused(f"the proof leads to another root: the entry is not leaf {index} of this log")
    lines = entry.decode("utf-8", "replace").split("\n")
    if lines[0] == "lianheng-trail/1" and len(lines) == ENTRY_LINES and lines[1] != str(index):
        raise Refused(f"the entry calls itself number {lines[1]} but is leaf {index} of the log")
    payload = None
    if "payload" in content:
        payload = check_payload(entry, content["payload"], unbase64(content["salt"], "salt"))
    return {"origin": origin, "size": size, "index": index, "entry": "\n".join(lines), "payload": payload}


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print("usage: python verify_standalone.py BUNDLE VKEY", file=sys.stderr)
        return 2
    path, key = arguments
    try:
        with open(path, "rb") as file:
            raw = file.read(10_000_001)
        if os.path.isfile(key):
            with open(key, encoding="utf-8") as file:
                key = file.read().strip()
        read_key(key)
    except (OSError, ValueError, Refused) as error:
        print(f"ERROR: cannot check: {error}", file=sys.stderr)
        return 2
    try:
        result = verify(raw, key)
    except Refused as error:
        print(f"REFUSED: {error}", file=sys.stderr)
        return 1
    print("OK: entry {index} is in the log {origin} ({size} entries at the checkpoint)".format(**result))
    print("entry: " + json.dumps(result["entry"]))
    if result["payload"] is not None:
        print("payload: " + json.dumps(result["payload"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
