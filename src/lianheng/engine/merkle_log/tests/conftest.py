"""One small log with a signed checkpoint, and proof files from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from lianheng.engine.merkle_log.bundle import commit, make_bundle
from lianheng.engine.merkle_log.checkpoint import Checkpoint, SigningKey, sign
from lianheng.engine.merkle_log.proof import inclusion_proof
from lianheng.engine.merkle_log.tests import naive

ORIGIN = "qijian.example/trail"
SALT = bytes(range(16))


@dataclass(frozen=True)
class Log:
    """A log of `size` entries; entry n has the payload {"说明": "第n件", "n": n}."""

    key: SigningKey
    entries: list[bytes]
    checkpoint: str

    def payload(self, index: int) -> dict[str, object]:
        return payload_of(index)

    def bundle(self, index: int, opened: bool = True) -> str:
        proof = inclusion_proof(index, len(self.entries), naive.get_hash_of([naive.leaf(e) for e in self.entries]))
        details = {"payload": self.payload(index), "salt": SALT} if opened else {}
        return make_bundle(self.entries[index], index, proof, self.checkpoint, **details)  # type: ignore[arg-type]


def payload_of(index: int) -> dict[str, object]:
    return {"说明": f"第{index}件", "n": index, "share": 0.5}


def entry_of(index: int) -> bytes:
    lines = ["lianheng-trail/1", str(index), "2026-11-01T00:00:00.000Z", f"user:{index}", "inspector"]
    lines += [
        "ledger.task_closed",
        "done",
        f"ledger.task:{index}",
        "430400000000",
        commit(SALT, payload_of(index)).hex(),
    ]
    return "\n".join(lines).encode()


@pytest.fixture(scope="session")
def make_log() -> Callable[[int], Log]:
    def make(size: int) -> Log:
        key = SigningKey(ORIGIN, bytes(range(32)))
        entries = [entry_of(index) for index in range(size)]
        root = naive.mth([naive.leaf(entry) for entry in entries])
        return Log(key, entries, sign(Checkpoint(ORIGIN, size, root), key))

    return make


@pytest.fixture(scope="session")
def log(make_log: Callable[[int], Log]) -> Log:
    return make_log(7)
