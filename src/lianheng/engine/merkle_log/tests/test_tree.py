"""Roots and the frontier, against the naive tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianheng.engine.merkle_log.tests import naive
from lianheng.engine.merkle_log.tree import EMPTY_ROOT, Frontier, leaf_hash, node_hash, root_from_leaves

# Roots over the eight leaves of the Certificate Transparency tests (certificate-transparency, merkle_tree_test.cc),
# also used by transparency-dev/merkle.
CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

leaf_lists = st.lists(st.binary(max_size=40).map(leaf_hash), max_size=70)


@pytest.mark.parametrize("size", range(1, 9))
def test_published_roots(size: int) -> None:
    leaves = [leaf_hash(bytes.fromhex(text)) for text in CT_LEAVES[:size]]
    assert root_from_leaves(leaves).hex() == CT_ROOTS[size - 1]


def test_the_empty_log_has_the_root_of_the_rfc() -> None:
    assert root_from_leaves([]) == Frontier().root() == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_leaves_and_nodes_are_kept_apart() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert node_hash(left, right) != leaf_hash(left + right)


@given(leaf_lists)
def test_the_root_is_that_of_the_naive_tree(leaves: list[bytes]) -> None:
    assert root_from_leaves(iter(leaves)) == naive.mth(leaves)


@given(leaf_lists)
def test_the_frontier_reports_every_complete_subtree_once(leaves: list[bytes]) -> None:
    frontier, closed = Frontier(), []
    for leaf in leaves:
        closed += frontier.append(leaf)
    expected = {
        (height, index): naive.mth(leaves[index << height : (index + 1) << height])
        for height in range(1, 8)
        for index in range(len(leaves) >> height)
    }
    assert {(height, index): value for height, index, value in closed} == expected
    assert len(closed) == len(expected)
    assert frontier.size == len(leaves)


@given(leaf_lists, st.integers(0, 70))
def test_a_stored_frontier_goes_on_where_it_stopped(leaves: list[bytes], cut: int) -> None:
    first = Frontier()
    for leaf in leaves[:cut]:
        first.append(leaf)
    second = Frontier.from_bytes(first.to_bytes())
    assert second == first
    for leaf in leaves[cut:]:
        second.append(leaf)
    assert second.root() == naive.mth(leaves)


def test_a_copy_grows_by_itself() -> None:
    frontier = Frontier()
    frontier.append(leaf_hash(b"a"))
    copy = frontier.copy()
    copy.append(leaf_hash(b"b"))
    assert (frontier.size, frontier.root()) == (1, leaf_hash(b"a"))


@pytest.mark.parametrize(
    "stored",
    [b"", b"\0" * 7, b"\0" * 8 + b"x" * 32, b"\0" * 7 + b"\3" + b"x" * 32, b"\0" * 7 + b"\1" + b"x" * 31],
)
def test_a_damaged_stored_frontier_is_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match="frontier"):
        Frontier.from_bytes(stored)


def test_a_cut_hash_is_refused_and_changes_nothing() -> None:
    frontier = Frontier()
    with pytest.raises(ValueError, match="32 bytes"):
        frontier.append(b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        Frontier(1, [b"short"])
    assert (frontier.size, frontier.hashes) == (0, ())
    with pytest.raises(ValueError, match="negative"):
        Frontier(-1)
