"""`lianheng raters …`, through the command line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from lianheng.cli.main import main
from lianheng.engine.raters import severity

from .testdata import KRIPPENDORFF, SHROUT_FLEISS


def write(path: Path, header: str, rows: list[list[object]]) -> str:
    lines = [header, *(",".join("" if cell != cell else str(cell) for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def long(tmp_path: Path) -> str:
    rows: list[list[object]] = [["甲", "p", 80, 1], ["甲", "q", 84, 2], ["乙", "p", 70, 2], ["乙", "q", 75, 1]]
    rows += [["丙", "p", 91, 3], ["丙", "q", 93, 3]]
    rows += [["丁", "r", 60, 1], ["丁", "s", 66, 1], ["戊", "r", 71, 2], ["戊", "s", 75, 2]]
    return write(tmp_path / "long.csv", "单位,评分者,分,日", rows)


WORDS = ["--rating", "分", "--rater", "评分者", "--unit", "单位"]


def test_icc_of_a_published_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [[f"u{n}", *row] for n, row in enumerate(SHROUT_FLEISS)]
    path = write(tmp_path / "t.csv", "unit,a,b,c,d", rows)
    assert main(["raters", "icc", path, "--unit", "unit"]) == 0
    found = read(capsys.readouterr().out)
    # Shrout and Fleiss (1979), table 4.
    assert [round(float(row["value"]), 2) for row in found] == [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]
    assert [row["form"] for row in found] == ["1,1", "2,1", "3,1", "1,k", "2,k", "3,k"]


def test_krippendorff_of_a_published_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "t.csv", "A,B,C,D", KRIPPENDORFF)
    for level, alpha in (("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)):
        assert main(["raters", "krippendorff", path, "--level", level, "--bootstrap", "50"]) == 0
        row = read(capsys.readouterr().out)[0]
        assert round(float(row["value"]), 3) == alpha
        assert float(row["lower"]) <= alpha <= float(row["upper"]) + 0.01


def test_kappas_and_w(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [["好", "好"]] * 20 + [["好", "差"]] * 5 + [["差", "好"]] * 10 + [["差", "差"]] * 15
    path, out = write(tmp_path / "t.csv", "a,b", rows), tmp_path / "out.csv"
    assert main(["raters", "cohen", path, "--out", str(out), "--categories", "差,好", "--weights", "linear"]) == 0
    row = read(out.read_text("utf-8"))[0]
    assert (round(float(row["value"]), 4), row["categories"]) == (0.4, "差 | 好")
    assert main(["raters", "fleiss", path]) == 0
    # Of 100 ratings 55 are 好: chance .505; (.7 − .505)/.495.
    assert round(float(read(capsys.readouterr().out)[0]["value"]), 4) == round((0.7 - 0.505) / 0.495, 4)
    order = write(tmp_path / "o.csv", "a,b,c", [[1, 1, 2], [2, 3, 1], [3, 2, 3], [4, 4, 4]])
    assert main(["raters", "kendall", order]) == 0
    assert round(float(read(capsys.readouterr().out)[0]["value"]), 4) == 0.7778


TEN = [[9, 2], [6, 1], [8, 4], [7, 1], [10, 5], [6, 2]]


def test_weights_sort_numbers_as_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "k.csv", "u,a,b", [[f"u{n}", *row] for n, row in enumerate(TEN)])
    words = ["raters", "cohen", path, "--unit", "u", "--weights", "quadratic"]
    assert main(words) == 0
    row = read(capsys.readouterr().out)[0]
    # By hand: squared distances of places, observed 127/6 and expected 850/36 (sorted as texts: −0.1326).
    assert float(row["value"]) == pytest.approx(0.1035, abs=5e-5)
    assert row["categories"] == "1 | 2 | 4 | 5 | 6 | 7 | 8 | 9 | 10"
    assert main([*words, "--categories", "1,2,4,5,6,7,8,9,10"]) == 0
    assert float(read(capsys.readouterr().out)[0]["value"]) == pytest.approx(float(row["value"]))


def test_weights_on_texts_need_their_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "k.csv", "a,b", [["优", "良"], ["中", "差"], ["良", "良"], ["10", "差"]])
    assert main(["raters", "cohen", path, "--weights", "linear"]) == 2
    assert "--categories" in capsys.readouterr().err
    assert main(["raters", "cohen", path, "--weights", "linear", "--categories", "差,中,良,优,10"]) == 0


def test_reliability(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[list[object]] = [[1, 2, 5], [2, 2, 3], [3, 2, 3], [4, 4, 1], [2, 3, 3], [3, 3, 4]]
    path = write(tmp_path / "t.csv", "i,j,k", rows)
    assert main(["raters", "reliability", path, "--reversed", "k"]) == 0
    out, err = capsys.readouterr()
    assert [row["measure"] for row in read(out)] == [
        *("alpha", "alpha_standardised", "omega", "omega_standardised", "split_half", "guttman_mean"),
        *("alpha_without i", "item_rest i", "alpha_without j", "item_rest j", "alpha_without k", "item_rest k"),
    ]
    assert "6 persons, 3 items" in err
    assert main(["raters", "reliability", path, "--reversed", "z"]) == 2
    assert "--reversed names z" in capsys.readouterr().err


def test_severity_shows_raw_beside_corrected(long: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, rater_path = tmp_path / "joined.csv", tmp_path / "raters.csv"
    # One rating by p of 丁 joins the two groups.
    path.write_text(Path(long).read_text("utf-8") + "丁,p,61,2\n", encoding="utf-8")
    words = ["raters", "severity", str(path), *WORDS, "--raters-out", str(rater_path)]
    assert main(words) == 0
    out, err = capsys.readouterr()
    rows = read(out)
    assert all(row["score"] == row["raw"] != row["corrected"] for row in rows)
    assert "components without a common rating: 1" in err
    table = read(path.read_text("utf-8"))
    found = severity([float(row["分"]) for row in table], [r["评分者"] for r in table], [r["单位"] for r in table])
    assert [float(row["corrected"]) for row in rows] == pytest.approx(found.scores("corrected").tolist())
    effects = [float(row["effect"]) for row in read(rater_path.read_text("utf-8"))]
    assert effects == pytest.approx(found.raters.effect.tolist())
    assert main([*words, "--use", "corrected"]) == 0
    assert all(row["score"] == row["corrected"] for row in read(capsys.readouterr().out))


def test_corrections_across_components_are_refused(long: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["raters", "severity", long, *WORDS]
    assert main([*words, "--use", "corrected"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "2 components without a common rating" in err
    assert main(words) == 0
    assert [row["corrected"] for row in read(capsys.readouterr().out)] == [""] * 5
    assert main([*words, "--use", "corrected", "--within-components"]) == 0
    rows = read(capsys.readouterr().out)
    groups = {row["unit"]: row["component"] for row in rows}
    assert groups["甲"] == groups["乙"] == groups["丙"] != groups["丁"] == groups["戊"]
    assert all(row["score"] == row["corrected"] for row in rows)


def test_drift(long: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["raters", "drift", long, *WORDS, "--time", "日"]) == 0
    out, err = capsys.readouterr()
    assert [row["rater"] for row in read(out)] == ["p", "q", "r", "s"]
    assert "all raters together" in err


@pytest.mark.parametrize(
    ("act", "table", "more", "message"),
    [
        ("icc", "a,b\n1,x\n", [], "row 2, column b: 'x' is not a number"),
        ("icc", "a,b\n1,\n", [], "row 2, column b: '' is not a number"),
        ("icc", "a,b\n1,2\n", ["--columns", "a,z"], "there is no column 'z'"),
        ("icc", "a,b\n1,2\n2,4\n", ["--unit", "z"], "there is no column 'z'"),
        ("cohen", "a,b\nx,\n", [], "row 2, column b: the cell is empty"),
        ("cohen", "a,b,c\nx,y,z\n", [], "compares two raters, not 3"),
        ("krippendorff", "a,b\n1,1\n", ["--level", "interval"], "without variation"),
        ("krippendorff", "a,b\n1,2\n", ["--level", "interval", "--seed", "-1"], "--seed must be"),
        ("kendall", "a,b\n1,2\n", [], "only one unit"),
        ("reliability", "a,b\n1,2\n2,\n", [], "row 3, column b"),
        ("reliability", "a,b\n1,2\n2,3\n", ["--coverage", "2"], "coverage must lie"),
        ("severity", "y,r,u\n1,a,b\n", ["--rating", "y", "--rater", "r", "--unit", "u"], "all ratings are 1"),
        ("severity", "y,r,u\n1,,b\n", ["--rating", "y", "--rater", "r", "--unit", "u"], "column r: the cell is empty"),
    ],
)
def test_bad_input_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], act: str, table: str, more: list[str], message: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(table, encoding="utf-8")
    assert main(["raters", act, str(path), *more]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.startswith(f"lianheng raters {act}: ")


@pytest.mark.parametrize(
    "words", [["icc"], ["reliability"], ["kendall"], ["krippendorff", "--level", "interval", "--bootstrap", "0"]]
)
@pytest.mark.parametrize("huge", ["1e308", "-1e308", "1e71"])
def test_numbers_too_large_to_compute_with_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], huge: str
) -> None:
    path = write(tmp_path / "t.csv", "i,j,k", [[1, 2, 5], [2, 2, huge], [3, 2, 3], [4, 4, 1]])
    assert main(["raters", *words, path]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{path}: row 3, column k: {float(huge):g} is beyond" in err


def test_the_largest_ratings_still_give_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = [[1, 2, 5], [2, 2, 3], [3, 2, 3], [4, 4, 1], [2, 3, 3], [3, 3, 4]]
    values = []
    for scale in (1.0, 1e69):
        path = write(tmp_path / "t.csv", "i,j,k", [[cell * scale for cell in row] for row in small])
        for words in (["icc"], ["krippendorff", "--level", "interval"], ["reliability", "--reversed", "k"]):
            assert main(["raters", *words, path]) == 0
            values.append([row["value"] for row in read(capsys.readouterr().out)])
    for plain, scaled in zip(values[:3], values[3:], strict=True):
        assert [float(value) for value in plain[:2]] == pytest.approx([float(value) for value in scaled[:2]], rel=1e-6)


def test_a_huge_rating_in_long_form_is_named(long: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(long)
    path.write_text(path.read_text("utf-8").replace(",84,", ",1e300,"), encoding="utf-8")
    for words in (["severity"], ["drift", "--time", "日"]):
        assert main(["raters", *words, long, *WORDS]) == 2
        assert "row 3, column 分: 1e+300 is beyond" in capsys.readouterr().err


def test_items_are_called_by_their_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "t.csv", "人,题一,题二", [["a", 1, 2], ["b", 2, 2], ["c", 3, 2]])
    assert main(["raters", "reliability", path, "--unit", "人"]) == 2
    assert f"{path}: column 题二 has one answer only; leave it out" in capsys.readouterr().err
    apart = write(tmp_path / "p.csv", "i,j,k", [[1, 2, "NA"], [2, 3, "NA"], [3, "NA", 1], [4, "NA", 3], [2, 1, "NA"]])
    assert main(["raters", "reliability", apart, "--missing", "pairwise"]) == 2
    assert "column j and column k have fewer than two persons in common" in capsys.readouterr().err


def test_ordinal_texts_need_their_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "t.csv", "a,b", [["优", "良"], ["中", "NA"], ["良", "中"], ["优", "优"]])
    words = ["raters", "krippendorff", path, "--level", "ordinal", "--bootstrap", "0"]
    assert main(words) == 2
    assert "row 2, column a: '优' is a text" in (err := capsys.readouterr().err) and "--categories" in err
    assert main([*words, "--categories", "中,良,优"]) == 0
