"""Clear ids end at the load step: no file of an office but the source holds one, in whatever column it stood."""

import stat
import unicodedata
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter

from lianheng.engine.redflags.clear_columns import clear_columns
from lianheng.engine.redflags.register import read_register
from lianheng.engine.redflags.sources import SourceState, why_damaged
from lianheng.engine.redflags.tests.office import Type, write_csv
from lianheng.library.strict_yaml import parse_yaml

REGISTER = """id: paid
title: 发放
meaning: 每笔一行
owner: 民政局
lawful_basis: (draft)
retention_months: 60
key: [no]
expected: {every: month}
columns:
  no: {type: text, label: 流水号, required: true, meaning: 流水号}
  household: {type: text, label: 户编号, meaning: 户}
  person_id: {type: text, label: 身份证号, role: person_id, pattern: '\\d{17}[\\dXx]', meaning: 人}
  name: {type: text, label: 姓名, role: person_name, meaning: 人}
  scheme: {type: text, label: 补贴项目, meaning: 项目}
  amount: {type: 'decimal(12,2)', label: 金额, required: true, min: 0, meaning: 元}
"""
HEAD = ["流水号", "户编号", "身份证号", "姓名", "补贴项目", "金额"]


def clear(number: int) -> str:
    """Of region 000000, made at run time."""
    return f"00000019{50 + number % 50}0101{number:03d}X"


def rows_of(count: int) -> list[list[str]]:
    return [[f"P{n}", f"H{n}", clear(n), f"户{n}", "低保", f"{n}.50"] for n in range(count)]


@pytest.fixture
def declared(office: Path) -> Path:
    (office / "registers").mkdir()
    (office / "registers/paid.yaml").write_text(REGISTER, encoding="utf-8")
    return office


def no_clear_id(office: Path) -> bool:
    everything = b"".join(path.read_bytes() for path in office.rglob("*") if path.is_file())
    return not any(clear(n)[:17].encode() in everything for n in range(200))


def test_an_id_in_a_plain_column_sends_its_row_to_quarantine(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    rows = rows_of(100)
    rows[3][1], rows[4][4], rows[5][4] = clear(3), f"低保{clear(4)}号", f"低保 {clear(5)[:6]} {clear(5)[6:]}"
    path = tmp_path / "paid.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate([HEAD, *rows]):
            sheet.write_row(line, 0, row)
    said = lianheng("registers load paid --today 2025-01-10", path)
    assert said.code == 0 and "97 rows loaded" in said.out and "3 refused" in said.out
    assert "补贴项目 holds what has the form of a person's id, and clear ids are not stored" in said.out
    assert clear(3) not in said.out and no_clear_id(declared)
    quarantine = declared / "quarantine/paid_20250110_001.csv"
    assert stat.S_IMODE(quarantine.stat().st_mode) == 0o600
    assert stat.S_IMODE(quarantine.parent.stat().st_mode) == 0o700
    assert quarantine.read_text(encoding="utf-8-sig").count("［证件号］") == 3


def in_some_form(number: int) -> list[str]:
    """Every way in which clerks write an id, of region 000000; the check digit is none."""
    region, day, rest = "000000", f"19{50 + number % 50}0101", f"{number:03d}"
    whole = f"{region}{day}{rest}1"
    return [
        f"{region} {day} {rest}1", f"{region}-{day}-{rest}X", f"{region} {day[:4]} {day[4:]} {rest} 1",
        " ".join(whole), f"{whole[:9]}\u200b{whole[9:]}", f"\ufeff{whole}", f"3 {region} {day} {rest}1，低保",
        whole.translate(str.maketrans("0123456789", "０１２３４５６７８９")), f"{region}\u3000{day}－{rest}1",
        f"{region}{day[2:]}{rest}", f"老证{region} {day[2:]} {rest}号", f"{region}-{day[2:]}-{rest}",
        f"{region[:3]},{region[3:]},{day[:3]},{day[3:6]},{day[6:]}{rest[0]},{rest[1:]}1",
    ]  # fmt: skip


def digits_of(text: str) -> str:
    return "".join(mark for mark in unicodedata.normalize("NFKC", text) if mark.isdigit())


def test_ids_in_groups_full_width_or_of_the_old_form_are_found(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    """In whatever column that is plain, and in a row that is refused for something else."""
    rows, ids = rows_of(400), in_some_form(207)
    for place, text in enumerate(ids):
        rows[10 + place][4] = text
        rows[40 + place][1] = f"H {text}"
        rows[70 + place][4:] = [text, "-1"]
    said = lianheng("registers load paid --today 2025-01-10", write_csv(tmp_path / "paid.csv", [HEAD, *rows]))
    assert said.code == 0 and f"{400 - 3 * len(ids)} rows loaded" in said.out, said.out + said.err
    told = said.out + said.err + (declared / "quarantine/paid_20250110_001.csv").read_text(encoding="utf-8-sig")
    pieces = [str(path) for path in (declared / "data").rglob("*.parquet")]
    kept = duckdb.read_parquet(pieces).fetchall()
    for text in ids:
        # Without their gaps, so that no other way of writing hides one.
        assert digits_of(text)[:14] not in digits_of(told) and not any(text in row for row in kept), text


def test_what_an_earlier_release_loaded_is_looked_at(
    declared: Path, lianheng: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, place, text in (("a.csv", 4, f"{clear(3)[:6]}-{clear(3)[6:]}"), ("b.csv", 1, "H1")):
        rows = [[f"{name}{row[0]}", *row[1:]] for row in rows_of(4)]
        rows[2][place] = text
        with monkeypatch.context() as patched:
            patched.setattr("lianheng.engine.redflags.loading.cells.holds_clear_id", lambda *_: False)
            assert (
                lianheng("registers load paid --today 2025-01-10", write_csv(tmp_path / name, [HEAD, *rows])).code == 0
            )
    said = lianheng("registers check paid")
    assert said.code == 1 and "1 of 2 batches hold no id in the clear" in said.out
    assert "paid_20250110_001: 补贴项目 holds ids in the clear: registers undo paid_20250110_001" in said.out
    lianheng("registers undo paid_20250110_001")
    said = lianheng("registers check paid --json")
    assert (said.code, said.json) == (0, {"register": "paid", "batches": 1, "clear": {}})


def test_names_of_files_sheets_and_headings_hold_nobody(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    path = tmp_path / f"张三{clear(7)}.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for number, rows in enumerate((rows_of(6), [[f"Q{n}", *row[1:]] for n, row in enumerate(rows_of(6))])):
            sheet = book.add_worksheet(f"户{clear(8 + number)}")
            for line, row in enumerate([[*HEAD, clear(5)], *rows]):
                sheet.write_row(line, 0, row)
    said = lianheng("registers load paid --today 2025-01-10", path)
    assert said.code == 0 and said.out.count("6 rows loaded") == 2 and "［证件号］.xlsx[［证件号］]" in said.out
    assert no_clear_id(declared) and not any(clear(n) in said.out for n in (5, 7, 8, 9))


def test_honest_numbers_load(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    """Accounts, contracts, days, telephones and codes of villages, as registers hold them."""
    honest = [
        "6222 0219 9901 0112 345", "6222021999010112", "430421-20240131-0012", "HT-2024-430421-0001",
        "430421240131001", "0734-8123456-8123457", "2024-01-31 2024-02-28", "430421200201005", "91430421MA4L000000",
        "4.30421500101001", "100,200，300，400，500，600，700",
    ]  # fmt: skip
    rows = rows_of(len(honest) * 2)
    for place, text in enumerate(honest):
        rows[place][1], rows[len(honest) + place][4] = text, text
    said = lianheng("registers load paid --today 2025-01-10", write_csv(tmp_path / "paid.csv", [HEAD, *rows]))
    assert said.code == 0 and f"{2 * len(honest)} rows loaded" in said.out and " 0 refused" in said.out, said.out


def test_shifted_rows_and_open_quotes_show_nobody(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    rows = rows_of(100)
    rows[7], rows[8] = rows[7][1:], ["多", *rows[8]]
    path = write_csv(tmp_path / "paid.csv", [HEAD, *rows])
    text = path.read_text(encoding="utf-8").replace("P40,", '"P40,').replace(f"{clear(50)},户50", f"户50,{clear(50)}")
    path.write_text(text, encoding="utf-8")
    (said,) = lianheng("registers load paid --json --today 2025-01-10", path).json
    assert (said["rows"], said["refused"]) == (96, 4)
    assert no_clear_id(declared)
    shown = Path(said["quarantine"]).read_text(encoding="utf-8-sig")
    assert "has 5 cells under 6 headings" in shown and "has 7 cells under 6 headings" in shown
    assert not {"户7", "户8", "户40", "户50"} & set(shown.replace("\r\n", ",").split(","))


def test_serial_numbers_that_look_like_ids_are_declared(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "paid.csv", [HEAD, *([f"43042120240131{n:04}", *row[1:]] for n, row in enumerate(rows_of(9)))]
    )
    said = lianheng("registers load paid --today 2025-01-10", path)
    assert said.code == 2 and "serial numbers: role serial" in said.err
    text = REGISTER.replace("label: 流水号,", "label: 流水号, role: serial,")
    (declared / "registers/paid.yaml").write_text(text, encoding="utf-8")
    assert lianheng("registers load paid --today 2025-01-10", path).code == 0


def test_a_file_without_headings_does_not_show_its_first_row(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    said = lianheng("registers load paid --today 2025-01-10", write_csv(tmp_path / "paid.csv", rows_of(9)))
    assert said.code == 2 and "wrong columns" in said.err and clear(0) not in said.err


def test_a_server_table_in_the_clear_is_not_read() -> None:
    """The question as DuckDB answers it; on PostgreSQL it is asked in `backends/test_postgres.py`."""
    declaration = read_register(parse_yaml(REGISTER), "paid.yaml")
    hashed = "abcdefghijk."
    for column, text, clear_ones in [
        (1, "H2", ()),
        (2, clear(1), ("person_id",)),
        (3, "张三", ("name",)),
        (4, f"低保{clear(2)}", ("scheme",)),
        (1, clear(1)[:17], ()),
        *((4, text, ("scheme",)) for text in in_some_form(3)[:-1]),
        (4, "6222 0219 9901 0112 345", ()),
        (4, "430421-20240131-0012", ()),
        (4, "430421240131001", ()),
    ]:
        rows = [["P1", "H1", hashed, hashed, "低保", "1.5"], ["P2", "H2", hashed, hashed, "低保", "1.5"]]
        rows[1][column] = text
        with duckdb.connect() as connection:
            connection.execute(f"CREATE TABLE paid ({', '.join(f'{name} VARCHAR' for name in declaration.columns)})")
            connection.executemany("INSERT INTO paid VALUES (?, ?, ?, ?, ?, ?)", rows)

            def ask(sql: str, connection: duckdb.DuckDBPyConnection = connection) -> list[dict[str, Any]]:
                cursor = connection.execute(sql)
                names = [column[0] for column in cursor.description or ()]
                return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

            assert clear_columns(ask, declaration, declaration.columns) == clear_ones
    state = {"paid": SourceState(2, None, None, clear=("person_id",))}
    assert "person_id列含未经散列的证件号" in why_damaged(["paid"], state, {"paid": declaration})


def test_the_code_of_a_household_is_no_id(office: Path, lianheng: Type, tmp_path: Path) -> None:
    """It begins with the 12 digits of the row's own village; elsewhere the same digits are refused."""
    village = "4304" + "21200201"
    rows = [[f"{village}05{n:04d}", village, "甲村", "2024", "种粮", "3.50", "350"] for n in range(20)]
    rows.append([f"{village}050099", "430421" + "200999", "乙村", "2024", "种粮", "3.50", "350"])
    heads = ["户编号", "村代码", "村名", "年度", "补贴项目", "补贴面积", "补贴金额"]
    path = write_csv(tmp_path / "subsidy.csv", [heads, *rows])
    said = lianheng("registers load subsidy", path, "--today", "2025-01-10")
    assert said.code == 0 and "20 rows loaded" in said.out and "1 refused" in said.out
