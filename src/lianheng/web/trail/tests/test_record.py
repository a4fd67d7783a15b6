import datetime as dt
import hashlib
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import transaction

from lianheng.engine.merkle_log.tree import Frontier, leaf_hash, root_from_leaves
from lianheng.web.trail.entry_bytes import encode
from lianheng.web.trail.models import TrailEntry, TrailHead, TrailNode, TrailPayload
from lianheng.web.trail.services import record

pytestmark = pytest.mark.django_db


def head() -> Frontier:
    return Frontier.from_bytes(bytes(TrailHead.objects.get().frontier))


def test_an_entry_is_numbered_hashed_and_committed_to() -> None:
    person = SimpleNamespace(pk=7)
    entry = record(actor=person, action="room.thing_done", details={"b": 1, "a": "是"}, role="assessor", unit="430421")
    stored = TrailEntry.objects.select_related("payload").get(seq=entry.seq)
    assert (stored.actor, stored.role, stored.unit, stored.result) == ("user:7", "assessor", "430421", "done")
    assert stored.payload.content == '{"a":"是","b":1}'
    salted = bytes(stored.payload.salt) + stored.payload.content.encode()
    assert bytes(stored.commitment) == hashlib.sha256(salted).digest()
    assert bytes(stored.leaf) == leaf_hash(encode(stored))
    assert head().size == entry.seq + 1


def test_the_returned_entry_equals_the_stored_one() -> None:
    entry = record(actor=None, action="room.thing_done")
    stored = TrailEntry.objects.get(seq=entry.seq)
    for field in ("time", "actor", "action", "result", "subject_type", "subject_id"):
        assert getattr(entry, field) == getattr(stored, field)


def test_the_frontier_and_the_nodes_are_those_of_the_leaves() -> None:
    for number in range(600):
        record(actor=None, action="room.thing_done", details={"n": number})
    leaves = [bytes(leaf) for leaf in TrailEntry.objects.order_by("seq").values_list("leaf", flat=True)]
    assert head().root() == root_from_leaves(leaves)
    nodes = {(n.height, n.index): bytes(n.hash) for n in TrailNode.objects.all()}
    whole = len(leaves) // 256
    assert nodes == {(8, i): root_from_leaves(leaves[256 * i : 256 * (i + 1)]) for i in range(whole)}
    assert whole >= 2


def test_a_rolled_back_act_leaves_no_entry() -> None:
    before = head()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record(actor=None, action="room.thing_done")
        _ = 1 / 0
    assert head() == before
    assert TrailEntry.objects.count() == TrailPayload.objects.count() == before.size


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_run_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="needs the transaction"):
        record(actor=None, action="room.thing_done")
    assert TrailEntry.objects.count() == 0


def test_no_control_character_gets_into_a_field() -> None:
    entry = record(actor=None, action="room.thing_done", unit="43\n0421\x00\u2028", role="a\rb\x1b[31m")
    assert entry.unit == "43\ufffd0421\ufffd\ufffd"
    assert entry.role == "a\ufffdb\ufffd[31m"
    assert encode(entry).count(b"\n") == 9


def test_a_line_break_in_the_details_stays_escaped_in_one_line() -> None:
    entry = record(actor=None, action="room.thing_done", details={"comment": "第一行\n第二行\x00"})
    assert entry.payload.content == '{"comment":"第一行\\n第二行\\u0000"}'


def test_numbers_and_dates_that_json_lacks_become_text() -> None:
    details = {
        "points": Decimal("82.80"),
        "day": dt.date(2026, 12, 3),
        "big": 2**60,
        "share": float("nan"),
        "half": "\ud800",
        "rows": (1, Decimal("0.5")),
    }
    entry = record(actor=None, action="room.thing_done", details=details)
    assert entry.payload.content == (
        '{"big":"1152921504606846976","day":"2026-12-03","half":"?","points":"82.80","rows":[1,"0.5"],"share":"nan"}'
    )


def test_a_field_longer_than_its_column_is_refused_on_every_database() -> None:
    with pytest.raises(ValueError, match="unit holds at most 64 characters, not 65"):
        record(actor=None, action="room.thing_done", unit="x" * 65)
