"""A leaf of another type leaves a file in order, so that it is read the quick way; the leaf is absent all the same."""

from __future__ import annotations

import copy
import json

import pytest

from lianheng.engine.redflags.ocds.strict import _SHAPE
from lianheng.engine.redflags.ocds.tests.oracle import expected

ODD = (True, False, None, 1.5, "1")
EVERYTHING = {code: {} for code in ("R003", "R018", "R024", "R025", "R028", "R030", "R035", "R036", "R038", "R058")}
EVERYTHING["R048"] = {"minimum_contracting_processes": 1}


def release(ocid):
    bids = [("A", "valid", 100), ("B", "valid", 120), ("C", "disqualified", 90), ("D", "pending", 120)]
    return {
        "ocid": ocid,
        "buyer": {"id": f"buyer {ocid}"},
        "tender": {
            "status": "complete", "procurementMethod": "open", "procurementMethodDetails": "公开",
            "numberOfTenderers": 1,
            "procuringEntity": {"id": "office"},
            "tenderPeriod": {"startDate": "2024-03-01T00:00:00Z", "endDate": "2024-03-05T00:00:00Z"},
        },
        "bids": {"details": [
            {"status": status, "date": "2024-03-06T00:00:00Z", "value": {"amount": amount, "currency": "CNY"},
             "tenderers": [{"id": name}]} for name, status, amount in bids
        ]},
        "awards": [{"status": "active", "suppliers": [{"id": "A"}], "items": [{"classification": {"id": "0101"}}]}],
    }  # fmt: skip


def leaves(shape, path=()):
    """Paths to all leaves; of an array its first element."""
    if isinstance(shape, dict):
        return [leaf for key, inner in shape.items() for leaf in leaves(inner, (*path, key))]
    return leaves(shape[0], (*path, 0)) if isinstance(shape, list) else [path]


def with_leaf(path, value, ocid):
    changed = at = copy.deepcopy(release(ocid))
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return changed


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_a_leaf_of_another_type_is_absent(indicators, odd):
    paths = leaves(_SHAPE)
    assert len(paths) == 17
    rows = [with_leaf(path, odd, f"o{place}") for place, path in enumerate(paths)] + [release("whole")]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    assert indicators(text, EVERYTHING) == expected(text, EVERYTHING)


def test_an_amount_of_true_is_no_amount(indicators):
    """Not 1, which it was: the winner at 100 then had a rival at 1 and no difference."""
    row = with_leaf(("bids", "details", 1, "value", "amount"), True, "a")
    row["bids"]["details"].append({**release("b")["bids"]["details"][1], "tenderers": [{"id": "E"}]})
    meta = indicators([row], {"R024": {}})["Meta"]["R024"]
    assert meta == {"q1": 0.2, "q3": 0.2, "lower_fence": 0.2}
