"""`lianheng models screens`: statistics of the bids of each tender, and which tenders to look at first.

Exit codes: 0 done; 2 the file could not be understood, and nothing was written.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli.guarding import guarded

if TYPE_CHECKING:
    from lianheng.engine.redflags.screens import Judged

HEADINGS = {
    "tender": ["tender_no", "tender", "标段编号", "招标编号", "标段", "项目编号"],
    "price": ["price", "bid_value", "报价", "投标报价", "报价（元）", "投标报价（元）"],
    "label": ["label", "collusive", "collusive_competitor", "是否串标", "已证实串标"],
}
_YES = {"1", "true", "yes", "是", "1.0"}
_NO = {"0", "false", "no", "否", "", "0.0"}
_SHOWN = ("cv", "spd", "diffp", "rd", "rdnor", "rdalt", "skew", "kurt")
_COLUMNS = ["标段", "报价家数", "结果", "原因", "说明", "合成分（0到1，越高越先看）", "变异系数CV", "极差比SPD",
            "最低两家差DIFFP", "相对距离RD", "标准化距离RDNOR", "替代距离RDALT", "偏度SKEW", "峰度KURT"]  # fmt: skip


def add_act(acts: Any) -> None:
    """Add `screens` to the commands about models."""
    act = acts.add_parser(
        "screens",
        help="collusion screens on the bids of each tender",
        description="Coefficient of variation, spread, relative distance and other screens of each tender's bids, "
        "tenders ranked by a fixed combination of two. Statistics only: a reason to look, never a finding.",
    )
    act.add_argument("bids", type=Path, metavar="BIDS", help=".csv .tsv .xlsx .xls .ods .parquet, one bid a row")
    act.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="a new folder for screens.csv, summary.json"
    )
    act.add_argument("--cv", type=float, default=0.06, metavar="NUMBER", help="highest CV of a flag (0.06)")
    act.add_argument("--rd", type=float, default=1.0, metavar="NUMBER", help="lowest relative distance of a flag (1)")
    act.add_argument("--label", action="store_true", help="read the column of proven collusion, and print AUCs")
    act.add_argument("--json", action="store_true", help="print the summary as JSON")
    act.set_defaults(run=guarded(run_screens))


def run_screens(arguments: argparse.Namespace) -> int:
    """Screen every tender of the file, write the folder whole, and tell what came out."""
    from lianheng.engine.redflags.entities.tables import csv_text, write_folder
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.result_folders import refuse_taken
    from lianheng.engine.redflags.screens import Limits, judge_tenders, screen_tender

    refuse_taken(arguments.out)
    if not 0 < arguments.cv < 10 or not 0 <= arguments.rd < 1000:
        raise RunError("--cv lies above 0 and --rd at 0 or above")
    prices, labels, blank = read_bids(arguments.bids, arguments.label)
    judged = judge_tenders(
        [screen_tender(tender, given) for tender, given in prices.items()], Limits(arguments.cv, arguments.rd)
    )
    summary = _summary(judged, blank)
    if arguments.label:
        summary["auc"] = _worth(judged, labels)
    judged.sort(key=lambda row: (row.score is None, -(row.score or 0), row.screens.tender))
    files = {
        "screens.csv": csv_text(_COLUMNS, [_row(one) for one in judged]),
        "summary.json": json.dumps(summary, ensure_ascii=False, indent=1) + "\n",
    }
    write_folder(arguments.out, files)
    _say(summary, arguments)
    return 0


def read_bids(path: Path, with_labels: bool) -> tuple[dict[str, list[Decimal]], dict[str, bool], int]:
    """Prices by tender, whether any bid of a tender is marked, and the number of bids without a price."""
    from lianheng.engine.redflags.entities.tables import read_columns
    from lianheng.engine.redflags.problems import RunError

    prices: dict[str, list[Decimal]] = {}
    labels: dict[str, bool] = {}
    blank = 0
    for line, row in read_columns(path, HEADINGS, ["tender", "price", *(["label"] if with_labels else [])]):
        if not row["tender"]:
            raise RunError(f"{path.name}: row {line}: the tender's number is empty; fill it in")
        given = prices.setdefault(row["tender"], [])
        if row["price"]:
            given.append(_price(row["price"], f"{path.name}: row {line}"))
        else:
            blank += 1
        mark = row["label"].lower()
        if with_labels and mark not in _YES | _NO:
            raise RunError(f"{path.name}: row {line}: {row['label']!r} says neither yes (1) nor no (0)")
        labels[row["tender"]] = labels.get(row["tender"], False) or mark in _YES
    return prices, labels, blank


def _price(text: str, where: str) -> Decimal:
    from lianheng.engine.redflags.loading.cells import BadCell, read_number
    from lianheng.engine.redflags.problems import RunError

    try:
        price = read_number(text)
    except BadCell:
        raise RunError(f"{where}: {text!r} is no price; write digits and a point") from None
    if price <= 0 or price > Decimal(10) ** 15:
        raise RunError(f"{where}: the price {text} is not above 0 and below 10^15; correct it or leave it empty")
    return price


def _summary(judged: Sequence[Judged], blank: int) -> dict[str, Any]:
    counts = {result: sum(row.result == result for row in judged) for result in ("flag", "clear", "cannot_tell")}
    return {"tenders": len(judged), "bids_without_price": blank, **counts}


def _worth(judged: Sequence[Judged], labels: dict[str, bool]) -> dict[str, Any]:
    """The AUC of each screen and of the combination, over the tenders for which it is defined."""
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.screens import SCREENS, auc

    found = {}
    scores = {
        name: [(sign * value, row) for row in judged if (value := getattr(row.screens, name)) is not None]
        for name, sign in SCREENS.items()
    }
    scores["combination"] = [(row.score, row) for row in judged if row.score is not None]
    for name, pairs in scores.items():
        try:
            worth = auc([score for score, _ in pairs], [labels[row.screens.tender] for _, row in pairs])
        except ValueError as error:
            if name == "cv":
                raise RunError(f"no AUC: {error}") from error
            continue
        found[name] = {"auc": round(float(worth), 4), "tenders": len(pairs)}
    return found


def _row(one: Judged) -> list[object]:
    numbers = [getattr(one.screens, name) for name in _SHOWN]
    score = None if one.score is None else f"{float(one.score):.4f}"
    shown = [None if n is None else "∞" if math.isinf(n) else round(n, 4) for n in numbers]
    return [one.screens.tender, one.screens.bids, one.result, one.reason, one.explanation, score, *shown]


def _say(summary: dict[str, Any], arguments: argparse.Namespace) -> None:
    if arguments.json:
        print(json.dumps({**summary, "folder": str(arguments.out)}, ensure_ascii=False, indent=1))
        return
    print(f"{summary['tenders']} tenders: {summary['flag']} flags, {summary['clear']} clear, "
          f"{summary['cannot_tell']} cannot be told; {summary['bids_without_price']} bids without a price")  # fmt: skip
    for name, row in summary.get("auc", {}).items():
        print(f"  AUC {name:12} {row['auc']:.4f}  over {row['tenders']} tenders")
    print(f"{arguments.out}/screens.csv")
