"""`lianheng ranks …`, through the command line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from lianheng.cli.main import main
from lianheng.engine.ranks import confidence_sets

TABLE = "单位,得分,误差\n甲,91,1\n乙,84,1\n丙,83,1\n丁,70,1\n"


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    path = tmp_path / "scores.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_it_writes_sets_best_first(scores: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ranks", "sets", str(scores), "--score", "得分", "--se", "误差", "--best", "2"]) == 0
    out, err = capsys.readouterr()
    rows = read(out)
    assert [row["unit"] for row in rows] == ["甲", "乙", "丙", "丁"]
    assert [(row["lower"], row["upper"], row["tier"], row["best_2"]) for row in rows] == [
        ("1", "1", "1", "yes"),
        ("2", "3", "2", "yes"),
        ("2", "3", "2", "yes"),
        ("4", "4", "3", "no"),
    ]
    assert "simultaneous sets, coverage 0.95, step-down" in err
    assert "95 % Monte Carlo interval" in err


def test_joint_draws_come_from_a_second_file(scores: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draws = np.random.default_rng(1).normal(80, 4, (200, 4))
    path, out = tmp_path / "draws.csv", tmp_path / "sets.csv"
    # The columns stand in another order than the units: names count.
    lines = ["丁,丙,乙,甲", *(",".join(str(x) for x in row[::-1]) for row in draws)]
    path.write_text("\n".join(lines), encoding="utf-8")
    words = ["ranks", "sets", str(scores), "--score", "得分", "--draws", str(path), "--out", str(out), "--marginal"]
    assert main(words) == 0
    found = confidence_sets([91.0, 84.0, 83.0, 70.0], draws=draws, simultaneous=False)
    rows = read(out.read_text("utf-8"))
    assert [int(row["lower"]) for row in rows] == found.lower.tolist()
    assert [int(row["upper"]) for row in rows] == found.upper.tolist()
    assert capsys.readouterr().out == ""


def test_it_writes_probabilities(scores: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "ranks",
        "probabilities",
        str(scores),
        "--score",
        "得分",
        "--se",
        "误差",
        "--top",
        "1",
        "--grade",
        "优秀=90",
    ]
    assert main(words) == 0
    rows = read(capsys.readouterr().out)
    assert float(rows[0]["p_top_1"]) == 1
    assert float(rows[0]["p_优秀"]) == pytest.approx(0.841345, abs=1e-6)
    assert float(rows[3]["p_no_grade"]) == 1


def test_a_unit_without_a_score_is_refused_or_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("unit,score,se\na,3,1\nb,,1\n", encoding="utf-8")
    words = ["ranks", "sets", str(path), "--score", "score", "--se", "se"]
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{path}: row 3, column score: '' is not a number" in err
    assert main([*words, "--leave-out-missing"]) == 0
    out, err = capsys.readouterr()
    assert len(read(out)) == 1
    assert "left out, no score: b" in err


@pytest.mark.parametrize(
    ("table", "more", "message"),
    [
        ("unit,score,se\na,x,1\n", [], "row 2, column score: 'x' is not a number"),
        ("unit,score,se\na,1,-1\n", [], "row 2, column se: the standard error is negative"),
        ("unit,score,se\na,1,1\na,2,1\n", [], "row 3: the unit 'a' stood in row 2 already"),
        ("unit,score,se\na,1,\n", [], "row 2, column se: the standard error is missing"),
        ("unit,score,se\na,1\n", [], "row 2 has 2 cells, the first row 3"),
        ("unit,points,se\na,1,1\n", [], "there is no column 'score'; the file has unit, points, se"),
        ("unit,score,score\na,1,1\n", [], "the column name 'score' is empty or stands twice"),
        ("unit,,se\na,1,1\n", [], "the column name '' is empty"),
        ("unit,score,se\na,1,1\nb,2,1e308\n", [], "row 3, column se: 1e+308 is beyond ±1e+70"),
        ("unit,score,se\na,1,1\nb,-1e308,1\n", [], "row 3, column score: -1e+308 is beyond ±1e+70"),
        ("unit,score,se\n", [], "no row below"),
        ("", [], "the file is empty"),
        ("unit,score,se\na,1,1\n", ["--coverage", "95"], "between 0 and 1"),
        ("unit,score,se\na,1,1\n", ["--best", "2"], "from 1 to the number of units"),
        ("unit,score,se\na,1,1\n", ["--out", "/nonexistent/x.csv"], "cannot be written"),
    ],
)
def test_bad_input_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, more: list[str], message: str
) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(table, encoding="utf-8")
    assert main(["ranks", "sets", str(path), "--score", "score", "--se", "se", *more]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.startswith("lianheng ranks sets: ")


def test_a_table_in_another_encoding_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scores.csv"
    path.write_bytes(TABLE.encode("gb18030"))
    assert main(["ranks", "sets", str(path), "--score", "得分", "--se", "误差"]) == 2
    assert "is not UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize("more", [[], ["--grade", "优秀"], ["--grade", "=5"], ["--top", "9"]])
def test_a_question_that_cannot_be_answered_is_refused(
    scores: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    assert main(["ranks", "probabilities", str(scores), "--score", "得分", "--se", "误差", *more]) == 2
    assert capsys.readouterr().err.startswith("lianheng ranks probabilities: ")


def joint(tmp_path: Path, count: int) -> list[str]:
    chance = np.random.default_rng(5)
    (tmp_path / "s.csv").write_text("unit,score\n" + "".join(f"u{n},{n}\n" for n in range(12)), encoding="utf-8")
    header = ",".join(f"u{n}" for n in range(12))
    rows = [",".join(map(str, row)) for row in chance.normal(range(12), 1, (count, 12))]
    (tmp_path / "d.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return ["ranks", "sets", str(tmp_path / "s.csv"), "--score", "score", "--draws", str(tmp_path / "d.csv")]


@pytest.mark.parametrize(("count", "coverage", "least"), [(2, "0.95", "20"), (19, "0.95", "20"), (99, "0.99", "100")])
def test_draws_too_few_for_the_coverage_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], count: int, coverage: str, least: str
) -> None:
    assert main([*joint(tmp_path, count), "--coverage", coverage]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"needs at least {least} draws" in err


def test_few_draws_bound_nothing_above_and_are_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(joint(tmp_path, 20)) == 0
    out, err = capsys.readouterr()
    # With 20 draws the largest is below the quantile of 95 % in .95**20 = 36 % of cases: no end of the interval.
    assert {(row["lower_min"], row["upper_max"]) for row in read(out)} == {("1", "12")}
    assert "no upper end, the draws being too few" in err
    assert "bounds of 12 of 12 units depend" in err
    assert "WARNING: 20 draws are few" in err


def test_few_draws_made_from_errors_are_warned_of(scores: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [str(scores), "--score", "得分", "--se", "误差"]
    assert main(["ranks", "sets", *words, "--n-draws", "10"]) == 2
    assert "needs at least 20 draws" in capsys.readouterr().err
    assert main(["ranks", "sets", *words, "--n-draws", "9999"]) == 0
    assert "WARNING: 9,999 draws are few: " in capsys.readouterr().err
    assert main(["ranks", "sets", *words]) == 0
    assert "WARNING" not in capsys.readouterr().err
    assert main(["ranks", "probabilities", *words, "--top", "1", "--n-draws", "100"]) == 0
    assert "WARNING: 100 draws are few: a probability of 0 or 1 only says that it lies within 0.03" in (
        capsys.readouterr().err
    )


def test_a_huge_draw_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = joint(tmp_path, 40)
    lines = (tmp_path / "d.csv").read_text("utf-8").splitlines()
    (tmp_path / "d.csv").write_text("\n".join([*lines[:3], "1e200" + lines[3][lines[3].index(",") :], *lines[4:]]))
    assert main(words) == 2
    assert "d.csv: row 4, column u0: 1e+200 is beyond" in capsys.readouterr().err
