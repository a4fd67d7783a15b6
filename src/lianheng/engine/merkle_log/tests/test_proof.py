"""Inclusion and consistency proofs: published vectors, the naive tree, and an attacker."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lianheng.engine.merkle_log.proof import (
    ProofError,
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from lianheng.engine.merkle_log.tests import naive
from lianheng.engine.merkle_log.tree import EMPTY_ROOT

VECTORS = json.loads((Path(__file__).parent / "data" / "vectors.json").read_text(encoding="utf-8"))


def decode(case: dict[str, Any], *names: str) -> list[bytes]:
    return [base64.b64decode(case[name]) for name in names]


def decode_proof(case: dict[str, Any]) -> list[bytes]:
    return [base64.b64decode(item) for item in case["proof"] or []]


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=lambda case: case["name"])
def test_published_inclusion_proofs(case: dict[str, Any]) -> None:
    leaf, root = decode(case, "leafHash", "root")
    arguments = (leaf, case["leafIdx"], case["treeSize"], decode_proof(case), root)
    if case["wantErr"]:
        with pytest.raises(ProofError):
            verify_inclusion(*arguments)
    else:
        verify_inclusion(*arguments)


@pytest.mark.parametrize("case", VECTORS["consistency"], ids=lambda case: case["name"])
def test_published_consistency_proofs(case: dict[str, Any]) -> None:
    old_root, new_root = decode(case, "root1", "root2")
    arguments = (case["size1"], old_root, case["size2"], new_root, decode_proof(case))
    if case["wantErr"]:
        with pytest.raises(ProofError):
            verify_consistency(*arguments)
    else:
        verify_consistency(*arguments)


def test_the_vectors_are_all_there() -> None:
    assert (len(VECTORS["inclusion"]), len(VECTORS["consistency"])) == (98, 98)
    assert {case["wantErr"] for case in VECTORS["inclusion"] + VECTORS["consistency"]} == {True, False}


@pytest.mark.parametrize("size", [*range(1, 34), 63, 64, 65])
def test_every_proof_of_small_logs_is_that_of_the_rfc(size: int) -> None:
    leaves = [naive.leaf(bytes([i])) for i in range(size)]
    get_hash, root = naive.get_hash_of(leaves), naive.mth(leaves)
    for index in range(size):
        proof = inclusion_proof(index, size, get_hash)
        assert proof == naive.path(index, leaves)
        verify_inclusion(leaves[index], index, size, proof, root)
    for old in range(1, size + 1):
        proof = consistency_proof(old, size, get_hash)
        assert proof == naive.proof(old, leaves)
        verify_consistency(old, naive.mth(leaves[:old]), size, root, proof)


logs = st.lists(st.binary(max_size=8), min_size=1, max_size=90).map(lambda items: [naive.leaf(item) for item in items])


@given(logs, st.data())
def test_any_change_to_an_inclusion_proof_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    size = len(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, naive.get_hash_of(leaves))
    root = naive.mth(leaves)
    verify_inclusion(leaves[index], index, size, proof, root)
    kind = data.draw(st.sampled_from(["leaf", "root", "index", "proof", "longer", "shorter"]))
    leaf, position = leaves[index], index
    if kind == "leaf":
        leaf = flip(leaf, data)
    elif kind == "root":
        root = flip(root, data)
    elif kind == "index":
        position = data.draw(st.integers(-1, size + 1).filter(lambda other: other != index))
        assume(not (0 <= position < size and naive.path(position, leaves) == proof and leaves[position] == leaf))
    elif kind == "longer":
        proof = [*proof, root]
    else:
        assume(proof)
        place = data.draw(st.integers(0, len(proof) - 1))
        proof = proof[:place] + ([flip(proof[place], data)] if kind == "proof" else []) + proof[place + 1 :]
    with pytest.raises(ProofError):
        verify_inclusion(leaf, position, size, proof, root)


@given(logs, st.data())
def test_any_change_to_a_consistency_proof_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    size = len(leaves)
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(old, size, naive.get_hash_of(leaves))
    old_root, root = naive.mth(leaves[:old]), naive.mth(leaves)
    verify_consistency(old, old_root, size, root, proof)
    kind = data.draw(st.sampled_from(["old root", "new root", "swapped", "proof", "longer", "shorter"]))
    if kind == "old root":
        old_root = flip(old_root, data)
    elif kind == "new root":
        root = flip(root, data)
    elif kind == "swapped":
        assume(old != size)
        old, size = size, old
    elif kind == "longer":
        proof = [*proof, root]
    else:
        assume(proof)
        place = data.draw(st.integers(0, len(proof) - 1))
        proof = proof[:place] + ([flip(proof[place], data)] if kind == "proof" else []) + proof[place + 1 :]
    with pytest.raises(ProofError):
        verify_consistency(old, old_root, size, root, proof)


def flip(value: bytes, data: st.DataObject) -> bytes:
    place = data.draw(st.integers(0, len(value) * 8 - 1))
    changed = int.from_bytes(value, "big") ^ (1 << place)
    return changed.to_bytes(len(value), "big")


@pytest.mark.parametrize("exported", [1, 2, 3, 4, 5, 7, 8, 11, 12])
@pytest.mark.parametrize("grown", [0, 1, 5])
def test_a_rewritten_log_has_no_consistency_proof(exported: int, grown: int) -> None:
    """Whoever changes an entry below an exported checkpoint, and rebuilds the whole tree, is found."""
    honest = [naive.leaf(b"act %d" % i) for i in range(exported)]
    for place in range(exported):
        forged = [naive.leaf(b"forged") if i == place else leaf for i, leaf in enumerate(honest)]
        forged += [naive.leaf(b"later %d" % i) for i in range(grown)]
        proof = consistency_proof(exported, len(forged), naive.get_hash_of(forged))
        with pytest.raises(ProofError, match="rewritten"):
            verify_consistency(exported, naive.mth(honest), len(forged), naive.mth(forged), proof)


def test_a_cut_tail_is_found_back_to_the_exported_checkpoint() -> None:
    honest = [naive.leaf(b"act %d" % i) for i in range(9)]
    cut = honest[:7]
    with pytest.raises(ProofError, match="shorter"):
        verify_consistency(9, naive.mth(honest), 7, naive.mth(cut), [])


def test_a_cut_and_regrown_tail_is_found() -> None:
    honest = [naive.leaf(b"act %d" % i) for i in range(9)]
    regrown = honest[:7] + [naive.leaf(b"other %d" % i) for i in range(5)]
    proof = consistency_proof(9, 12, naive.get_hash_of(regrown))
    with pytest.raises(ProofError, match="older root"):
        verify_consistency(9, naive.mth(honest), 12, naive.mth(regrown), proof)


def test_a_cut_behind_the_last_checkpoint_is_not_found() -> None:
    """The limit that docs/explanation/trail.md states: what no checkpoint covers can vanish unseen."""
    honest = [naive.leaf(b"act %d" % i) for i in range(9)]
    proof = consistency_proof(6, 7, naive.get_hash_of(honest[:7]))
    verify_consistency(6, naive.mth(honest[:6]), 7, naive.mth(honest[:7]), proof)


def test_the_empty_log_proves_nothing() -> None:
    leaves = [naive.leaf(b"a")]
    for size, root in ((0, EMPTY_ROOT), (1, leaves[0])):
        with pytest.raises(ProofError, match="proves nothing"):
            verify_consistency(0, EMPTY_ROOT, size, root, [])
    with pytest.raises(ValueError, match="at least 1"):
        consistency_proof(0, 1, naive.get_hash_of(leaves))


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_proof_for_a_leaf_outside_the_log(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(index, size, naive.get_hash_of([naive.leaf(b"")] * 3))


def test_a_proof_of_the_wrong_length_is_named_so() -> None:
    leaves = [naive.leaf(bytes([i])) for i in range(5)]
    root, old = naive.mth(leaves), naive.mth(leaves[:3])
    inclusion, consistency = naive.path(1, leaves), naive.proof(3, leaves)
    for extra, reason in ((1, "too long"), (-1, "too short")):
        longer = [root] * max(extra, 0)
        with pytest.raises(ProofError, match=reason):
            verify_inclusion(leaves[1], 1, 5, inclusion[: len(inclusion) + min(extra, 0)] + longer, root)
        with pytest.raises(ProofError, match=reason):
            verify_consistency(3, old, 5, root, consistency[: len(consistency) + min(extra, 0)] + longer)


def test_a_proof_of_a_large_log_asks_for_few_hashes() -> None:
    asked: list[tuple[int, int]] = []

    def get_hash(height: int, index: int) -> bytes:
        assert (index + 1) << height <= 1_000_003
        asked.append((height, index))
        return bytes(32)

    inclusion_proof(999_999, 1_000_003, get_hash)
    consistency_proof(765_431, 1_000_003, get_hash)
    assert len(asked) <= 2 * 2 * 20
