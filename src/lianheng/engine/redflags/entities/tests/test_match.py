"""Firms and people in two registers: what is found, what is told, what is left open."""

import json
import random
from pathlib import Path

import duckdb
import openpyxl
import pytest

from lianheng.cli.entities import load_regions
from lianheng.cli.main import main
from lianheng.engine.redflags.entities import (
    Outcome,
    Regions,
    firm_record,
    match_registers,
    person_record,
    read_register,
)
from lianheng.engine.redflags.entities.near import NearIndex
from lianheng.engine.redflags.entities.tests.world import code, make_firms, make_people
from lianheng.engine.redflags.entities.weights import one_apart

PROVINCES = ["湖南省", "江西省", "广东省", "湖北省", "四川省", "安徽省"]
CITIES = ["衡阳市", "长沙市", "株洲市", "宜春市", "韶关市", "荆州市", "绵阳市", "安庆市"]
PLACES = Regions.of([(name, 1) for name in PROVINCES] + [(name, 2) for name in CITIES] + [("蒸湘区", 3), ("衡阳县", 3)])


def firms(*names: str, **more: str) -> list:
    return [firm_record(row, {"name": name, **more}, PLACES) for row, name in enumerate(names, start=2)]


def decision(a: str, b: str, more_a: dict | None = None, more_b: dict | None = None) -> str:
    found = match_registers(firms(a, **(more_a or {})), firms(b, **(more_b or {})), firms=True)
    return found.matches[0].decision if found.matches else "unmatched"


def worth(outcome: Outcome, truth: dict[int, int | None]) -> dict[str, float]:
    """Precision and recall of `same`, and the share of true pairs that is same or possible."""
    said = [(match.a.row, match.b.row) for match in outcome.matches if match.decision == "same"]
    put = {
        (match.a.row, match.b.row) for match in outcome.matches if match.b and match.decision in ("same", "possible")
    }
    real = {(one, other) for one, other in truth.items() if other is not None}
    return {
        "precision": len(real & set(said)) / len(said),
        "recall": len(real & set(said)) / len(real),
        "same or possible": len(real & put) / len(real),
    }


def test_planted_firms_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    a, b, truth = make_firms(3000, seed=7)
    outcome = match_registers(
        [firm_record(n, row, PLACES) for n, row in enumerate(a)],
        [firm_record(n, row, PLACES) for n, row in enumerate(b)],
        firms=True,
    )
    found = worth(outcome, truth)
    with capsys.disabled():
        print("\nfirms:", {name: round(value, 4) for name, value in found.items()})
    assert found["precision"] >= 0.99
    assert found["recall"] >= 0.95
    assert found["same or possible"] >= 0.99


def test_planted_people_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    a, b, truth = make_people(3000, seed=8)
    outcome = match_registers(
        [person_record(n, row) for n, row in enumerate(a)], [person_record(n, row) for n, row in enumerate(b)],
        firms=False,
    )  # fmt: skip
    found = worth(outcome, truth)
    with capsys.disabled():
        print("\npeople:", {name: round(value, 4) for name, value in found.items()})
    assert found["precision"] >= 0.995
    assert found["recall"] >= 0.95
    # Nobody is matched by a name alone.
    alone = {n for n in range(len(a)) if n % 5 == 4}
    assert {match.decision for match in outcome.matches if match.a.row in alone} == {"cannot_tell"}


def test_the_order_of_rows_does_not_matter() -> None:
    a, b, _ = make_firms(240, seed=9)
    ours = [firm_record(n, row, PLACES) for n, row in enumerate(a)]
    theirs = [firm_record(n, row, PLACES) for n, row in enumerate(b)]
    first = {(m.a.row, m.b.row if m.b else None, m.decision) for m in match_registers(ours, theirs, firms=True).matches}
    chance = random.Random(3)
    chance.shuffle(ours)
    chance.shuffle(theirs)
    again = {(m.a.row, m.b.row if m.b else None, m.decision) for m in match_registers(ours, theirs, firms=True).matches}
    assert first == again


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ("衡阳宏达建材有限公司", "湖南省衡阳市宏达建材有限责任公司", "same"),
        ("宏达（衡阳）建材有限公司", "衡阳宏达建材有限公司（已注销）", "same"),
        ("衡阳宏达建材有限公司", "长沙宏达建材有限公司", "different"),
        ("衡阳宏达建材有限公司", "衡阳宏达建材股份有限公司", "possible"),
        ("宏达建材有限公司", "衡阳宏达建材有限公司", "possible"),
        ("衡阳宏达建材有限公司", "衡阳宏大建材有限公司", "possible"),
        ("衡阳宏达建材有限公司衡东分公司", "衡阳宏达建材有限公司", "different"),
        ("衡阳县宏达建材有限公司", "衡阳市宏达建材有限公司", "possible"),
        ("衡阳市政工程有限公司", "衡阳市市政工程有限公司", "same"),
        ("衡阳宏达建材有限公司", "衡阳鑫源食品有限公司", "unmatched"),
    ],
)
def test_names(a: str, b: str, said: str) -> None:
    assert decision(a, b) == decision(b, a) == said if said != "unmatched" else decision(a, b) == said


def test_ids_come_first_and_a_wrong_one_is_not_compared() -> None:
    chance = random.Random(1)
    one, other = code(chance), code(chance)
    name = "衡阳宏达建材有限公司"
    assert decision(name, "长沙鑫源食品有限公司", {"id": one}, {"id": one}) == "same"
    assert decision(name, name, {"id": one}, {"id": other}) == "different"
    broken = one[:-1] + ("0" if one[-1] != "0" else "1")
    assert decision(name, name, {"id": one}, {"id": broken}) == "same"
    assert decision(name, "别的", {"id": one}, {"id": one[8:17]}) == "same"
    assert decision("甲乙", "丙丁", {"id": "00000000"}, {"id": "00000000"}) == "unmatched"


def test_what_several_fit_equally_well_is_left_open() -> None:
    theirs = [firm_record(2, {"name": "衡阳宏达建材有限公司", "id": "91-A-1"}, PLACES),
              firm_record(3, {"name": "衡阳宏达建材有限公司", "id": "91-B-2"}, PLACES)]  # fmt: skip
    found = match_registers(firms("衡阳宏达建材有限公司"), theirs, firms=True)
    assert [match.decision for match in found.matches] == ["possible", "possible"]
    assert "另有1个同样相符的对象" in found.matches[0].explanation


def test_too_many_of_one_name_cannot_be_told() -> None:
    theirs = [person_record(n, {"name": "张伟", "id": f"id{n:05d}"}) for n in range(201)]
    found = match_registers([person_record(2, {"name": "张伟", "birth": "1970"})], theirs, firms=False)
    assert [(match.decision, match.b) for match in found.matches] == [("cannot_tell", None)]
    assert "201个" in found.matches[0].explanation


def test_the_explanation_adds_up_to_the_weight() -> None:
    a, b, _ = make_firms(120, seed=5)
    ours = [firm_record(n, row, PLACES) for n, row in enumerate(a)]
    theirs = [firm_record(n, row, PLACES) for n, row in enumerate(b)]
    for match in match_registers(ours, theirs, firms=True).matches:
        if match.weight is not None:
            parts = [float(text.split("）")[0]) for text in match.explanation.split("。", 1)[1].split("（")[1:]
                     if text[0] in "+-"]  # fmt: skip
            assert sum(parts) == match.weight


def test_near_names_against_brute_force() -> None:
    chance = random.Random(11)
    names = ["".join(chance.choice("甲乙丙丁") for _ in range(chance.randint(4, 6))) for _ in range(120)]
    index = NearIndex(names)
    found = {(place, other) for place, others in index.sharing(names) for other in others
             if one_apart(names[place], names[other])}  # fmt: skip
    real = {(i, j) for i in range(120) for j in range(120) if _distance_one(names[i], names[j])}
    # Forms that more than fifty share are not looked at; with this alphabet a few are.
    assert found <= real
    assert len(found) >= 0.9 * len(real)


def _distance_one(a: str, b: str) -> bool:
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        rows.append([i])
        for j, y in enumerate(b, 1):
            rows[i].append(min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (x != y)))
    return rows[-1][-1] == 1


A = "企业名称,统一社会信用代码\n衡阳宏达建材有限公司,\n=坏名称有限公司,\n"
B = "登记表,\n供应商名称,企业代码\n湖南省衡阳市宏达建材有限责任公司,X-0001\n"


def files(folder: Path) -> tuple[str, str]:
    (folder / "a.csv").write_text(A, encoding="gb18030")
    (folder / "b.csv").write_text(B, encoding="utf-8-sig")
    return str(folder / "a.csv"), str(folder / "b.csv")


def test_the_command_writes_matches_with_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["entities", "match", *files(tmp_path), "--out", str(tmp_path / "out"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["same"], said["unmatched"]) == (1, 1)
    text = (tmp_path / "out/matches.csv").read_text(encoding="utf-8-sig")
    assert "同一" in text and "名称主体相同“宏达建材”" in text
    assert "'=坏名称" in (tmp_path / "out/unmatched.csv").read_text(encoding="utf-8-sig")


def test_people_only_when_asked_and_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "姓名,出生日期,村代码,身份证号\n张三丰,1970-03-05,000010001001,"
    for name, id_ in (("a", ""), ("b", "hash-0001")):
        (tmp_path / f"{name}.csv").write_text(rows + id_ + "\n", encoding="utf-8")
    words = ["entities", "match", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "--out", str(tmp_path / "out")]
    assert main(words) == 2
    assert "no column for name" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main([*words, "--people"]) == 0
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0
    text = (tmp_path / "out/matches.csv").read_text(encoding="utf-8-sig")
    assert "出生日期相同" in text and "hash-0001" not in text


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_workbooks_and_parquet_are_read(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"firms.{kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in (
            ["供应商登记表"],
            ["序号", "企业名称", "联系电话"],
            [1, "衡阳宏达建材有限公司", 7348888],
            [None, None, None],
        ):
            book.active.append(row)
        book.save(path)
    else:
        sql = "COPY (SELECT 1 AS n, '衡阳宏达建材有限公司' AS firm_name, 7348888 AS phone) TO '{}' (FORMAT parquet)"
        duckdb.execute(sql.format(path))
    [record] = read_register(path, PLACES, {})
    assert (record.key, record.phone, record.row) == ("宏达建材", "7348888", 3 if kind == "xlsx" else 2)


@pytest.mark.parametrize(
    ("a", "more", "said"),
    [
        ("企业名称\n", [], "no row below the headings"),
        ("名称,单位名称\n甲,乙\n", [], "two columns mean name"),
        ("代码\n1\n", [], "Rename a heading or give --column"),
        ("企业名称\n甲\n", ["--column", "colour=红"], "--column colour"),
        ("企业名称\n甲\n", ["--column", "name"], "give FIELD=HEADING"),
    ],
)
def test_bad_input(a: str, more: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, b = files(tmp_path)
    (tmp_path / "a.csv").write_text(a, encoding="utf-8")
    assert main(["entities", "match", str(tmp_path / "a.csv"), b, "--out", str(tmp_path / "out"), *more]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_older_result_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    assert main(["entities", "match", *files(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "not an empty folder" in capsys.readouterr().err


def test_places_come_from_the_file_of_divisions() -> None:
    known = load_regions().known
    assert known["衡阳"] == ((2, "衡阳"),) and known["吉林"] == ((1, "吉林"), (2, "吉林"))


def test_an_id_of_another_kind_says_nothing_and_the_older_form_has_to_fit() -> None:
    """A name and a birth that agree, beside ids of 18 and of 15 digits, and beside an id of another kind."""
    long = f"000000{1970}0101{1:03d}X"
    ours = person_record(2, {"name": "张三", "birth": "1970年1月", "id": long})
    for other, decided in ((long[:6] + long[8:17], ("same", "id")), ("000000700101002", ("different", "id"))):
        theirs = person_record(2, {"name": "张三", "birth": "1970-01", "id": other})
        for a, b in ((ours, theirs), (theirs, ours)):
            (match,) = match_registers([a], [b], firms=False).matches
            assert (match.decision, match.by) == decided
    passport = person_record(2, {"name": "张三", "birth": "1970-01", "id": "G0000000"})
    (match,) = match_registers([ours], [passport], firms=False).matches
    assert (match.decision, match.weight) == ("possible", 13.0) and "代码无法比较" in match.explanation


def test_the_row_with_the_most_cells_is_told_where_no_heading_fits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text("确权,,\n农户,地块,亩\n甲,1,2\n", encoding="utf-8")
    assert (
        main(["entities", "match", f"{tmp_path}/a.csv", f"{tmp_path}/a.csv", "--out", f"{tmp_path}/o", "--json"]) == 2
    )
    said = capsys.readouterr()
    assert "the file has 农户, 地块, 亩." in said.err and "no column for name" in json.loads(said.out)["error"]


def test_a_trader_registered_under_an_id_is_matched_and_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clear = "000000" + "19500101" + "001X"
    for name in ("a.csv", "b.csv"):
        text = f"名称,统一社会信用代码\n某某建材店,{clear}\n另一家{name}有限公司,{clear[:-2]}2X\n"
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert main(["entities", "match", f"{tmp_path}/a.csv", f"{tmp_path}/b.csv", "--out", f"{tmp_path}/o"]) == 0
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "o").iterdir())
    assert "［证件号］" in written and clear[:17] not in written and "19500101" not in written
