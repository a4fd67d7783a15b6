"""`lianheng series` as a user types it: files, registers, what it refuses."""

import csv
from pathlib import Path

import duckdb
import pytest

from lianheng.engine.redflags.series.monthly import month_name
from lianheng.engine.redflags.tests.office import Type, write_csv

pytestmark = pytest.mark.slow

BASE = [20, 23, 18, 21, 25, 19, 20, 22, 17, 24, 21, 20, 19, 22, 20, 23, 18, 21]
DROP = [*BASE[:10], 8, 9, 7, 10, 8, 6, 9, 8]
HEADS: list[object] = ["单位", "月份", "件数"]


def rows_of(unit: str, counts: list[int]) -> list[list[object]]:
    return [[unit, month_name(12 * 2023 + n), count] for n, count in enumerate(counts)]


@pytest.fixture
def counted(tmp_path: Path) -> Path:
    rows = [HEADS, *rows_of("甲镇", BASE), *rows_of("乙镇", DROP), *rows_of("丙镇", BASE[:-4])]
    rows += rows_of("丁镇", [*BASE[:-1], 0])
    return write_csv(tmp_path / "counts.csv", rows)


def test_it_tells_each_unit(lianheng: Type, counted: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = lianheng("series --today 2024-07-15 --json", counted, "--out", out)
    assert said.code == 0 and said.json["units"] == {"change": 1, "clear": 1, "cannot_tell": 1, "silence": 1}
    kinds = {row["unit"]: (row["kind"], row["month"], row["reason"]) for row in said.json["rows"]}
    assert kinds["乙镇"][:2] == ("drop", "2023-11") and kinds["甲镇"][0] is None
    assert kinds["丁镇"] == ("silence", "2024-06", "连续1个月为0，至今")
    assert "缺2024-03" in kinds["丙镇"][2] and said.json["alerts"] == ["丙镇自2024-03起没有数据"]
    assert set(said.json["run"]["files"]) == {"changes.csv", "changes.parquet", "report.html"}
    stored = duckdb.sql(f"SELECT unit, p FROM '{out}/changes.parquet' WHERE kind = 'drop'").fetchall()
    assert stored == [("乙镇", 0.001)]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2 and "<script" not in page and "丙镇自2024-03起没有数据" in page


def test_the_same_counts_in_other_forms(lianheng: Type, counted: Path, tmp_path: Path) -> None:
    first = lianheng("series --json", counted).json["rows"]
    parquet = tmp_path / "c.parquet"
    duckdb.sql(
        f"COPY (SELECT 单位 AS 街镇, CAST(月份 || '-01' AS DATE) AS 月, CAST(件数 AS BIGINT) AS 数 "
        f"FROM read_csv('{counted}', all_varchar = true)) TO '{parquet}' (FORMAT parquet)"
    )
    assert lianheng("series --json --unit 街镇 --month 月 --count 数", parquet).json["rows"] == first
    rows = list(csv.reader(counted.open(encoding="utf-8")))
    other = [[row[0], row[1].replace("-", "年") + "月" if n else row[1], row[2]] for n, row in enumerate(rows)]
    assert (
        lianheng("series --json", write_csv(tmp_path / "g.csv", [["月报表"], *other], "gb18030")).json["rows"] == first
    )


def test_it_counts_a_register_by_month(lianheng: Type, tmp_path: Path) -> None:
    heads: list[object] = ["接待编号", "单位代码", "单位名称", "接待日期", "接待费用"]
    rows = [heads]
    for n, count in enumerate(DROP):
        day = f"{month_name(12 * 2023 + n)}-05"
        rows += [[f"R{n}-{k}", "D1", "甲局", day, 10] for k in range(count)]
    path = write_csv(tmp_path / "r.csv", rows)
    assert lianheng("registers load reception", path, "--today", "2024-07-01").code == 0
    said = lianheng("series --register reception --unit unit --today 2024-07-01 --json")
    assert [(row["kind"], row["month"]) for row in said.json["rows"]] == [("drop", "2023-11")]
    # The month that is not over is no drop; a register that went quiet is told.
    part = lianheng("series --register reception --unit unit --today 2024-06-20 --json")
    assert part.json["rows"][0]["last"] == "2024-05"
    assert lianheng("series --register reception --today 2024-09-01 --json").json["alerts"] == [
        "公务接待只到2024-06，其后没有一行"
    ]
    assert "not loaded" in lianheng("series --register bid").err
    assert "not a date" in lianheng("series --register reception --date unit").err
    assert "has no column 'x'" in lianheng("series --register reception --unit x").err


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "the file is empty"),
        ([HEADS], "no row below"),
        ([["单位", "月份"], ["甲", "2024-01"]], "no row names the columns of month and count"),
        ([HEADS, ["甲", "2024-13", 1]], "line 2: column month: '2024-13' is not a month"),
        ([HEADS, ["甲", "2024-01", "很多"]], "line 2: column count"),
        ([HEADS, ["甲", "2024-01", -1]], "not a whole number of at least 0"),
        ([HEADS, ["甲", "2024-01", 1.5]], "not a whole number"),
        ([HEADS, ["甲", "2024-01", 1], ["甲", "2024年1月", 2]], "line 3: 甲 2024-01 stands twice"),
        ([HEADS, ["", "2024-01", 1]], "the unit is blank"),
    ],
)
def test_a_bad_file_is_told_what_and_where(lianheng: Type, tmp_path: Path, rows: list[list[object]], said: str) -> None:
    refused = lianheng("series", write_csv(tmp_path / "e.csv", rows), "--out", tmp_path / "out")
    assert refused.code == 2 and said in refused.err and not (tmp_path / "out").exists()


def test_options_out_of_bounds(lianheng: Type, counted: Path) -> None:
    for option, said in (("--alpha 0", "above 0"), ("--least 1", "2 to 12"), ("--rounds 99", "499 to 99999")):
        refused = lianheng(f"series {option}", counted)
        assert refused.code == 2 and said in refused.err
    assert "give a FILE" in lianheng("series").err
    few = [HEADS, *rows_of("甲", BASE[:5])]
    assert lianheng("series", write_csv(counted.with_name("few.csv"), few)).code == 1


def test_it_speaks_as_an_office_reads(lianheng: Type, counted: Path, tmp_path: Path) -> None:
    said = lianheng("series", counted, "--out", tmp_path / "out").out
    lines = {line.split("：")[0]: line for line in said.splitlines()}
    # Month, level before and after, how sure, and whether it may be the season.
    before, after = sum(DROP[:10]) / 10, sum(DROP[10:]) / 8
    assert lines["乙镇"].startswith(
        f"乙镇：2023年11月起月均由{before:.1f}件降到{after:.1f}件（为原来的{after / before:.0%}）；"
    )
    assert "如果水平并没有变，只凭偶然出现这样大的变化，可能性不超过千分之一" in lines["乙镇"]
    assert "数据不足两年，也可能是季节变化" in lines["乙镇"]
    assert lines["丁镇"].startswith("丁镇：2024年6月起连续1个月为0件，至今没有恢复，此前月均")
    assert "先核实是否漏报" in lines["丁镇"] and "不能判断，缺2024-03" in lines["丙镇"] and "甲镇" not in lines
    assert "4个单位：有变化1个，静默1个，无变化1个，不能判断1个。" in said
    assert said.splitlines()[-1].startswith("以上只是件数在统计上不同于以前，不是对任何单位或个人的结论")
    assert lines["乙镇"] in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_fall_to_nothing_is_told_once(lianheng: Type, tmp_path: Path) -> None:
    rows = [HEADS, *rows_of("戊镇", [*BASE[:15], 0, 0, 0])]
    said = lianheng("series", write_csv(tmp_path / "zero.csv", rows)).out
    assert said.count("戊镇：") == 1 and "2024年4月起连续3个月为0件" in said and "降到" not in said
    assert "（有变化的中1个同时有静默）" in said
