"""The relation graph against brute force on random graphs, and by hand where dates and hubs matter."""

import datetime as dt
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianheng.engine.redflags.relations import Graph, Holding, Tie, tell_chain

NODES = "abcdefgh"
DAYS = [None, *(dt.date(year, 1, 1) for year in range(2018, 2024))]
PERIOD = st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS))
TIES = st.lists(st.builds(
    lambda a, b, kind, time: Tie(a, b, kind, from_date=time[0], to_date=time[1]),
    st.sampled_from(NODES), st.sampled_from(NODES), st.sampled_from(["kin", "role"]), PERIOD,
), max_size=8)  # fmt: skip
HOLDINGS = st.lists(st.builds(
    lambda node, kind, value, time: Holding(node, kind, value, from_date=time[0], to_date=time[1]),
    st.sampled_from(NODES), st.sampled_from(["phone", "address"]), st.sampled_from("123"), PERIOD,
), max_size=14)  # fmt: skip
FAR = 99


def holds(thing: Tie | Holding, on: dt.date | None) -> bool:
    start, end = thing.from_date or dt.date.min, thing.to_date or dt.date.max
    return on is None or start <= on <= end


def brute(ties: list[Tie], holdings: list[Holding], on: dt.date | None, most: int) -> set[frozenset[str]]:
    """Pairs that are tied, by definition alone."""
    pairs = {frozenset((tie.a, tie.b)) for tie in ties if holds(tie, on) and tie.a != tie.b}
    alive = [holding for holding in holdings if holds(holding, on)]
    for one, other in combinations(alive, 2):
        users = {h.node for h in alive if (h.kind, h.value) == (one.kind, one.value)}
        overlap = max(one.from_date or dt.date.min, other.from_date or dt.date.min) <= min(
            one.to_date or dt.date.max, other.to_date or dt.date.max
        )
        same = (one.kind, one.value) == (other.kind, other.value) and one.node != other.node
        if same and len(users) <= most and overlap:
            pairs.add(frozenset((one.node, other.node)))
    return pairs


def distances(pairs: set[frozenset[str]]) -> dict[tuple[str, str], int]:
    """Floyd and Warshall."""
    far = {(a, b): 0 if a == b else 1 if frozenset((a, b)) in pairs else FAR for a in NODES for b in NODES}
    for k in NODES:
        for a in NODES:
            for b in NODES:
                far[a, b] = min(far[a, b], far[a, k] + far[k, b])
    return far


def valid(ties: list[Tie], holdings: list[Holding]) -> bool:
    return all(not (x.from_date and x.to_date and x.from_date > x.to_date) for x in [*ties, *holdings])


@settings(max_examples=120, deadline=None)
@given(TIES, HOLDINGS, st.sampled_from(DAYS), st.integers(2, 4), st.integers(1, 4))
def test_against_brute_force(
    ties: list[Tie], holdings: list[Holding], on: dt.date | None, most: int, steps: int
) -> None:
    ties = [x for x in ties if valid([x], [])]
    holdings = [x for x in holdings if valid([], [x])]
    graph = Graph(ties, holdings, on, {"phone": most, "address": most})
    pairs = brute(ties, holdings, on, most)
    far = distances(pairs)
    assert {frozenset((tie.a, tie.b)) for node in graph.nodes for tie in graph.ties(node)} == pairs
    for a in NODES:
        near = {b: len(chain) for b, chain in graph.chains(a, steps).items()}
        assert near == {b: far[a, b] for b in NODES if far[a, b] <= steps}
        for b in NODES:
            chain = graph.chain(a, b, 10)
            assert (chain is None) == (far[a, b] >= FAR)
            assert chain is None or (len(chain) == far[a, b] and hangs_together(chain, a, b))
    reach = {frozenset(b for b in NODES if far[a, b] < FAR) for a in NODES}
    assert {frozenset(group) for group in graph.groups()} == {group for group in reach if len(group) > 1}


def hangs_together(chain: list[Tie], start: str, end: str) -> bool:
    nodes = [start]
    for tie in chain:
        if nodes[-1] not in (tie.a, tie.b):
            return False
        nodes.append(tie.other(nodes[-1]))
    return nodes[-1] == end and all(x != y for x, y in pairwise(nodes))


def test_the_order_of_rows_does_not_matter() -> None:
    ties = [Tie("a", "b", "kin"), Tie("b", "d", "role"), Tie("a", "c", "kin"), Tie("c", "d", "role")]
    phones = [Holding(node, "phone", "1") for node in "de"]
    there, back = Graph(ties, phones), Graph(ties[::-1], phones[::-1])
    assert there.chain("a", "e") == back.chain("a", "e")
    assert [tie.kind for tie in there.chain("a", "e") or []] == ["kin", "role", "phone"]


@pytest.mark.parametrize(("users", "tied"), [(5, True), (6, False)])
def test_an_agents_telephone_ties_nobody(users: int, tied: bool) -> None:
    graph = Graph(holdings=[Holding(f"firm:{n}", "phone", "0734") for n in range(users)])
    assert (graph.chain("firm:0", "firm:1") is not None) == tied
    assert [(hub.kind, hub.sharing) for hub in graph.hubs] == ([] if tied else [("phone", 6)])


def test_a_number_given_to_another_later_ties_nobody() -> None:
    def phones(second_from: dt.date) -> list[Holding]:
        return [Holding("甲", "phone", "1", to_date=dt.date(2019, 12, 31)),
                Holding("乙", "phone", "1", from_date=second_from)]  # fmt: skip

    assert Graph(holdings=phones(dt.date(2020, 1, 1))).chain("甲", "乙") is None
    tied = Graph(holdings=phones(dt.date(2019, 12, 31))).chain("甲", "乙")
    assert tied is not None
    assert tell_chain(tied) == ["1. 乙与甲登记同一电话（共2家使用；2019-12-31至2019-12-31）"]


def test_of_several_times_in_common_the_longest_is_told() -> None:
    day = dt.date
    graph = Graph(
        holdings=[
            Holding("甲", "phone", "1", from_date=day(2010, 1, 1)),
            Holding("乙", "phone", "1", from_date=day(2010, 1, 1), to_date=day(2011, 1, 1)),
            Holding("乙", "phone", "1", from_date=day(2015, 1, 1), to_date=day(2024, 1, 1)),
        ]
    )
    (tie,) = graph.chain("甲", "乙") or []
    assert (tie.from_date, tie.to_date) == (day(2015, 1, 1), day(2024, 1, 1))


def test_nothing_and_nobody() -> None:
    graph = Graph()
    assert (graph.nodes, graph.groups(), graph.ties("x"), graph.chain("x", "y"), graph.chain("x", "x")) == (
        [], [], [], None, [],
    )  # fmt: skip
