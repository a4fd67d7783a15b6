"""A quotation mark that belongs to no cell costs its own line: rows loaded and refused are the lines of the file."""

import csv
import io
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from lianheng.engine.redflags.loading.csv_records import read_records
from lianheng.engine.redflags.tests.office import Type

REGISTER = """id: paid
title: 发放
meaning: 每笔一行
owner: 民政局
lawful_basis: (draft)
retention_months: 60
expected: {every: month}
key: [no]
columns:
  no: {type: text, label: 流水号, required: true, meaning: 流水号}
  scheme: {type: text, label: 补贴项目, meaning: 项目}
  amount: {type: 'decimal(12,2)', label: 金额, required: true, min: 0, meaning: 元}
  note: {type: text, label: 备注, meaning: 备注}
"""
HEAD = "流水号,补贴项目,金额,备注"


def lines_of(count: int) -> list[str]:
    return [f"P{n:04},农村低保,{n}.50,无" for n in range(count)]


def load(lianheng: Type, office: Path, lines: list[str]) -> tuple[Type, Path]:
    (office / "registers").mkdir(exist_ok=True)
    (office / "registers/paid.yaml").write_text(REGISTER, encoding="utf-8")
    path = office.parent / "paid.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    return lianheng, path


def test_two_stray_marks_cost_two_lines(office: Path, lianheng: Type) -> None:
    lines = lines_of(990)
    lines[98], lines[398] = lines[98].replace("农村", '"农村'), lines[398].replace("农村", '农村"')
    lines[500] = lines[500].replace("农村低保", '农村低保"')
    lines[498] = '"' + lines[498]
    _, path = load(lianheng, office, lines)
    (said,) = lianheng("registers load paid --json --today 2025-01-10", path).json
    assert (said["rows"], said["refused"]) == (986, 4)
    with Path(said["quarantine"]).open(encoding="utf-8-sig", newline="") as file:
        found = {int(row["行号"]): row["reason"] for row in csv.DictReader(file)}
    assert sorted(found) == [100, 400, 500, 502]
    assert "opens a quotation mark that is not closed" in found[100] and "belongs to no cell" in found[400]


def test_a_mark_that_is_never_closed_costs_its_line(office: Path, lianheng: Type) -> None:
    lines = lines_of(990)
    lines[498] = lines[498].replace("农村", '"农村')
    _, path = load(lianheng, office, lines)
    (said,) = lianheng("registers load paid --json --today 2025-01-10", path).json
    assert (said["rows"], said["refused"]) == (989, 1)


def test_a_cell_may_hold_line_breaks_and_marks(office: Path, lianheng: Type) -> None:
    rows = [[f"P{n}", "低保", f"{n}.00", f'第一行,"{n}"\n第二行\r\n\n第三行'] for n in range(40)]
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    _, path = load(lianheng, office, [text.getvalue().rstrip("\r\n")])
    (said,) = lianheng("registers load paid --json --today 2025-01-10", path).json
    assert (said["rows"], said["refused"]) == (40, 0)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_line_is_lost(data: st.DataObject) -> None:
    """Whatever quotation marks fall into a file of one-line rows: each line is a record of its own, or told."""
    count = data.draw(st.integers(1, 60))
    lines = [HEAD, *lines_of(count)]
    for _ in range(data.draw(st.integers(0, 8))):
        line = data.draw(st.integers(1, count))
        place = data.draw(st.integers(0, len(lines[line])))
        lines[line] = lines[line][:place] + '"' + lines[line][place:]
    odd: list[tuple[int, str, str]] = []
    records = list(read_records(enumerate((f"{line}\n" for line in lines), 1), ",", odd, "x.csv"))
    assert sorted([number for number, _ in records] + [number for number, _, _ in odd]) == [*range(1, count + 2)]
    # What has no mark in it is read as it stands.
    clean = {number: line.split(",") for number, line in enumerate(lines, 1) if '"' not in line}
    assert {number: cells for number, cells in records if number in clean} == clean


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text('ab,"\n ', max_size=6), min_size=4, max_size=4), min_size=1, max_size=8))
def test_what_a_program_wrote_is_read_whole_or_told(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["甲", "乙", "丙", "丁"], *rows])
    odd: list[tuple[int, str, str]] = []
    lines = text.getvalue().splitlines(keepends=True)
    records = list(read_records(enumerate(lines, 1), ",", odd, "x.csv"))
    read = [[cell.strip() for cell in cells] for _, cells in records]
    assert odd or read == [["甲", "乙", "丙", "丁"], *([cell.strip() for cell in row] for row in rows)]


def test_two_strays_that_pair_up_swallow_no_short_file() -> None:
    lines = lines_of(11)
    lines[1], lines[10] = 'P0001,农村低保,1.50,"无', 'P0010,农村低保,10.50",无'
    odd: list[tuple[int, str, str]] = []
    records = list(read_records(enumerate((f"{line}\n" for line in [HEAD, *lines]), 1), ",", odd, "x.csv"))
    assert [number for number, *_ in odd] == [3, 12] and len(records) == 10
