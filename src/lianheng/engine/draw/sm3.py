"""SM3 in plain Python, for a Python whose OpenSSL was built without it. A hundred times slower than OpenSSL."""

from __future__ import annotations

_MASK = 0xFFFFFFFF
_START = bytes.fromhex("7380166f4914b2b9172442d7da8a0600a96f30bc163138aae38dee4db0fb0e4e")


def sm3_pure(data: bytes) -> bytes:
    """SM3 of some bytes.

    References
    ----------
    GB/T 32905-2016, sections 5.2 (padding) and 5.3 (iteration); the example is its annex A.1.

    Examples
    --------
    >>> sm3_pure(b"abc").hex()
    '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0'
    """
    padded = data + b"\x80" + bytes(-(len(data) + 9) % 64) + (8 * len(data)).to_bytes(8, "big")
    state = _START
    for start in range(0, len(padded), 64):
        state = _compress(state, padded[start : start + 64])
    return state


def _compress(state: bytes, block: bytes) -> bytes:
    w = _expand(block)
    a, b, c, d, e, f, g, h = v = _words(state)
    for j in range(64):
        ss1 = _left((_left(a, 12) + e + _left(0x79CC4519 if j < 16 else 0x7A879D8A, j % 32)) & _MASK, 7)
        ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if j < 16 else (e & f) | (~e & g)
        tt1 = (ff + d + (ss1 ^ _left(a, 12)) + (w[j] ^ w[j + 4])) & _MASK
        tt2 = (gg + h + ss1 + w[j]) & _MASK
        a, b, c, d, e, f, g, h = tt1, a, _left(b, 9), c, _p0(tt2), e, _left(f, 19), g
    return b"".join((x ^ y).to_bytes(4, "big") for x, y in zip(v, (a, b, c, d, e, f, g, h), strict=True))


def _expand(block: bytes) -> list[int]:
    w = _words(block)
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _left(w[j - 3], 15)
        w.append(x ^ _left(x, 15) ^ _left(x, 23) ^ _left(w[j - 13], 7) ^ w[j - 6])
    return w


def _words(data: bytes) -> list[int]:
    return [int.from_bytes(data[i : i + 4], "big") for i in range(0, len(data), 4)]


def _left(x: int, n: int) -> int:
    return (x << n | x >> (32 - n)) & _MASK


def _p0(x: int) -> int:
    return x ^ _left(x, 9) ^ _left(x, 17)
