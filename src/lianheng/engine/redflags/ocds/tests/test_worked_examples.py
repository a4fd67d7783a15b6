"""Each indicator by an example worked by hand; docs/reference/ocds-indicators.md shows the same ones."""

from __future__ import annotations

import pytest


def process(ocid, bids=(), awards=None, winner=None, **tender):
    """A process; bids are written "tenderer:status:amount", and the winner has one active award."""
    if awards is None:
        awards = [{"status": "active", "suppliers": [{"id": winner}]}] if winner else []
    return {"ocid": ocid, "tender": tender, "bids": {"details": [bid(text) for text in bids]}, "awards": awards}


def bid(text, currency="CNY", **more):
    tenderer, status, amount = text.split(":")
    value = {"amount": float(amount), "currency": currency}
    return {"status": status, "tenderers": [{"id": tenderer}], "value": value, **more}


def flagged(result, code, group="OCID"):
    return {id_: codes[code] for id_, codes in result.get(group, {}).items() if code in codes}


def period(ocid, start, end, **tender):
    return process(ocid, tenderPeriod={"startDate": start, "endDate": end}, **tender)


def test_r003_counts_whole_days_between_instants(indicators):
    a = ("2024-03-01T00:00:00+08:00", "2024-03-15T23:00:00Z")
    releases = [
        period("a", *a),
        period("b", "2024-03-01T00:00:00Z", "2024-03-15T23:59:59Z"),
        period("c", *a, procurementMethodDetails="询价"),
        period("day only", "2024-03-01", "2024-03-02"),
        period("backwards", "2024-03-02T00:00:00Z", "2024-03-01T12:00:00Z"),
    ]
    result = indicators(releases, {"R003": {"procurement_method_details": {"询价": 20}}})
    assert flagged(result, "R003") == {"b": 1.0, "c": 1.0, "backwards": 1.0}
    assert result["Meta"] == {}


def test_r003_cuts_half_a_day_backwards_to_zero(indicators):
    releases = [period("a", "2024-03-02T00:00:00Z", "2024-03-01T12:00:00Z")]
    assert flagged(indicators(releases, {"R003": {"threshold": 0}}), "R003") == {}


def test_r018_reads_the_published_number_as_an_integer(indicators):
    releases = [
        process("a", procurementMethod="selective", numberOfTenderers=1),
        process("b", procurementMethod="limited", numberOfTenderers=1),
        process("c", procurementMethod="open", numberOfTenderers=1.0),
        process("d", ["A:valid:1"], procurementMethod="open"),
    ]
    assert flagged(indicators(releases, {"R018": {}}), "R018") == {"a": 1.0}
    assert flagged(indicators(releases, {"R018": {"procurement_methods": ""}}), "R018") == {"a": 1.0, "b": 1.0}


def races(*amounts):
    return [
        process(f"p{n}", [f"W{n}:valid:100", f"L{n}:valid:{amount}"], winner=f"W{n}")
        for n, amount in enumerate(amounts, 1)
    ]


def test_r024_flags_the_close_runner_up(indicators):
    result = indicators(races(101, 120, 121, 122, 123, 124, 125), {"R024": {}})
    assert flagged(result, "R024") == {"p1": 0.01}
    assert flagged(result, "R024", "Tenderer") == {"W1": 0.0, "L1": 0.0}
    assert result["Meta"] == {"R024": {"q1": 0.2017, "q3": 0.2383, "lower_fence": 0.1467}}
    assert result["Maps"]["ocid_tenderer_r024"] == {"p1": ["L1", "W1"]}


def test_r058_flags_the_heavy_discount(indicators):
    result = indicators(races(120, 121, 122, 123, 124, 125, 300), {"R058": {}})
    assert flagged(result, "R058") == {"p7": 2.0}
    assert flagged(result, "R058", "Tenderer") == {"W7": 0.0}
    assert result["Meta"]["R058"] == {"q1": 0.2117, "q3": 0.2483, "upper_fence": 0.3033}


def test_where_all_differ_alike_both_flag_all(indicators):
    result = indicators(races(120, 120, 120), {"R024": {}, "R058": {}})
    assert result["OCID"] == {f"p{n}": {"R024": 0.2, "R058": 0.2} for n in (1, 2, 3)}


def test_r024_ignores_the_bid_of_a_consortium_not_its_process(indicators):
    releases = races(101)
    releases[0]["bids"]["details"].append({**bid("X:valid:100"), "tenderers": [{"id": "X"}, {"id": "Y"}]})
    assert flagged(indicators(releases, {"R024": {"threshold": 0.05}}), "R024") == {"p1": 0.01}


def test_r024_skips_bids_in_another_currency_than_the_first_seen(indicators):
    releases = races(101, 101)
    releases[1]["bids"]["details"][1]["value"]["currency"] = "USD"
    assert flagged(indicators(releases, {"R024": {"threshold": 0.05}}), "R024") == {"p1": 0.01}


def test_a_winner_at_nothing_makes_the_difference_infinite(indicators):
    releases = [process("p", ["W:valid:0", "L:valid:5"], winner="W")]
    result = indicators(releases, {"R058": {"threshold": 1}})
    assert result["OCID"] == {"p": {"R058": None}}
    releases = [process("p", ["W:valid:0", "L:valid:0"], winner="W")]
    assert "OCID" not in indicators(releases, {"R058": {"threshold": 1}})
    assert indicators(releases, {"R058": {}})["Meta"]["R058"] == {"q1": None, "q3": None, "upper_fence": None}


def test_r025_flags_who_tenders_often_and_loses(indicators):
    releases = [
        process("p1", ["F:valid:2", "A:valid:1"], winner="A"),
        process("p2", ["F:valid:2", "F:valid:3", "A:valid:1"], winner="A"),
        process("p3", ["F:valid:2", "B:valid:1"], winner="B"),
        process("p4", ["F:valid:2", "B:valid:1"], winner="B"),
    ]
    result = indicators(releases, {"R025": {"threshold": 0.2}})
    assert flagged(result, "R025", "Tenderer") == {"F": 0.0}
    assert result["Meta"]["R025"] == {"lower_fence": 0.2, "upper_fence": 3.6667}
    result = indicators(releases, {"R025": {}})
    assert "Tenderer" not in result
    assert result["Meta"]["R025"] == {"q1": 0.1667, "q3": 1.0, "lower_fence": -1.0833, "upper_fence": 3.6667}


def test_r028_keeps_currencies_apart_and_withdrawn_bids_out(indicators):
    bids = [bid("A:valid:100", "USD"), bid("B:pending:100", "USD"), bid("C:valid:100", "EUR")]
    bids.append(bid("D:withdrawn:100", "USD"))
    result = indicators([{**process("p"), "bids": {"details": bids}}], {"R028": {}})
    assert flagged(result, "R028") == {"p": 1.0}
    assert flagged(result, "R028", "Tenderer") == {"A": 1.0, "B": 1.0}


@pytest.mark.parametrize(
    ("date", "late"),
    [("2024-05-10T12:00:01Z", True), ("2024-05-10T19:00:00+08:00", True), ("2024-05-10T12:00:00Z", False)],
)
def test_r030_compares_dates_as_text(indicators, date, late):
    release = process("p", winner="W", tenderPeriod={"endDate": "2024-05-10T12:00:00Z"})
    release["bids"]["details"] = [bid("W:valid:1", date=date)]
    result = indicators([release], {"R030": {}})
    assert flagged(result, "R030") == ({"p": 1.0} if late else {})
    assert flagged(result, "R030", "Tenderer") == ({"W": 1.0} if late else {})


@pytest.mark.parametrize(("date", "end", "late"), [("a", "a!", False), ("a ", "a", True), ('a"', "a#", False)])
def test_r030_compares_the_texts_and_not_their_quotes(indicators, date, end, late):
    release = process("p", winner="W", tenderPeriod={"endDate": end})
    release["bids"]["details"] = [bid("W:valid:1", date=date)]
    assert flagged(indicators([release], {"R030": {}}), "R030") == ({"p": 1.0} if late else {})


def test_r035_counts_the_other_tenderers(indicators):
    bids = ["V:valid:9", "D:disqualified:1", "D:disqualified:2", "E:disqualified:3", "V:disqualified:4"]
    result = indicators([process("p", bids, winner="V")], {"R035": {}})
    assert flagged(result, "R035") == {"p": 2.0}
    assert flagged(result, "R035", "Tenderer") == {"V": 0.0}
    assert "OCID" not in indicators([process("p", bids, winner="V")], {"R035": {"threshold": 3}})


def test_r036_takes_the_first_of_equal_bids_for_the_lowest(indicators):
    releases = [
        process("a", ["D:disqualified:90", "V:valid:100"], winner="V"),
        process("b", ["V:valid:90", "D:disqualified:90"], winner="V"),
        process("c", ["D:disqualified:90", "V:valid:90"], winner="V"),
    ]
    assert flagged(indicators(releases, {"R036": {}}), "R036") == {"a": 1.0, "c": 1.0}


def test_r038_compares_buyers_with_each_other(indicators):
    releases = [
        process(f"p{n}", ["A:disqualified:1" if n == 1 else "A:valid:1", "B:valid:1"]) | {"buyer": {"id": f"B{n}"}}
        for n in range(1, 8)
    ]
    result = indicators(releases[:6], {"R038": {}})
    assert flagged(result, "R038", "Buyer") == {"B1": 0.5}
    assert {k: v for k, v in result["Meta"]["R038"].items() if k.startswith("Buyer")} == {
        "Buyer_q1": 0.0, "Buyer_q3": 0.0417, "Buyer_upper_fence": 0.1042,
    }  # fmt: skip
    assert not any(name.startswith("ProcuringEntity") for name in result["Meta"]["R038"])
    assert result["Maps"]["ocid_buyer_r038"] == {"p1": "B1"}
    assert flagged(indicators(releases, {"R038": {}}), "R038", "Buyer") == {}


def supplied(ocid, supplier, codes):
    items = [{"classification": {"id": code}} for code in codes]
    return process(ocid, awards=[{"status": "active", "suppliers": [{"id": supplier}], "items": items}])


def test_r048_flags_who_supplies_too_many_kinds(indicators):
    varieties = (1, 1, 1, 1, 2, 2, 2, 9)
    releases = [
        supplied(f"p{n}", f"S{n}", [f"{kind}0{kind}" for kind in range(1, variety + 1)])
        for n, variety in enumerate(varieties, 1)
    ]
    result = indicators(releases, {"R048": {"minimum_contracting_processes": 1}})
    assert flagged(result, "R048", "Tenderer") == {"S8": 9.0}
    assert result["Meta"]["R048"] == {"q1": 1.0, "q3": 2.0, "upper_fence": 3.5}
    alone = indicators(releases[:1], {"R048": {"minimum_contracting_processes": 1}})
    assert flagged(alone, "R048", "Tenderer") == {"S1": 1.0}


def test_cancelled_and_excluded_processes_never_count(indicators):
    releases = [
        process(name, numberOfTenderers=1, procurementMethod="open", **more)
        for name, more in {
            "kept": {"status": "Cancelled"},
            "cancelled": {"status": "cancelled"},
            "excluded": {"procurementMethodDetails": "紧急采购"},
            "without": {"procurementMethodDetails": None},
        }.items()
    ]
    result = indicators(releases, {"R018": {}, "exclusions": {"procurement_method_details": "紧急采购|x"}})
    assert flagged(result, "R018") == {"kept": 1.0, "without": 1.0}


def test_r058_a_winner_at_minus_zero_lies_infinitely_far_below_nothing(indicators):
    releases = [
        process("p", ["W:valid:-0.0", "L:valid:5"], winner="W"),
        process("q", ["W:valid:0", "L:valid:5"], winner="W"),
    ]
    assert flagged(indicators(releases, {"R058": {"threshold": 0.2}}), "R058") == {"q": None}
