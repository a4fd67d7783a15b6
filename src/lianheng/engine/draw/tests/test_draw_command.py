"""`lianheng draw`: from a roster in CSV to a bundle that is checked; wrong input is refused and nothing written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lianheng.cli.main import main

ROSTER = "id,town,beds\n" + "".join(f"F{n:02d},{'东' if n % 2 else '西'},{n}\n" for n in range(1, 51))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("roster.csv").write_text(ROSTER)
    Path("staff.csv").write_text("id\nP1\nP2\nP3\nP4\n")
    return tmp_path


def draw(*words: str) -> int:
    return main(["draw", *words])


def test_plan_run_verify(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert draw("plan", "roster.csv", "--take", "5", "--out", "plan.json") == 0
    published = capsys.readouterr().out.split("plan hash ")[1].strip()
    assert draw("run", "plan.json", "--seed", "20261122", "--out", "bundle.json") == 0
    shown = capsys.readouterr().out
    assert [line.split()[1] for line in shown.splitlines()] == ["F27", "F31", "F19", "F09", "F06"]
    assert draw("run", "plan.json", "--seed", "20261122", "--out", "again.json") == 0
    assert Path("again.json").read_bytes() == Path("bundle.json").read_bytes()
    capsys.readouterr()
    assert draw("verify", "bundle.json", "--plan-hash", published) == 0
    assert capsys.readouterr().out.startswith("OK: 5 drawn of 50, simple, consistent-sha256\n")
    assert draw("verify", "bundle.json", "--plan-hash", "0" * 64) == 1
    Path("bundle.json").write_text(Path("bundle.json").read_text().replace("F27", "F28"))
    assert draw("verify", "bundle.json") == 1
    assert draw("verify", "nowhere.json") == 2


def test_commit_reveal_extend_with_staff(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commitments = []
    for party in ("a", "b"):
        assert draw("commit", "--rounds", "3", "--method", "consistent-sm3", "--secret", party) == 0
        commitments += ["--commitment", f"{party}={capsys.readouterr().out.strip()}"]
    assert (folder / "a").stat().st_mode & 0o077 == 0
    assert draw("commit", "--rounds", "3", "--secret", "a") == 2  # a secret is never overwritten
    Path("pairs.csv").write_text("staff,object,reason\nP1,F01,spouse\n")
    words = ["--stratum", "town", "--take", "东=2", "--take", "西=1", "--staff", "staff.csv", "--pairs", "pairs.csv"]
    plan = [*words, "--method", "consistent-sm3", "--public", "lottery", *commitments, "--out", "plan.json"]
    assert draw("plan", "roster.csv", *plan) == 0
    codes = []
    for party in ("a", "b"):
        capsys.readouterr()
        assert draw("reveal", "--secret", party, "--round", "1") == 0
        codes += ["--code", f"{party}={capsys.readouterr().out.strip()}"]
    assert draw("run", "plan.json", *codes, "--public", "lottery=3,7,12", "--out", "bundle.json") == 0
    first = json.loads(Path("bundle.json").read_text())
    assert [len(row[5]) for row in first["result"]] == [2, 2, 2]
    Path("absent.csv").write_text(f"id,reason,side\n{first['result'][0][0]},closed,object\nP2,ill,staff\n")
    assert draw("extend", "bundle.json", "--take", "西=3", "--absent", "absent.csv", "--out", "more.json") == 0
    assert "withdrawn: " in capsys.readouterr().out
    more = json.loads(Path("more.json").read_text())
    assert more["log"][: len(first["log"])] == first["log"]
    assert draw("verify", "more.json") == 0
    wrong = [codes[0], codes[1], "--code", "b=" + "0" * 64]
    assert draw("run", "plan.json", *wrong, "--public", "lottery=3", "--out", "not.json") == 1
    assert "REFUSED: b: the code does not hash to the commitment" in capsys.readouterr().err
    assert not Path("not.json").exists()


@pytest.mark.parametrize(
    ("roster", "words", "message"),
    [
        ("id\na\n", ["--id", "code"], "roster.csv: there is no column 'code'; the file has id"),
        ("id,b\na\n", [], "roster.csv: row 2 has 1 cells, the first row 2; add or remove commas"),
        ("id,b\na,1\n,2\n", [], "roster.csv: row 3, column id: the cell is empty; fill it in"),
        ("id,id\na,1\n", [], "roster.csv: row 1: the column name 'id' is empty or stands twice; rename it"),
        ("", [], "roster.csv: the file is empty"),
        ("id\n", [], "roster.csv: there is no row below"),
        ('id\n"a\n', [], "mend the quotation marks"),
        ("id\na\na\n", [], "the id 'a' stands twice in the roster"),
        ("id\na\n", ["--take", "x"], "--take x: write a whole number"),
        ("id\na\n", ["--take", "2"], "2 are to be drawn, but the roster has 1 that may be; change the size"),
        ("id\na\n", ["--take", "0"], "--take 0: the plan would draw nobody"),
        ("id\na\n", ["--staff", "staff.csv", "--per-object", "9"], "the staff register has 4 that may be drawn"),
        (
            "id\na\nb\nc\n",
            ["--staff", "staff.csv", "--take", "3", "--per-object", "2", "--max-load", "1"],
            "3 objects with 2 staff each are 6 places, but 4 staff with at most 1 objects each fill 4",
        ),
        ("id\na\n", ["--commitment", "p"], "--commitment p: write NAME=VALUE"),
    ],
)
def test_wrong_input_is_refused_with_its_place(
    folder: Path, capsys: pytest.CaptureFixture[str], roster: str, words: list[str], message: str
) -> None:
    Path("roster.csv").write_text(roster)
    takes = [] if "--take" in words else ["--take", "1"]
    assert draw("plan", "roster.csv", *takes, *words, "--out", "plan.json") == 2
    caught = capsys.readouterr()
    assert message in caught.err and caught.err.count("\n") == 1 and caught.out == ""
    assert not Path("plan.json").exists()


def test_a_file_in_another_encoding_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("roster.csv").write_bytes("id\n衡阳\n".encode("gb18030"))
    assert draw("plan", "roster.csv", "--take", "1", "--out", "plan.json") == 2
    assert "is not UTF-8; save the file as CSV UTF-8" in capsys.readouterr().err
    assert draw("plan", "absent.csv", "--take", "1", "--out", "plan.json") == 2


def test_a_plan_that_just_fills_its_staff_is_drawn(folder: Path) -> None:
    words = ["--take", "4", "--staff", "staff.csv", "--per-object", "1", "--max-load", "1"]
    assert draw("plan", "roster.csv", *words, "--out", "plan.json") == 0
    assert draw("run", "plan.json", "--seed", "1", "--out", "bundle.json") == 0
    assert draw("verify", "bundle.json") == 0


def test_a_plan_that_is_not_there_is_no_broken_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert draw("run", "nofile.json", "--seed", "1", "--out", "bundle.json") == 2
    assert "nofile.json: cannot be read: No such file" in capsys.readouterr().err
