"""Screens of bids: worked by hand, against the standard library, and on the labelled tenders of Operation Car Wash."""

import csv
import json
import math
import os
import statistics
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianheng.cli.main import main
from lianheng.engine.redflags.screens import SCREENS, auc, judge_tenders, screen_tender

TESTDATA = os.environ.get("LIANHENG_TESTDATA")


def test_a_tender_worked_by_hand() -> None:
    # Mean 110, sum of squares 200 + 50: bids 100, 105, 110, 115, 120; gaps of 5.
    one = screen_tender("T", [Decimal(x) for x in (120, 100, 105, 115, 110)])
    assert one.cv == pytest.approx(math.sqrt(62.5) / 110)
    assert one.spd == pytest.approx(0.2)
    assert one.diffp == pytest.approx(0.05)
    assert one.rd == pytest.approx(5 / math.sqrt(125 / 3))
    assert (one.rdnor, one.rdalt, one.skew) == (1, 1, 0)
    # Five equal steps: the excess kurtosis G2 is −1.2.
    assert one.kurt == pytest.approx(-1.2)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 10**6), min_size=3, max_size=12), st.integers(2, 50))
def test_screens_do_not_depend_on_the_unit_of_money_nor_on_order(prices: list[int], factor: int) -> None:
    one, other = screen_tender("T", prices), screen_tender("T", [price * factor for price in reversed(prices)])
    for name in SCREENS:
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None)
        assert a is None or a == pytest.approx(b, rel=1e-6, abs=1e-6)
    if one.cv:
        assert one.cv == pytest.approx(statistics.stdev(prices) / statistics.fmean(prices))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=15))
def test_auc_against_all_pairs(items: list[tuple[int, bool]]) -> None:
    marked = [score for score, label in items if label]
    others = [score for score, label in items if not label]
    if not marked or not others:
        with pytest.raises(ValueError, match="both kinds"):
            auc([score for score, _ in items], [label for _, label in items])
        return
    wins = sum(Fraction(m > o) + Fraction(m == o, 2) for m in marked for o in others)
    assert auc([score for score, _ in items], [label for _, label in items]) == wins / (len(marked) * len(others))


def test_too_few_equal_and_apart() -> None:
    few = screen_tender("few", [10, 11])
    equal = screen_tender("equal", [10, 10, 10])
    losers_equal = screen_tender("losers", [100, 105, 105, 105])
    rows = judge_tenders([few, equal, losers_equal, screen_tender("honest", [100, 130, 170])])
    assert [(row.result, row.reason) for row in rows] == [
        ("cannot_tell", "few_bids"), ("flag", "identical"), ("flag", "close_and_apart"), ("clear", None),
    ]  # fmt: skip
    assert losers_equal.rd == math.inf and "无穷大" in rows[2].explanation
    assert rows[0].score is None and rows[1].score is None
    assert "只有2家" in rows[0].explanation


def test_limits_are_reached_exactly() -> None:
    # Losers 102, 103, 104 have a spread of 1, the lowest stands 1 apart: RD is 1 and no more.
    at, under = screen_tender("at", [101, 102, 103, 104]), screen_tender("under", [Decimal("101.01"), 102, 103, 104])
    assert at.rd == 1
    assert [row.result for row in judge_tenders([at, under])] == ["flag", "clear"]


BIDS = """标段编号,投标报价,是否串标
A,1000000,1
A,1040000,1
A,1045000,1
A,1050000,0
B,1000000,0
B,1100000,0
B,1300000,0
B,1700000,0
C,1000000,0
C,,0
"""


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bids = tmp_path / "bids.csv"
    bids.write_text(BIDS, encoding="gb18030")
    assert main(["models", "screens", str(bids), "--out", str(tmp_path / "out"), "--label", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["flag"], said["clear"], said["cannot_tell"], said["bids_without_price"]) == (1, 1, 1, 1)
    assert said["auc"]["cv"] == {"auc": 1.0, "tenders": 2}
    with (tmp_path / "out/screens.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows] == ["标段", "A", "B", "C"]
    assert rows[1][2] == "flag" and "变异系数" in rows[1][4] and float(rows[1][5]) == 0.75


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("标段编号,报价\nA,-5\n", "row 2: the price -5"),
        ("标段编号,报价\nA,一百\n", "is no price"),
        ("标段编号,报价\n,5\n", "tender's number is empty"),
        ("标段编号,金额\nA,5\n", "no column for price"),
    ],
)
def test_bad_input(text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bids.csv").write_text(text, encoding="utf-8")
    assert main(["models", "screens", str(tmp_path / "bids.csv"), "--out", str(tmp_path / "out")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(TESTDATA is None, reason="LIANHENG_TESTDATA is not set: labelled bids may not be committed")
def test_the_labelled_tenders_of_operation_car_wash(capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(TESTDATA or "") / "redflags/carwash_bids/original-dataset.json"
    table = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    bids = defaultdict(list)
    for cells in table["data"]:
        row = dict(zip(table["columns"], cells, strict=True))
        bids[row["Tender"]].append(row)
    found = [screen_tender(str(tender), [row["Bid_value"] for row in rows]) for tender, rows in bids.items()]
    labels = [any(row["Collusive_competitor"] for row in rows) for rows in bids.values()]
    assert (len(found), sum(labels)) == (100, 32)
    # The screens as the data set gives them, to its four decimals.
    for one, rows in zip(found, bids.values(), strict=True):
        for column in ("CV", "SPD", "SKEW", "DIFFP", "RD"):
            assert getattr(one, column.lower()) == pytest.approx(float(rows[0][column]), abs=5.001e-5)
    assert f"{float(auc([-one.cv for one in found], labels)):.4f}" == "0.8998"
    judged = judge_tenders(found)
    combined = auc([row.score for row in judged], labels)
    flagged = [label for row, label in zip(judged, labels, strict=True) if row.result == "flag"]
    with capsys.disabled():
        print(f"\ncar wash: low CV 0.8998; fixed combination {float(combined):.4f} (aim 0.90); "
              f"{sum(flagged)} of {len(flagged)} flags collusive, of {sum(labels)}")  # fmt: skip
    # Declared before it was computed; it misses its aim of 0.90, and docs/explanation/bid-screens.md says so.
    assert combined == Fraction(235, 272)
    assert (sum(flagged), len(flagged)) == (14, 17)
