"""Two loads or two runs at once, batches that follow one another, and purges ahead of the clock."""

import datetime as dt
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
import xlsxwriter

from lianheng.engine.redflags.backends import connect
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.tests.office import Type
from lianheng.engine.redflags.tests.test_load_registers import REGISTER, person, rows_of, write_csv
from lianheng.library.office import Office, run_night
from lianheng.library.office_lock import hold_loading, work_folders

pytestmark = pytest.mark.slow

DAY = "2024-10-10"


@pytest.fixture
def declared(office: Path) -> Path:
    (office / "registers").mkdir()
    (office / "registers/pay.yaml").write_text(REGISTER, encoding="utf-8")
    return office


@pytest.mark.parametrize("act", ["registers load pay", "registers check pay"])
def test_a_second_load_is_refused_in_one_line(declared: Path, lianheng: Type, tmp_path: Path, act: str) -> None:
    source = write_csv(tmp_path / "a.csv", rows_of(3))
    with hold_loading(declared):
        said = lianheng(act, source, "--today", DAY)
        assert said.code == 2 and "another load is running" in said.err and said.err.count("\n") == 1
        assert "another load is running" in lianheng("registers undo pay_20241010_001").err
        assert "another load is running" in lianheng("registers purge --yes --by 张三 --today 2024-10-10").err
    assert lianheng(act, source, "--today", DAY).code == 0


def test_two_runs_of_a_day_take_two_numbers(load_villages: Callable[[str], Type], office: Path) -> None:
    load_villages("2024-01-10")
    found: list[str] = []

    def run() -> None:
        folder, manifest = run_night(Office.at(office), today=dt.date(2024, 1, 10))
        found.extend([folder.name, manifest["run"]])

    both = [threading.Thread(target=run) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(found) == ["2024-01-10-1"] * 2 + ["2024-01-10-2"] * 2
    assert sorted(path.name for path in (office / "runs").iterdir()) == ["2024-01-10-1", "2024-01-10-2"]
    assert not list((office / "state/spill").iterdir())


def test_what_a_dead_run_left_goes_and_a_living_one_stays(office: Path) -> None:
    runs = office / "runs"
    runs.mkdir()
    (runs / ".run-dead.part").mkdir()
    with ExitStack() as stack:
        first, _ = stack.enter_context(work_folders(office, runs))
        second, _ = stack.enter_context(work_folders(office, runs))
        assert sorted(runs.iterdir()) == sorted([first, second])
    assert not list(runs.iterdir())


def test_a_clean_load_inherits_no_quarantine(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    bad = write_csv(tmp_path / "bad.csv", [*rows_of(3), [person(9), "x", "no day", "1", ""]])
    refused = lianheng("registers load pay", bad, "--today", DAY)
    assert refused.code == 2 and "quarantine/refused-pay-" in refused.err
    assert lianheng("registers check pay --most-refused 50", bad, "--today", DAY).code == 1
    good = write_csv(tmp_path / "good.csv", rows_of(4))
    assert "pay_20241010_001, 0 refused" in lianheng("registers load pay", good, "--today", DAY).out
    assert sorted(path.name.split("-")[0] for path in (declared / "quarantine").iterdir()) == ["checked", "refused"]


def test_the_number_of_a_batch_is_not_given_again(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    lianheng("registers load pay", write_csv(tmp_path / "a.csv", rows_of(3)), "--today", DAY)
    assert lianheng("registers undo pay_20241010_001").code == 0
    said = lianheng("registers load pay", write_csv(tmp_path / "b.csv", rows_of(4)), "--today", DAY)
    assert "pay_20241010_002" in said.out
    assert "there is no batch" in lianheng("registers undo pay_20241010_001").err


def test_undo_says_that_a_replaced_batch_does_not_come_back(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    lianheng("registers load pay", write_csv(tmp_path / "a.csv", rows_of(3)), "--today", DAY)
    lianheng("registers load pay --replace", write_csv(tmp_path / "b.csv", rows_of(4)), "--today", DAY)
    said = lianheng("registers undo pay_20241010_002").out
    assert "had replaced pay_20241010_001, which does not come back: pay of 2024 is not loaded now" in said


def test_every_file_is_tried_and_a_part_is_told(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    files = [
        write_csv(tmp_path / "a.csv", rows_of(3)),
        write_csv(tmp_path / "b.csv", [[person(50), "x", "never", "1", ""]]),
        write_csv(tmp_path / "c.csv", [[person(60), "x", "2024-02-01", "1", ""]]),
    ]
    said = lianheng("registers load pay", *files, "--today", DAY)
    assert said.code == 1 and "2 of 3 sources are loaded, 1 are refused" in said.err
    assert "a.csv → pay" in said.out and "c.csv → pay" in said.out and "b.csv: 1 of 1 rows are refused" in said.err
    check = lianheng("registers check pay", files[1], "--today", DAY)
    assert check.code == 1 and "a load would be refused" in check.err and "nothing is loaded" not in check.err
    assert lianheng("registers load pay", files[1], tmp_path / "none.csv", "--today", DAY).code == 2


def test_no_purge_ahead_of_the_clock(declared: Path, lianheng: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lianheng.cli.registers_purge.clock_day", lambda: dt.date(2024, 10, 10))
    said = lianheng("registers purge --yes --by 张三 --today 2024-10-11")
    assert said.code == 2 and "still to come (the clock says 2024-10-10)" in said.err
    assert lianheng("registers purge --yes --by 张三 --today 2024-10-10").code == 0
    assert lianheng("registers purge --today 2030-01-01").code == 0


def test_refused_rows_are_told_with_their_reasons(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    heads = ["身份证号", "姓名", "发放日期", "发放金额"]
    rows: list[list[object]] = [
        *rows_of(18),
        [person(70), "x", "2024-02-01", ""],
        ["合计", "", "", "1900"],
        ["制表：张三", "", "", ""],
    ]
    source = write_csv(tmp_path / "a.csv", [row[:4] for row in rows], heads=heads)
    said = lianheng("registers load pay --most-refused 20", source, "--today", DAY)
    assert said.code == 0 and "  1 × 发放金额 is blank" in said.out
    assert "  1 × is a total or signature line (合计), not a record" in said.out
    assert "  1 × is a total or signature line (制表), not a record" in said.out
    assert lianheng("registers load pay --table nonsense").err.startswith("lianheng: --table nonsense: give URL#TABLE")
    near = lianheng("registers load subsdy", source).err
    assert "near it: subsidy" in near and len(near) < 200


def test_changed_or_missing_files_are_an_alert_and_their_models_fail(
    load_villages: Callable[[str], Type], office: Path
) -> None:
    lianheng = load_villages("2024-01-10")
    piece = next((office / "data/subsidy").glob("_year=2023/*.parquet"))
    other = next(path for path in (office / "data/subsidy").glob("_year=*/*.parquet") if path != piece)
    whole = piece.read_bytes()
    for change in (lambda: piece.write_bytes(other.read_bytes()), piece.unlink):
        change()
        said = lianheng("models run M05 --json --today 2024-01-10")
        (row,) = said.json["models"]
        assert said.code == 1 and row["outcome"] == "failed" and "SHA-256不符（subsidy/_year=2023/" in row["message"]
        assert [alert["kind"] for alert in said.json["alerts"] if alert["register"] == "subsidy"] == ["damaged"]
        (covered,) = lianheng("models coverage --json --today 2024-01-10").json[:1]
        assert not covered["runs"] and "SHA-256不符" in covered["why_not"], "coverage says what a run would"
    piece.write_bytes(whole)
    said = lianheng("models run M05 --json --today 2024-01-10")
    assert said.code == 0 and all(alert["kind"] != "damaged" for alert in said.json["alerts"])


@pytest.mark.parametrize(("name", "mark"), [("a.csv", ","), ("a.txt", "\t"), ("a.tsv", "\t")])
def test_what_excel_saves_as_unicode_text_is_read(
    declared: Path, lianheng: Type, tmp_path: Path, name: str, mark: str
) -> None:
    text = write_csv(tmp_path / "plain.csv", rows_of(5)).read_text(encoding="utf-8").replace(",", mark)
    for encoding in ("utf-16", "utf-16-be"):
        bom = b"" if encoding == "utf-16" else b"\xfe\xff"
        (tmp_path / name).write_bytes(bom + text.encode(encoding))
        said = lianheng("registers check pay", tmp_path / name, "--today", DAY)
        assert said.code == 0 and "5 rows checked, 0 refused" in said.out, said.err
    (tmp_path / name).write_bytes(b"\xff\xfe" + text.encode("utf-16-le") + b"\x00")
    assert "begins as UTF-16 and is not" in lianheng("registers check pay", tmp_path / name).err


def test_an_unknown_kind_of_registers_is_told_before_ibis_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ibis", None)
    with pytest.raises(RunError, match="'mysql' is no kind of registers"):
        connect("mysql://x")
    with pytest.raises(RunError, match="need Ibis"):
        connect("postgres://x/y")


def test_a_workbook_with_a_cover_sheet_is_told_its_sheets(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("填表说明").write(0, 0, "请按月填报")
        sheet = book.add_worksheet("明细")
        for place, row in enumerate([["身份证号", "姓名", "发放日期", "金额"], [person(1), "甲", "2024-01-02", 1]]):
            sheet.write_row(place, 0, row)
    said = lianheng("registers load pay", path, "--today", DAY)
    assert said.code == 0 and "a.xlsx[明细] → pay: 1 rows loaded" in said.out and "a.xlsx[填表说明]" in said.out
    hinted = "the first sheet (明细) was read; there are 明细, 填表说明: give --sheet NAME"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("明细").write_row(0, 0, ["身份证", "姓名", "金额"])
        book.add_worksheet("填表说明").write(0, 0, "请按月填报")
    said = lianheng("registers load pay", path, "--today", DAY)
    assert said.code == 2 and hinted in said.err


def test_a_register_is_shown_with_its_headings(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    said = lianheng("registers show pay")
    assert said.code == 0 and "主键  身份证号、发放日期" in said.out
    assert "金额  小数，至多2位  必填、不小于0\n    元\n    也认  发放金额、amount\n" in said.out
    assert "身份证号  文本  必填、主键、载入时即转为散列" in said.out
    columns = lianheng("registers show payment --json").json["columns"]
    assert next(row for row in columns if row["name"] == "period")["type"].startswith("月份")
    assert "near it: pay " in lianheng("registers show pya").err
    lianheng("registers load pay", write_csv(tmp_path / "a.csv", rows_of(3)), "--today", DAY)
    short, whole = lianheng("registers list").out, lianheng("registers list --all").out
    assert len([line for line in short.splitlines() if " rows " in line and line[0] != " "]) == 1
    assert "registers that are not loaded" in short and len(whole.splitlines()) > 80
