"""What a load accepts, what it refuses, and that a refused load leaves nothing behind."""

import csv
import datetime as dt
import random
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from lianheng.engine.redflags.store import Store
from lianheng.engine.redflags.tests.office import Type

pytestmark = pytest.mark.slow

HEADS = ["身份证号", "姓名", "发放日期", "金额", "备注"]
Write = Callable[..., Path]

REGISTER = """id: pay
title: 发放表
meaning: 每笔一行
owner: 民政局
lawful_basis: (draft)
retention_months: 60
key: [person_id, day]
period: day
expected: {every: month, grace_days: 10}
columns:
  person_id: {type: text, label: 身份证号, role: person_id, required: true, pattern: '\\d{17}[\\dX]', meaning: 领款人}
  name: {type: text, label: 姓名, role: person_name, meaning: 姓名}
  day: {type: date, label: 发放日期, required: true, meaning: 日期}
  amount: {type: 'decimal(10,2)', label: 金额, also: [发放金额], required: true, min: 0, meaning: 元}
"""


def person(number: int) -> str:
    """An id of region 000000, made at run time; its check digit is never the right one."""
    body = f"000000{1950 + number % 50}0101{number % 1000:03d}"
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    right = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]
    return body + ("1" if right != "1" else "2")


@pytest.fixture
def declared(office: Path) -> Path:
    (office / "registers").mkdir()
    (office / "registers/pay.yaml").write_text(REGISTER, encoding="utf-8")
    return office


def write_csv(
    path: Path, rows: Sequence[Sequence[object]], encoding: str = "utf-8", heads: Sequence[str] = HEADS
) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([heads, *rows])
    return path


def rows_of(count: int) -> list[list[object]]:
    return [[person(n), f"户{n}", f"2024-0{1 + n % 9}-15", f"{100 + n}.50", "备注"] for n in range(count)]


def stored(office: Path) -> list[tuple[object, ...]]:
    files = [str(path) for path in (office / "data/pay").rglob("*.parquet")]
    return duckdb.read_parquet(files, hive_partitioning=False).order("amount").fetchall() if files else []


def test_utf8_gb18030_excel_and_parquet_give_the_same_rows(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    seen = []
    for kind in ("utf8.csv", "gb.csv", "book.xlsx", "table.parquet"):
        path = tmp_path / kind
        if kind == "book.xlsx":
            with xlsxwriter.Workbook(str(path)) as book:
                sheet = book.add_worksheet()
                sheet.write(0, 0, "某县2024年发放表（单位：元）")
                for line, row in enumerate([HEADS, *rows_of(30)], 1):
                    sheet.write_row(
                        line, 0, [float(cell) if n == 3 and line > 1 else cell for n, cell in enumerate(row)]
                    )
        elif kind == "table.parquet":
            write_csv(tmp_path / "x.csv", rows_of(30))
            duckdb.sql(f"COPY (FROM read_csv('{tmp_path}/x.csv', all_varchar = true)) TO '{path}' (FORMAT parquet)")
        else:
            write_csv(path, rows_of(30), "gb18030" if kind == "gb.csv" else "utf-8-sig")
        said = lianheng("registers load pay --replace --json", path, "--today", "2024-10-01")
        assert (said.code, said.err) == (0, "")
        assert (said.json[0]["rows"], said.json[0]["refused"], said.json[0]["not_loaded"]) == (30, 0, ["备注"])
        seen.append(stored(declared))
    assert seen[0] == seen[1] == seen[2] == seen[3]
    assert len(seen[0]) == 30


def test_clear_ids_and_names_are_nowhere_but_in_the_source(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    bad = [[person(99), "户九九", "2024-13-40", "5", ""]]
    lianheng("registers load pay", write_csv(tmp_path / "a.csv", [*rows_of(20), *bad]), "--today", "2024-10-01")
    key = declared / "sealed/person.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    found = stored(declared)
    assert len(found) == 20 and all(len(str(row[0])) == 12 for row in found) and len({row[0] for row in found}) == 20
    everything = b"".join(path.read_bytes() for path in declared.rglob("*") if path.is_file())
    for number in (*range(20), 99):
        assert person(number).encode() not in everything
    assert "户九九".encode() not in everything and b"2024-13-40" in everything
    key.chmod(0o644)
    said = lianheng("registers load pay", write_csv(tmp_path / "b.csv", rows_of(3)), "--today", "2024-10-02")
    assert said.code == 2 and "chmod 600" in said.err


def test_dates_in_four_formats(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    days = ["2024-01-05", "2024/1/5", "20240105", "2024年1月5日"]
    rows = [[person(n), "", day, "1", ""] for n, day in enumerate(days)]
    assert lianheng("registers load pay", write_csv(tmp_path / "a.csv", rows), "--today", "2024-10-01").code == 0
    assert {row[2] for row in stored(declared)} == {dt.date(2024, 1, 5)}


def test_bad_rows_go_to_quarantine_with_their_reasons(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    good = rows_of(100)
    bad = [
        [person(200), "", "2024-02-30", "1", ""],
        [person(201), "", "2024-02-01", "-1.50", ""],
        [person(202), "", "2024-02-01", "一百", ""],
        ["", "", "2024-02-01", "1", ""],
        ["12", "", "2024-02-01", "1", ""],
        [person(203), "", "2024-02-01", "1.555", ""],
        good[0],
    ]
    said = lianheng("registers load pay --json", write_csv(tmp_path / "a.csv", [*good, *bad]), "--today", "2024-10-01")
    assert said.code == 0 and (said.json[0]["rows"], said.json[0]["refused"]) == (100, 7)
    with Path(said.json[0]["quarantine"]).open(encoding="utf-8-sig", newline="") as file:
        found = [(row["行号"], row["reason"]) for row in csv.DictReader(file)]
    assert found == [
        ("102", "发放日期 '2024-02-30' is not a day of the calendar"),
        ("103", "金额 -1.50 is below 0"),
        ("104", "金额 '一百' is not a number"),
        ("105", "身份证号 is blank"),
        ("106", "身份证号 the value does not have the form \\d{17}[\\dX]"),
        ("107", "金额 '1.555' does not fit decimal(10,2)"),
        ("108", "its key stands twice in this load"),
    ]


def test_clerks_read_the_reasons_in_chinese(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    """In Excel: a mark of UTF-8 first, what clerks read before the cells, code and English behind them."""
    good = rows_of(100)
    bad = [
        [person(200), "", "2024-02-30", "一百", ""],
        [person(201), "", "2024-02-01", "-1.50", ""],
        ["12", "", "", "1", ""],
        good[0],
        ["合计", "", "", "1900", ""],
    ]
    said = lianheng("registers load pay --json", write_csv(tmp_path / "a.csv", [*good, *bad]), "--today", "2024-10-01")
    path = Path(said.json[0]["quarantine"])
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["行号", "列", "退回原因", "身份证号", "姓名", "发放日期", "金额", "原因代码", "reason"]
    assert [(row[1], row[2], row[-2]) for row in rows[1:]] == [
        (
            "发放日期；金额",
            "发放日期：“2024-02-30”不是日历上有的日期；金额：“一百”不是数字",
            "no_calendar_day not_number",
        ),
        ("金额", "金额：-1.50小于下限0", "below"),
        (
            "身份证号；发放日期",
            "身份证号：该值不符合规定的形式：18位证件号码，末位可为X；发放日期：为空，此列必填",
            "form blank",
        ),
        ("", "是合计或落款行（合计），不是一条记录", "closing_line"),
        ("身份证号、发放日期", "身份证号、发放日期：主键在本次载入中重复出现", "key_twice"),
    ]
    assert "为空" not in said.out and not any("一百" in row[-1] and "不是" in row[-1] for row in rows)


def test_amounts_as_people_write_them(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    written = ["1,234.50", "12,345,678", "1，234", "１２．５", "1,0000", "+3", "1,5", "12,34", "1_000", "٣", "1,234,5"]
    rows = [[person(n), "", "2024-01-05", amount, ""] for n, amount in enumerate(written)]
    path = write_csv(tmp_path / "a.csv", rows)
    said = lianheng("registers load pay --json --most-refused 50", path, "--today", "2024-10-01").json[0]
    found = sorted(row[3] for row in stored(declared))
    assert [str(amount) for amount in found] == ["3.00", "12.50", "1234.00", "1234.50", "10000.00", "12345678.00"]
    with Path(said["quarantine"]).open(encoding="utf-8-sig", newline="") as file:
        reasons = [row["reason"] for row in csv.DictReader(file)]
    assert reasons == [f"金额 {amount!r} is not a number" for amount in written[6:]]


def test_ids_as_exports_write_them(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    """With the sign for text, in groups, in full width, with a tab: the same person, whose other rows join."""
    whole = [person(n) for n in range(5)]
    written = [
        f"'{whole[0]}", f"{whole[1][:6]} {whole[1][6:14]} {whole[1][14:]}", f"{whole[2]}\t", f"\u200b{whole[3]}",
        whole[4].translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    ]  # fmt: skip
    for name, ids in (("a.csv", whole), ("b.csv", written)):
        rows = [[id_, "", f"2024-0{1 + (name == 'b.csv')}-05", "1", ""] for id_ in ids]
        said = lianheng("registers load pay", write_csv(tmp_path / name, rows), "--today", "2024-10-01")
        assert said.code == 0 and "5 rows loaded" in said.out
    assert len({row[0] for row in stored(declared)}) == 5 and len(stored(declared)) == 10


def test_merged_cells_are_read_in_each_of_their_rows(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    """But no amount: what stands once for a family is not paid to each of its members."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 1, 4, "某县2024年发放表（单位：元）")
        sheet.write_row(2, 0, HEADS)
        for n in range(12):
            sheet.write(3 + n, 0, person(n))
            if n < 10:
                sheet.write(3 + n, 3, 100 + n)
        sheet.merge_range(3, 2, 8, 2, "2024-02-15")
        sheet.merge_range(9, 2, 14, 2, "2024年3月15日")
        sheet.merge_range(13, 3, 14, 3, 300)
        sheet.merge_range(15, 0, 17, 4, "填表说明：每人一行")
    said = lianheng("registers load pay", path, "--today", "2024-10-01", "--most-refused", "20")
    assert said.code == 0 and "11 rows loaded" in said.out and "1 × 金额 is blank" in said.out, said.out + said.err
    assert "merged cells read in each of their rows: 10 (texts and days; amounts are not)" in said.out
    assert {row[2].month for row in stored(declared)} == {2, 3}


def test_a_heading_may_name_the_unit_of_its_column(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    """But no other one: ten thousand yuan would be taken for yuan."""
    for name, heading in (
        ("a.csv", "金额（元）"),
        ("b.csv", "发放金额\n(元)"),
        ("c.csv", "金额/元"),
        ("d.csv", "金额（万元）"),
    ):
        rows = [[person(ord(name[0])), "", "2024-02-05", "1"]]
        path = write_csv(tmp_path / name, rows, heads=[*HEADS[:3], heading])
        said = lianheng("registers load pay", path, "--today", "2024-10-01")
        assert said.code == (2 if "万" in heading else 0), heading
    assert "no column 金额 (amount) (is it '金额（万元）', in another unit? convert the numbers" in said.err


def test_errors_of_spreadsheets_are_no_text(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    rows = [
        [person(n), mark, "2024-02-05", "1", ""] for n, mark in enumerate(["甲", "#N/A", "########", "#1组", "#REF!"])
    ]
    said = lianheng(
        "registers load pay --most-refused 70", write_csv(tmp_path / "a.csv", rows), "--today", "2024-10-01"
    )
    assert "2 rows loaded" in said.out and "姓名 '#N/A' is what a spreadsheet shows for a failed formula" in said.out


def test_what_only_parquet_can_hold(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    """NaN is what pandas writes for a blank; an instant in another zone is a day in China; infinity is no amount."""
    path = tmp_path / "a.parquet"
    values = ", ".join(
        f"('{person(n)}', {name}, TIMESTAMPTZ '2024-01-01 16:30:00+00', {amount}, NULL)"
        for n, (name, amount) in enumerate([("'甲'", "1.5"), ("NULL", "'NaN'"), ("''", "'inf'"), ("'乙'", "1e300")])
    )
    heads = ", ".join(f'"{head}"' for head in HEADS)
    duckdb.sql(
        f"COPY (SELECT * REPLACE (CAST(金额 AS DOUBLE) AS 金额) FROM (VALUES {values}) AS t({heads})) TO '{path}'"
    )
    said = lianheng("registers load pay --most-refused 80", path, "--today", "2024-10-01")
    assert said.code == 0, said.err
    assert [(str(row[2]), str(row[3])) for row in stored(declared)] == [("2024-01-02", "1.50")]
    for reason in ("金额 is blank", "金额 inf is not a number", "金额 1e+300 does not fit decimal(10,2)"):
        assert reason in said.out, said.out


def test_ids_that_excel_turned_into_numbers_are_refused_whole(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate([HEADS, *[[1.2e17 + n, "", "2024-01-05", 1, ""] for n in range(5)]]):
            sheet.write_row(line, 0, row)
    said = lianheng("registers load pay", path, "--today", "2024-10-01")
    assert said.code == 2
    assert (
        "5 of 5 rows are refused" in said.err and "last digits are lost: make the column text at the source" in said.err
    )
    assert stored(declared) == [] and lianheng("registers list --json").json[-1]["batches"] == []
    with xlsxwriter.Workbook(str(path)) as book:  # noughts at the front are lost before any last digit is
        sheet = book.add_worksheet()
        for line, row in enumerate([HEADS, *[[198001010010.0 + n, "", "2024-01-05", 1, ""] for n in range(5)]]):
            sheet.write_row(line, 0, row)
    assert (
        "noughts at its front are lost: make the column text at the source" in lianheng("registers load pay", path).err
    )


def test_wrong_columns_are_named_with_the_nearest_heading(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", rows_of(3), heads=["身份证号", "姓名", "发放日", "金额", "备注"])
    said = lianheng("registers load pay", path)
    assert said.code == 2
    assert "a.csv: wrong columns for register pay" in said.err
    assert "no column 发放日期 (day) (is it '发放日'? rename it" in said.err
    assert "found: 身份证号, 姓名, 发放日, 金额, 备注" in said.err


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (",".join(HEADS).encode(), "0 rows below the headings"), (b"PK\x03\x04", "wrong columns")],
)
def test_nothing_in_it(declared: Path, lianheng: Type, tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    answer = lianheng("registers load pay", path)
    assert answer.code == 2 and said in answer.err
    assert stored(declared) == []


def test_a_damaged_workbook_and_an_unknown_kind(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    for name, said in (
        ("a.xlsx", "cannot be read as a workbook"),
        ("a.doc", ".doc is not read"),
        ("b.csv", "no such file"),
    ):
        if name != "b.csv":
            (tmp_path / name).write_bytes(b"nonsense")
        answer = lianheng("registers load pay", tmp_path / name)
        assert answer.code == 2 and said in answer.err


def test_the_same_file_twice_is_refused_by_its_hash(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", rows_of(5))
    assert lianheng("registers load pay", path, "--today", "2024-10-01").code == 0
    renamed = path.rename(tmp_path / "again.csv")
    said = lianheng("registers load pay", renamed, "--today", "2024-10-02")
    assert said.code == 2 and "is loaded already: batch pay_20241001_001 of 2024-10-01 (a.csv)" in said.err


def test_rows_of_an_earlier_batch_are_refused_and_replace_takes_it_out(
    declared: Path, lianheng: Type, tmp_path: Path
) -> None:
    lianheng("registers load pay", write_csv(tmp_path / "a.csv", rows_of(5)), "--today", "2024-10-01")
    newer = write_csv(tmp_path / "b.csv", rows_of(6))
    said = lianheng("registers load pay", newer, "--today", "2024-10-02")
    assert said.code == 2 and "5 × its key is loaded already (to load a newer version of a batch: --replace" in said.err
    said = lianheng("registers load pay --replace --json", newer, "--today", "2024-10-02")
    assert said.code == 0 and said.json[0]["replaced"] == ["pay_20241001_001"]
    assert len(stored(declared)) == 6
    # As if it had been killed before the old batch was taken out: its rows do not count beside those of the new one.
    gone = declared / "data/_batches/pay_20241001_001.gone"
    gone.rename(gone.with_suffix(".json"))
    assert Store(declared / "data").rows("pay") == 6


def test_a_batch_is_undone(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    lianheng("registers load pay", write_csv(tmp_path / "a.csv", rows_of(5)), "--today", "2024-10-01")
    assert "took out batch pay_20241001_001: 5 rows" in lianheng("registers undo pay_20241001_001").out
    assert stored(declared) == []
    assert "there is no batch 'pay_20241001_001'; there are none" in lianheng("registers undo pay_20241001_001").err
    assert lianheng("registers undo ../../etc").code == 2


def test_lines_in_another_encoding_are_set_aside(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [",".join(HEADS), *[",".join(str(cell) for cell in row) for row in rows_of(50)]]
    data = [line.encode("gb18030" if n == 10 else "utf-8") for n, line in enumerate(lines)]
    path.write_bytes(b"\n".join(data) + b"\n")
    said = lianheng("registers load pay --json", path, "--today", "2024-10-01")
    assert said.code == 0 and (said.json[0]["rows"], said.json[0]["refused"]) == (49, 1)
    assert "is not in the file's encoding (utf-8): save the file in one encoding" in Path(
        said.json[0]["quarantine"]
    ).read_text(encoding="utf-8-sig")


def test_check_says_what_a_load_would_and_stores_nothing(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [*rows_of(50), [person(99), "", "x", "1", ""]])
    said = lianheng("registers check pay --json", path, "--today", "2024-10-01")
    assert (said.code, said.json[0]["rows"], said.json[0]["refused"]) == (1, 50, 1)
    assert stored(declared) == [] and not list((declared / "data").glob("_batches/*"))


def test_a_late_source_is_an_alert_of_its_own(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    (declared / "models").mkdir()
    assert lianheng("models new own-pay --register pay").code == 0
    lianheng("registers load pay", write_csv(tmp_path / "a.csv", rows_of(5)), "--today", "2024-10-01")
    assert lianheng("registers list --today 2024-10-31").code == 0
    late = lianheng("registers list --today 2024-12-01")
    assert late.code == 1 and "ALERT late: 发放表（pay）最近一次载入是2024-10-01，应在2024-11-11前再次载入" in late.out


def test_a_table_of_a_database(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    pytest.importorskip("ibis")
    database = tmp_path / "source.duckdb"
    with duckdb.connect(str(database)) as connection:
        write_csv(tmp_path / "x.csv", rows_of(5))
        connection.execute(f"CREATE TABLE paid AS FROM read_csv('{tmp_path}/x.csv', all_varchar = true)")
    said = lianheng("registers load pay --json --table", f"duckdb://{database}#paid", "--today", "2024-10-01")
    assert (said.code, said.err) == (0, "") and said.json[0]["rows"] == 5
    again = lianheng("registers load pay --table", f"duckdb://{database}#paid", "--today", "2024-10-01")
    assert again.code == 2 and "is loaded already" in again.err
    assert "cannot be read" in lianheng("registers load pay --table", f"duckdb://{database}#nothing").err


def test_order_of_rows_does_not_matter(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    rows = rows_of(40)
    lianheng("registers load pay", write_csv(tmp_path / "a.csv", rows), "--today", "2024-10-01")
    first = stored(declared)
    random.Random(3).shuffle(rows)
    lianheng("registers load pay --replace", write_csv(tmp_path / "b.csv", rows), "--today", "2024-10-02")
    assert stored(declared) == first
