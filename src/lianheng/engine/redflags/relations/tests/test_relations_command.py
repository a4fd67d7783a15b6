"""`lianheng relations`: from loaded registers to chains with a reason for every step."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from lianheng.cli.main import main
from lianheng.engine.redflags.loading.identity import load_or_make_key, pseudonym
from lianheng.library.models import MODELS

pytestmark = pytest.mark.slow

DAY = "2024-12-31"
P1, P2, P3 = (f"00000019700101{n:03d}X" for n in (1, 2, 3))
REGISTERS = {
    "firm": "企业代码,企业名称,联系电话,注册地址,承继企业代码\nF1,衡阳甲建筑有限公司,T1,解放路1号,\n"
    "F2,衡阳乙建筑有限公司,T1,中山路2号,\nF3,衡阳丙建筑有限公司,T3,中山路 2号,F9\n"
    + "".join(f"A{n},代办{n}号有限公司,T9,代办楼,\n" for n in range(6)),
    "firm_person": f"企业代码,身份证号,身份\nF3,{P3},法定代表人\nF1,{P2},投标授权人\n",
    "business": "投资人身份证号,市场主体名称,身份,出资额,经营状态,起始日期,截止日期\n"
    f"{P1},湖南省衡阳市甲建筑有限责任公司,股东,300000,存续,2015-01-01,\n"
    f"{P2},湖南省衡阳市甲建筑有限责任公司,股东,700000,存续,2016-01-01,\n"
    f"{P3},衡阳丁建材有限公司,股东,,存续,2017-01-01,2018-12-31\n",
    "bid": "标段编号,投标人代码,投标人,开标日期,报价,保证金账户\nT1,F2,衡阳乙建筑有限公司,2024-05-01,100,K1\n"
    "T1,F4,衡阳戊建筑有限公司,2024-05-01,101,K1\n",
    "kin": f"身份证号甲,身份证号乙,关系\n{P1},{P3},配偶\n",
}


@pytest.fixture
def office(office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    for name, text in REGISTERS.items():
        source = tmp_path / f"{name}.csv"
        source.write_text(text, encoding="utf-8")
        assert main(["registers", "load", name, str(source), "--today", DAY]) == 0, capsys.readouterr().err
    capsys.readouterr()
    return office


def person(office: Path, id_: str) -> str:
    return "person:" + pseudonym(load_or_make_key(office / "sealed/person.key"), id_)


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["relations", *words, "--today", DAY])
    said = capsys.readouterr()
    return code, said.out + said.err


def test_chains_between_firms_name_nobody(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # By name as by code; 甲 and 乙 share a telephone, 乙 and 丙 an address, written in two ways.
    code, text = ask(capsys, "path", "衡阳甲建筑有限公司", "F3")
    assert code == 0
    assert "1. 衡阳甲建筑有限公司与衡阳乙建筑有限公司登记同一电话（共2家使用；来源：企业信息）" in text
    assert "2. 衡阳乙建筑有限公司与衡阳丙建筑有限公司登记同一地址（共2家使用；来源：企业信息）" in text
    assert "同一地址“代办楼”有6个使用者，过多" in text and "同一电话有6个使用者" in text
    code, text = ask(capsys, "show", "F4", "--steps", "1")
    assert code == 0 and "使用同一账户（共2家使用；2024-05-01起；来源：投标记录）" in text
    code, text = ask(capsys, "path", "A1", "A2")
    assert code == 1 and "没有关系链不等于没有关系" in text
    code, text = ask(capsys, "path", "A1", "A2", "--limit", "phone=6")
    assert code == 0 and "共6家使用" in text
    assert not (office / "people-relations").exists()
    for id_ in (P1, P2, P3):
        assert person(office, id_).removeprefix("person:")[:8] not in text


def test_a_tie_ends_with_its_days(office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dated = {
        "firm": "企业代码,企业名称,联系电话,电话地址启用日期,电话地址停用日期\n"
        "D1,衡阳己有限公司,T5,2020-01-01,2022-06-30\nD2,衡阳庚有限公司,T5,,\nD3,衡阳辛有限公司,T6,,\n",
        "firm_person": f"企业代码,身份证号,身份,任职或持股起,任职或持股止\nD2,{P1},股东,,\nD3,{P1},监事,2023-01-01,\n",
        "kin": f"身份证号甲,身份证号乙,关系,关系起,关系止\n{P2},{P1},配偶,2010-05-01,2020-12-31\n",
    }
    for name, text in dated.items():
        (tmp_path / f"{name}-2.csv").write_text(text, encoding="utf-8")
        assert main(["registers", "load", name, str(tmp_path / f"{name}-2.csv"), "--today", DAY]) == 0
    code, text = ask(capsys, "path", "D1", "D2")
    assert code == 0 and "登记同一电话（共2家使用；2020-01-01至2022-06-30；来源：企业信息）" in text
    assert ask(capsys, "path", "D1", "D2", "--on", "2022-06-30")[0] == 0
    assert ask(capsys, "path", "D1", "D2", "--on", "2022-07-01")[0] == 1
    assert ask(capsys, "path", "D2", "D3", "--on", "2022-12-31", "--steps", "1")[0] == 1
    assert ask(capsys, "path", "D2", "D3", "--on", "2023-01-01", "--steps", "1")[0] == 0
    couple = ("path", person(office, P1), person(office, P2), "--people", "--steps", "1")
    assert ask(capsys, *couple, "--on", "2020-12-31")[0] == 0
    assert ask(capsys, *couple, "--on", "2021-01-01")[0] == 1


def test_with_people_the_chain_goes_into_a_folder_of_its_own(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = ask(capsys, "path", person(office, P3)[:15], "F1", "--people", "--json")
    assert code == 0
    folder = Path(json.loads(text)["folder"])
    assert folder == office / "people-relations" / f"{DAY}-1" and folder.stat().st_mode & 0o077 == 0
    assert (office / "people-relations").stat().st_mode & 0o077 == 0
    told = json.loads((folder / "relations.json").read_text(encoding="utf-8"))
    assert told["steps"] == 2
    assert "亲属“配偶”（来源：近亲属关系）" in told["chain"][0]
    # The holding of a firm that the register names, not codes: found through its name.
    assert "在衡阳甲建筑有限公司任股东，出资占30.0%（2015-01-01起；来源：市场主体人员）" in told["chain"][1]
    assert "亲属" not in text
    assert ask(capsys, "path", person(office, P3), "F1", "--people", "--steps", "2", "--on", "2014-12-31")[0] == 1


def test_groups_and_days(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = ask(capsys, "groups", "--json")
    # F9 is known only as the firm that 丙 succeeds; 丁 had the legal representative of 丙 as a shareholder.
    tied = ["firm:F1", "firm:F2", "firm:F3", "firm:F4", "firm:F9", "firm:衡阳丁建材有限公司"]
    assert code == 0 and json.loads(text)["groups"] == [tied]
    # Before the tender of 2024 nothing ties 戊, and the shareholder of 丁 has left.
    code, text = ask(capsys, "groups", "--json", "--on", "2024-04-30")
    assert json.loads(text)["groups"] == [["firm:F1", "firm:F2", "firm:F3", "firm:F9"]]
    assert ask(capsys, "groups", "--least", "9")[0] == 1


MORE = {
    "bid": "标段编号,投标人代码,投标人,开标日期,报价,MAC地址\n"
    "T2,F1,衡阳甲建筑有限公司,2024-06-01,1000000,M1\nT2,F2,衡阳乙建筑有限公司,2024-06-01,1030000,M1\n",
    "officer": f"身份证号,任职单位,职务,任职日期\n{P3},某局,局长,2020-01-01\n",
    "unit_contract": "合同编号,单位,企业名称,合同金额,签订日期\n"
    "C1,某局,湖南省衡阳市甲建筑有限责任公司,90000,2024-03-01\n",
}


def test_it_tells_the_same_ties_as_the_models(
    office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("M14", "M19"):
        shutil.copytree(MODELS / name, tmp_path / "shipped" / name)
    shutil.copy(MODELS / "prepare.sql", tmp_path / "shipped")
    monkeypatch.setattr("lianheng.library.office.MODELS", tmp_path / "shipped")
    for name, text in MORE.items():
        (tmp_path / "more.csv").write_text(text, encoding="utf-8")
        assert main(["registers", "load", name, str(tmp_path / "more.csv"), "--today", DAY]) == 0
    found = {}
    for model, people in (("M14", []), ("M19", ["--people"])):
        capsys.readouterr()
        assert main(["models", "run", model, *people, "--today", DAY, "--json"]) == 0
        folder = json.loads(capsys.readouterr().out)["folder"]
        sql = "SELECT unit, measures FROM read_parquet(?) WHERE result = 'flag'"
        [(unit, measures)] = duckdb.execute(sql, [f"{folder}/candidates.parquet"]).fetchall()
        found[model] = {**json.loads(unit), **json.loads(measures)}
    bidders = found["M14"]
    assert bidders["found_text"] == "同一设备、登记同一电话"
    code, text = ask(capsys, "path", bidders["bidder_a"], bidders["bidder_b"])
    assert code == 0 and "登记同一电话（共2家使用" in text
    official = found["M19"]
    assert official["chain"] == "配偶任股东（2015-01-01起）"
    code, text = ask(capsys, "path", f"person:{official['person_id']}", official["firm"], "--people", "--json")
    told = json.loads((Path(json.loads(text)["folder"]) / "relations.json").read_text(encoding="utf-8"))
    assert code == 0 and "亲属“配偶”" in told["chain"][0] and "任股东" in told["chain"][1]


WRONG = {
    "show 没有这家": "no such firm",
    "show person:abcdefgh": "only with --people",
    "show person:abc --people": "no such firm (code or name) or person",
    "show F1 --steps 0": "--steps lies between",
    "show F1 --on 2024年": "--on 2024年",
    "show F1 --limit shoe=3": "kinds are phone",
    "show F1 --limit phone=1": "N from 2",
}


def test_bad_input(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, said in WRONG.items():
        code, text = ask(capsys, *words.split())
        assert code == 2 and said in text, words
    assert not (office / "people-relations").exists()


def test_nothing_loaded(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANHENG_OFFICE", str(tmp_path))
    monkeypatch.delenv("LIANHENG_REGISTERS", raising=False)
    code, text = ask(capsys, "show", "F1")
    assert code == 2 and "lianheng registers load" in text
    monkeypatch.setenv("LIANHENG_REGISTERS", "postgres://nobody@nowhere/none")
    code, text = ask(capsys, "show", "F1")
    assert code == 2 and "postgres://nowhere/none: " in text
