"""`lianheng entities match`: the same firms or people in two registers, each match with its reasons.

Exit codes: 0 done; 1 nothing in A has a counterpart in B; 2 it could not be understood or is refused, nothing written.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli.guarding import Intermixed, guarded

if TYPE_CHECKING:
    from lianheng.engine.redflags.entities import Match, Outcome, Regions

_COLUMNS = ["甲行", "甲代码", "甲名称", "判断", "乙行", "乙代码", "乙名称", "依据", "权重", "说明"]
_PEOPLE_COLUMNS = ["甲行", "甲姓名", "判断", "乙行", "乙姓名", "依据", "权重", "说明"]


def add_parser(rooms: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands about firms and people in two registers."""
    entities = rooms.add_parser("entities", help="the same firms or people in two registers")
    acts: Any = entities.add_subparsers(metavar="ACT", required=True, parser_class=Intermixed)
    match = acts.add_parser(
        "match",
        help="match the rows of A with those of B: ids first, then names",
        description="Match every row of A with rows of B and say why. Firms by default; people only with --people, "
        "into a folder for its owner alone.",
    )
    match.add_argument("a", type=Path, metavar="A", help=".csv .tsv .xlsx .xls .ods .parquet")
    match.add_argument("b", type=Path, metavar="B", help="the same; the register that is searched")
    match.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder for the result")
    match.add_argument("--people", action="store_true", help="the rows are people, not firms")
    match.add_argument("--sheet", default="", help="the sheet of workbooks (default: the first)")
    match.add_argument("--column", action="append", default=[], metavar="FIELD=HEADING",
                       help="where a heading is not known: id, name, phone, address, person, birth, area")  # fmt: skip
    match.add_argument("--json", action="store_true", help="print the summary as JSON")
    match.set_defaults(run=guarded(run_match))


def run_match(arguments: argparse.Namespace) -> int:
    """Read both registers, match them, write the folder whole."""
    from lianheng.engine.redflags.entities import match_registers, read_register
    from lianheng.engine.redflags.entities.tables import csv_text, write_folder
    from lianheng.engine.redflags.loading.clear_ids import mask_clear_ids
    from lianheng.engine.redflags.result_folders import refuse_taken

    refuse_taken(arguments.out)
    columns = _headings(arguments.column)
    regions = None if arguments.people else load_regions()
    records = []
    for path in (arguments.a, arguments.b):
        _progress(f"reading {path.name}")
        records.append(list(read_register(path, regions, columns, arguments.sheet)))
    outcome = match_registers(records[0], records[1], firms=not arguments.people, progress=_progress)
    summary = _summary(outcome, len(records[0]), len(records[1]), arguments.people)
    unmatched = [
        (record.row, "" if arguments.people else mask_clear_ids(record.id), record.name) for record in outcome.unmatched
    ]
    files = {
        "matches.csv": csv_text(
            _PEOPLE_COLUMNS if arguments.people else _COLUMNS, (_row(m, arguments.people) for m in outcome.matches)
        ),
        "unmatched.csv": csv_text(["甲行", "甲代码", "甲名称"], unmatched),
        "summary.json": json.dumps(summary, ensure_ascii=False, indent=1) + "\n",
    }
    write_folder(arguments.out, files, people=arguments.people)
    _say(summary, arguments)
    return 0 if summary["same"] or summary["possible"] else 1


def _headings(given: list[str]) -> dict[str, str]:
    from lianheng.engine.redflags.problems import RunError

    columns = {}
    for text in given:
        field, mark, heading = text.partition("=")
        if not mark or not heading:
            raise RunError(f"--column {text}: give FIELD=HEADING, such as name=单位全称")
        columns[field] = heading
    return columns


@cache
def load_regions() -> Regions:
    """Names of the provinces, cities and counties that the program knows."""
    import lianheng.library
    from lianheng.engine.redflags.entities import Regions

    path = Path(lianheng.library.__file__).parent / "divisions" / "china-all-levels.csv.gz"
    names = []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            code, name, _ = line.split(",", 2)
            if len(code) <= 6 and code.isdigit():
                names.append((name, len(code) // 2))
    return Regions.of(names)


def _row(match: Match, people: bool) -> list[object]:
    from lianheng.engine.redflags.entities.matching import DECISIONS
    from lianheng.engine.redflags.loading.clear_ids import mask_clear_ids

    a, b = match.a, match.b
    by = {"id": "代码", "name": "名称和其他信息"}[match.by]
    told = [by, match.weight, match.explanation]
    if people:
        return [a.row, a.name, DECISIONS[match.decision], b and b.row, b and b.name, *told]
    # A trader of one's own may be registered under one's own id.
    ids = [one and mask_clear_ids(one.id) for one in (a, b)]
    return [a.row, ids[0], a.name, DECISIONS[match.decision], b and b.row, ids[1], b and b.name, *told]


def _summary(outcome: Outcome, rows_a: int, rows_b: int, people: bool) -> dict[str, Any]:
    counts = {decision: outcome.count(decision) for decision in ("same", "possible", "cannot_tell", "different")}
    by_id = len({match.a.row for match in outcome.matches if match.decision == "same" and match.by == "id"})
    return {"kind": "people" if people else "firms", "rows_a": rows_a, "rows_b": rows_b, **counts,
            "same_by_id": by_id, "unmatched": len(outcome.unmatched)}  # fmt: skip


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)


def _say(summary: dict[str, Any], arguments: argparse.Namespace) -> None:
    if arguments.json:
        print(json.dumps({**summary, "folder": str(arguments.out)}, ensure_ascii=False, indent=1))
        return
    print(f"{summary['rows_a']} rows of A, {summary['rows_b']} of B: {summary['same']} the same "
          f"({summary['same_by_id']} by id), {summary['possible']} possible, {summary['cannot_tell']} cannot be told, "
          f"{summary['different']} different, {summary['unmatched']} without a counterpart")  # fmt: skip
    print(f"{arguments.out}/matches.csv")
