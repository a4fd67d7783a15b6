"""`lianheng survey`: figures, weights, screening, sizes from CSV; wrong input is refused with its place."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from lianheng.cli.main import main
from lianheng.engine.estimation import EstimationError, combine_frames, estimate_total, survey_design

from .reading import HERE

DESIGN = ["--weight", "weight", "--stratum", "stratum", "--psu", "psu", "--fpc", "fpc"]
TOTALS = "margin,level,total\nsex,女,1700\nsex,男,1800\nage,18-34,1200\nage,35-59,1300\nage,60+,1000\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copy(HERE / "small_survey.csv", "survey.csv")
    Path("totals.csv").write_text(TOTALS)
    return tmp_path


def survey(*words: str) -> int:
    return main(["survey", *words])


def rows(path: str) -> list[dict[str, str]]:
    with open(path, encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_means_by_domain_with_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """The figures of R survey 4.1.1: see test_agree_with_r.py."""
    words = ["--y", "score", "--by", "age", "--deff", "without_replacement", "--out", "means.csv"]
    assert survey("mean", "survey.csv", *DESIGN, *words) == 0
    table = rows("means.csv")
    assert [row["domain"] for row in table] == ["18-34", "35-59", "60+"]
    assert float(table[0]["estimate"]) == pytest.approx(70.7994818993983)
    assert float(table[0]["se"]) == pytest.approx(1.5432873121137)
    assert float(table[1]["deff"]) == pytest.approx(1.5511773162390)
    shown = capsys.readouterr().out
    assert "18-34: 70.7995 ± " in shown and "deff 0.85 (without_replacement)" in shown
    assert shown.endswith("errors: linearised\n")


def test_an_answer_that_all_give_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    Path("all.csv").write_text("a\n" + "yes\n" * 40)
    assert survey("proportion", "all.csv", "--y", "a") == 0
    assert "all answers alike: ask for --interval wilson" in capsys.readouterr().out


def test_few_answers_are_marked(capsys: pytest.CaptureFixture[str]) -> None:
    assert survey("proportion", "survey.csv", *DESIGN, "--y", "answer", "--by", "age", "--level-of", "满意") == 0
    assert "fewer than 30 answers: not to be published" in capsys.readouterr().out


@pytest.mark.parametrize("method", ["logit", "wilson", "beta"])
def test_intervals_of_shares(capsys: pytest.CaptureFixture[str], method: str) -> None:
    assert survey("proportion", "survey.csv", *DESIGN, "--y", "answer", "--interval", method) == 0
    out = capsys.readouterr().out
    assert f"(95 %, {method}), n = " in out and " without answer" in out


def test_raked_means_by_replicates(capsys: pytest.CaptureFixture[str]) -> None:
    assert survey("mean", "survey.csv", *DESIGN, "--y", "hours", "--rake", "totals.csv", "--out", "raked.csv") == 0
    assert float(rows("raked.csv")[0]["estimate"]) == pytest.approx(5.5423067874812)
    assert float(rows("raked.csv")[0]["se"]) == pytest.approx(0.4256797728608)
    boot = ["--replicates", "bootstrap", "--draws", "300", "--seed", "7", "--out", "boot.csv"]
    assert survey("mean", "survey.csv", *DESIGN, "--y", "hours", "--rake", "totals.csv", *boot) == 0
    assert "errors: bootstrap, raked" in capsys.readouterr().out
    assert 0.3 < float(rows("boot.csv")[0]["se"]) < 0.6


def test_ratio_total_and_median(capsys: pytest.CaptureFixture[str]) -> None:
    assert survey("ratio", "survey.csv", *DESIGN, "--y", "score", "--x", "hours", "--replicates", "jackknife") == 0
    assert survey("total", "survey.csv", *DESIGN, "--y", "hours") == 0
    assert survey("quantile", "survey.csv", *DESIGN, "--y", "hours", "--out", "median.csv") == 0
    out = capsys.readouterr().out
    assert out.startswith("12.9196 ± ") and "19478.1 ± " in out and "5.24, 4.07 to 6.71 (95 %), n = 74" in out
    assert float(rows("median.csv")[0]["se"]) == pytest.approx(0.583513834365)


def test_calibrated_figures_with_replicates(capsys: pytest.CaptureFixture[str]) -> None:
    Path("columns.csv").write_text("column,total\nhours,20000\n")
    Path("sex.csv").write_text("margin,level,total\nsex,女,1700\nsex,男,1800\n")
    to = ["--calibrate", "logit", "--margins", "sex.csv", "--totals", "columns.csv", "--bounds", "0.5,2"]
    boot = ["--replicates", "bootstrap", "--draws", "60", "--seed", "7"]
    assert survey("total", "survey.csv", *DESIGN, "--y", "hours", *to, *boot, "--out", "known.csv") == 0
    assert "errors: bootstrap, calibrated" in capsys.readouterr().out
    known = rows("known.csv")[0]
    assert float(known["estimate"]) == pytest.approx(20000) and float(known["se"]) < 1e-4
    assert survey("quantile", "survey.csv", *DESIGN, "--y", "score", *to, *boot, "--out", "median.csv") == 0
    assert float(rows("median.csv")[0]["se"]) > 0
    assert survey("quantile", "survey.csv", *DESIGN, "--y", "score", "--replicates", "jackknife") == 2
    assert survey("mean", "survey.csv", *DESIGN, "--y", "score", *to, "--rake", "sex.csv") == 2
    errors = capsys.readouterr().err
    assert "the jackknife is wrong for quantiles" in errors and "--rake and --calibrate are two ways" in errors


def test_frames_count_apart(capsys: pytest.CaptureFixture[str]) -> None:
    Path("frames.csv").write_text(
        "frame,w,share,y\nphone,10,1,1\nphone,10,0.5,2\nweb,5,0.5,3\nweb,5,0.5,4\nweb,5,1,5\n"
    )
    words = ["--weight", "w", "--frame", "frame", "--share", "share", "--y", "y"]
    assert survey("total", "frames.csv", *words) == 0
    both = combine_frames([survey_design([10, 10]), survey_design([5] * 3)], [[1, 0.5], [0.5, 0.5, 1]])
    total = estimate_total(both, [1, 2, 3, 4, 5])
    assert capsys.readouterr().out.startswith(f"{total.value[0]:.6g} ± {total.margin()[0]:.6g} (95 %), n = 5")


def test_weights_are_written_beside_the_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert survey("weights", "survey.csv", *DESIGN, "--margins", "totals.csv", "--out", "w.csv") == 0
    table = rows("w.csv")
    assert sum(float(r["weight_adjusted"]) for r in table if r["sex"] == "女") == pytest.approx(1700)
    assert "74 weights, sum 3500" in capsys.readouterr().out
    Path("columns.csv").write_text("column,total\nhours,20000\n")
    Path("sex.csv").write_text("margin,level,total\nsex,女,1700\nsex,男,1800\n")
    more = ["--margins", "sex.csv", "--totals", "columns.csv", "--method", "logit", "--bounds", "0.8,1.25"]
    assert survey("weights", "survey.csv", *DESIGN, *more, "--trim-high", "3", "--out", "l.csv") == 0
    assert sum(float(r["hours"]) * float(r["weight_adjusted"]) for r in rows("l.csv")) == pytest.approx(20000)
    assert survey("weights", "survey.csv", "--method", "post-stratify", "--margins", "sex.csv", "--out", "p.csv") == 0


def test_screening_keeps_everybody_in_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("items.csv").write_text("id,a,b,c,d,s\n1,3,3,3,3,200\n2,1,4,2,5,210\n3,1,4,2,5,190\n4,2,5,,4,40\n")
    words = ["--items", "a,b,c,d", "--seconds", "s", "--longstring-at-least", "4", "--out", "screened.csv"]
    assert survey("screen", "items.csv", *words) == 0
    table = rows("screened.csv")
    assert [row["kept"] for row in table] == ["0", "1", "0", "0"]
    assert table[2]["reasons"] == "copy: same answers as row 3" and "too fast: speed 4.87" in table[3]["reasons"]
    assert "1 of 4 kept; the others stay in the file with their reasons" in capsys.readouterr().out


def test_waves_areas_sizes_and_allocation(capsys: pytest.CaptureFixture[str]) -> None:
    for name, yes in (("one.csv", 296), ("two.csv", 340)):
        Path(name).write_text("answer\n" + "yes\n" * yes + "no\n" * (400 - yes))
    assert survey("compare", "one.csv", "two.csv", "--y", "answer", "--level-of", "yes") == 0
    assert (
        "yes: 74 → 85, change +11 points (+5.44 to +16.6, 95 %): a change, n = 400 and 400" in capsys.readouterr().out
    )
    Path("areas.csv").write_text("area,est,se\na,1,0.7\nb,2,0.7\nc,3,0.7\nd,5,0.7\ne,,\n")
    assert survey("small-areas", "areas.csv", "--area", "area", "--direct", "est", "--se", "se", "--out", "fh.csv") == 0
    assert float(rows("fh.csv")[4]["estimate"]) == pytest.approx(2.75) and rows("fh.csv")[4]["kept"] == "0.0"
    capsys.readouterr()
    assert survey("size", "--margin", "0.05") == 0
    assert survey("size", "--margin", "2", "--sd", "15") == 0
    assert capsys.readouterr().out == "385\n217\n"
    Path("strata.csv").write_text("stratum,size,sd\n城区,600,1\n乡镇,300,4\n")
    assert survey("allocate", "strata.csv", "--total", "100", "--method", "neyman") == 0
    assert capsys.readouterr().out == "城区: 33\n乡镇: 67\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["mean", "survey.csv", "--y", "nothing"],
            "survey.csv: there is no column 'nothing'; the file has stratum, psu",
        ),
        (["mean", "survey.csv", "--y", "sex"], "survey.csv: row 2, column sex: '男' is not a number"),
        (["mean", "bad.csv", "--y", "y", "--weight", "w"], "bad.csv: row 3, column w: -1 is below 0; correct it"),
        (["mean", "bad.csv", "--y", "y", "--weight", "v"], "bad.csv: row 3, column v: '' is not a number"),
        (["mean", "bad.csv", "--y", "y", "--fpc", "y"], "bad.csv: column y: row 2 differs from others of its stratum"),
        (
            ["mean", "bad.csv", "--y", "y", "--fpc", "w2"],
            "bad.csv: column w2: row 2 has a population of 1.5, but 2 are",
        ),
        (["mean", "bad.csv", "--y", "y", "--stratum", "y"], "bad.csv: the stratum 1 has only one primary unit"),
        (["mean", "survey.csv", "--y", "hours", "--replicates", "bootstrap"], "a bootstrap needs --seed"),
        (["mean", "survey.csv", "--y", "hours", "--rake", "bad.csv"], "bad.csv: there is no column 'margin'"),
        (["mean", "survey.csv", "--y", "hours", "--confidence", "95"], "the level is above 0 and below 1"),
        (["proportion", "survey.csv", "--y", "answer", "--level-of", "满"], "column answer: nobody answered '满'"),
        (["mean", "bad.csv", "--y", "y", "--share", "v"], "bad.csv: row 3, column v: '' is not a number"),
        (["mean", "bad.csv", "--y", "y", "--share", "y"], "--share is a part of weights from several frames"),
        (["weights", "survey.csv", "--out", "not.csv"], "raking needs --margins TOTALS.csv"),
        (["weights", "survey.csv", "--method", "logit", "--bounds", "1", "--out", "not.csv"], "write two numbers"),
        (["screen", "bad.csv", "--items", "y,v", "--scales", "x", "--out", "not.csv"], "--scales x: write numbers"),
        (["size", "--margin", "0"], "margin, deff and population are above 0"),
        (["allocate", "bad.csv", "--total", "3"], "bad.csv: there is no column 'stratum'"),
        (["mean", "absent.csv", "--y", "y"], "absent.csv: cannot be read"),
    ],
)
def test_wrong_input_is_refused_with_its_place(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    Path("bad.csv").write_text("y,w,v,w2\n1,1,1,1.5\n2,-1,,1.5\n")
    assert survey(*words) == 2
    caught = capsys.readouterr()
    assert message in caught.err and caught.err.count("\n") == 1 and caught.out == ""
    assert not Path("not.csv").exists()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("weights", "answers", "where"),
    [((1e308, 1e308, 1), (1, 2, 3), "column w: row 2 holds 1e+308"), ((1, 1, 1), (1e308, -1e308, 1), "too large")],
)
def test_numbers_that_outgrow_a_float_are_refused(
    weights: tuple[float, ...], answers: tuple[float, ...], where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("big.csv").write_text("w,y\n" + "".join(f"{w},{y}\n" for w, y in zip(weights, answers, strict=True)))
    assert survey("mean", "big.csv", "--y", "y", "--weight", "w", "--out", "out.csv") == 2
    said = capsys.readouterr()
    assert where in said.err and not said.out and not Path("out.csv").exists()
    with pytest.raises(EstimationError, match="too large"), np.errstate(all="ignore"):
        estimate_total(survey_design(weights=weights), answers)


def _negative() -> None:
    weights = (10, 10, 10, 12, 12, 12, 20)
    Path("a.csv").write_text("id,w,y\n" + "".join(f"{k},{w},{k}\n" for k, w in enumerate(weights, start=1)))
    Path("c1.csv").write_text("column,total\nid,50\n")


def test_weights_below_0_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    _negative()
    words = ["a.csv", "--weight", "w", "--totals", "c1.csv", "--out", "w.csv", "--method"]
    assert survey("weights", *words, "linear") == 2
    assert "weights below 0 (the least -2.6" in (error := capsys.readouterr().err) and "--bounds" in error
    assert not Path("w.csv").exists()
    assert survey("weights", *words, "raking") == 0
    assert survey("mean", "w.csv", "--y", "y", "--weight", "weight_adjusted") == 0


def test_a_figure_from_weights_below_0_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    _negative()
    words = ["mean", "a.csv", "--y", "y", "--weight", "w", "--totals", "c1.csv", "--calibrate"]
    assert survey(*words, "linear") == 0
    assert "calibrated weights are below 0 (the least -2.6" in capsys.readouterr().err
    assert survey(*words, "raking") == 0
    assert not capsys.readouterr().err


def test_points_given_as_the_margin_of_a_share(capsys: pytest.CaptureFixture[str]) -> None:
    assert survey("size", "--margin", "5") == 2
    assert "for 5 points write 0.05" in capsys.readouterr().err
    assert survey("size", "--margin", "5", "--sd", "40") == 0
    assert capsys.readouterr().out == "246\n"


def test_an_answer_of_neither_wave(capsys: pytest.CaptureFixture[str]) -> None:
    Path("one.csv").write_text("a\n好\n差\n好\nNA\n", encoding="utf-8")
    Path("two.csv").write_text("a\n好\n差\n很好\n", encoding="utf-8")
    assert survey("compare", "one.csv", "one.csv", "--y", "a", "--level-of", "很好") == 2
    assert "nobody answered '很好' in either file" in capsys.readouterr().err
    assert survey("compare", "one.csv", "two.csv", "--y", "a", "--level-of", "很好") == 0
    assert "0 → 33.33" in (out := capsys.readouterr().out) and "n = 3 and 3" in out


@pytest.mark.parametrize("lonely", ["certainty", "adjust", "average"])
def test_no_degrees_of_freedom(lonely: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("s.csv").write_text("s,y\na,1\nb,2\nc,3\n")
    assert survey("mean", "s.csv", "--y", "y", "--stratum", "s", "--lonely", lonely) == 0
    out = capsys.readouterr().out
    assert "2 ± unknown (no degrees of freedom" in out and "nan" not in out


def test_a_lonely_unit_is_named_as_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("s.csv").write_text("s,y\na,1\nb,2\nc,3\n")
    assert survey("mean", "s.csv", "--y", "y", "--stratum", "s") == 2
    assert "the stratum a has only one" in (error := capsys.readouterr().err) and "--lonely certainty, adj" in error
    Path("s.csv").write_text("y\n1\n")
    assert survey("mean", "s.csv", "--y", "y") == 2
    assert "the sample has only one primary unit" in capsys.readouterr().err


def test_a_normal_interval_beyond_all_shares(capsys: pytest.CaptureFixture[str]) -> None:
    Path("few.csv").write_text("w,a\n10,yes\n10,no\n20,yes\n")
    words = ["proportion", "few.csv", "--y", "a", "--weight", "w", "--level-of", "yes"]
    assert survey(*words) == 0
    assert "75.0 % ± " in (out := capsys.readouterr().out) and "ask for --interval wilson or logit" in out
    assert survey(*words, "--interval", "wilson") == 0
    assert "ask for" not in capsys.readouterr().out


def test_a_total_of_millions_is_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    Path("t.csv").write_text("y\n1843589\n1843589\n")
    assert survey("total", "t.csv", "--y", "y") == 0
    assert capsys.readouterr().out.startswith("3,687,178 ± 0 ")


def test_an_index_that_nobody_has_is_an_empty_cell() -> None:
    Path("q.csv").write_text("a,b,c\n1,2,3\n,,\n3,1,2\n4,1,2\n")
    assert survey("screen", "q.csv", "--items", "a,b,c", "--out", "s.csv") == 0
    assert rows("s.csv")[1]["irv"] == "" and "nan" not in Path("s.csv").read_text()
