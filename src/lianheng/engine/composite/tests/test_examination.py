"""Groups and indicators examined; `lianheng index analyse` and `compare`; what the report says of it."""

import csv
from pathlib import Path

import numpy as np
import pytest

from lianheng.cli.main import main
from lianheng.engine.composite.examination import examine, in_words
from lianheng.engine.composite.framework import Framework
from lianheng.engine.composite.report_words import words
from lianheng.engine.composite.tables import Table

from .asem import FOLDER, full_run


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pipeline with all steps, over one time and over the panel."""
    made = tmp_path_factory.mktemp("analysis")
    text = (FOLDER / "robustness.toml").read_text(encoding="utf-8").split("[[assumption]]")[0]
    for name in ("indicators", "units", "meta"):
        text = text.replace(f'"{name}.csv"', f"'{FOLDER / name}.csv'")
    (made / "one.toml").write_text(text, encoding="utf-8")
    panel = text.replace("indicators.csv", "panel.csv").replace('method = "arithmetic"', 'method = "copeland"')
    (made / "panel.toml").write_text(panel, encoding="utf-8")
    return made


def test_groups_and_items_of_the_public_example() -> None:
    run = full_run()
    found = examine(run.table, run.state.framework)
    groups = {group.code: group for group in found.groups}
    assert [len(run.state.framework.children(code)) for code in groups] == [g.n_elements for g in found.groups]
    part = run.table.select_codes(run.state.framework.children("Physical")).values
    matrix = np.corrcoef(part, rowvar=False)
    k, covariance = 8, np.cov(part, rowvar=False)
    assert groups["Physical"].alpha == pytest.approx(k / (k - 1) * (1 - covariance.trace() / covariance.sum()))
    assert groups["Physical"].first_share == pytest.approx(np.linalg.eigvalsh(matrix)[-1] / k)
    assert groups["Physical"].mean_correlation == pytest.approx((matrix.sum() - k) / (k * (k - 1)))
    item = next(item for item in found.items if item.code == "LPI")
    rest = np.delete(part, 0, axis=1).mean(axis=1)
    assert item.item_rest == pytest.approx(np.corrcoef(part[:, 0], rest)[0, 1])
    assert item.variance_inflation == pytest.approx(np.linalg.inv(matrix)[0, 0])
    assert item.with_parent == pytest.approx(np.corrcoef(part[:, 0], run.table.column("Physical"))[0, 1])
    # R 4.2.2, psych 2.2.9: fa(cor(X), 1, fm = "minres") on the group gives an omega of 0.7183.
    assert groups["Physical"].omega == pytest.approx(0.7183, abs=1e-4)


def test_what_is_undefined_is_missing_and_not_said() -> None:
    framework = Framework.of_groups({"A": ["x"], "B": ["y", "z"]})
    table = Table.of(
        list("abc"),
        {name: [1.0, 2.0, 3.0] for name in ("x", "A", "Index")} | {"y": [5.0] * 3, "z": [1, 2, 4], "B": [3, 3.5, 4.5]},
    )
    found = examine(table, framework)
    one, constant, _ = found.groups
    assert np.isnan([one.alpha, one.omega, one.first_share, one.mean_correlation]).all()
    assert np.isnan([constant.omega, constant.first_share, constant.mean_correlation]).all()
    assert in_words(found, words("en"), []) == ["B: alpha is 0.00; its elements do not measure one thing."]


TINY = {
    "two units, one constant": "a,1,2,3,4\nb,2,1,5,4\n",
    "one unit": "a,1,2,3,4\n",
    "gaps": "a,1,2,,4\nb,2,,5,4\nc,3,1,4,4\n",
    "a group without any value": "a,1,2,,1\nb,2,,,2\nc,3,1,,4\n",
    "a column without any value": "a,1,2,3,\nb,2,4,1,\nc,3,1,4,\n",
}


@pytest.mark.parametrize("rows_", TINY.values(), ids=TINY)
def test_little_or_bad_data_stop_no_report(tmp_path: Path, rows_: str) -> None:
    (tmp_path / "i.csv").write_text("uCode,x,y,z,k\n" + rows_)
    (tmp_path / "meta.csv").write_text(
        "Level,iCode,Parent,Direction,Weight,Type\n1,x,A,1,1,Indicator\n1,y,A,-1,1,Indicator\n1,z,B,1,1,Indicator\n"
        "1,k,A,1,1,Indicator\n2,A,I,1,1,Aggregate\n2,B,I,1,1,Aggregate\n3,I,,1,1,Aggregate\n"
    )
    (tmp_path / "c.toml").write_text(
        '[input]\nindicators = "i.csv"\nmeta = "meta.csv"\n[[step]]\ndo = "normalise"\nconstant = "midpoint"\n'
        '[[step]]\ndo = "aggregate"\n'
    )
    for act in ("run", "analyse"):
        assert main(["index", act, str(tmp_path / "c.toml"), "--out", str(tmp_path / act)]) == 0


def test_what_stands_out_is_said_in_sentences() -> None:
    run = full_run()
    said = in_words(examine(run.table, run.state.framework), words("en"), [("a", "b", -0.6), ("c", "d", 0.95)])
    assert "Economic and Financial (Sus): alpha is −0.38; its elements do not measure one thing." in said
    assert any(text.startswith("Technical barriers to trade runs against its group (r = −0.62)") for text in said)
    assert "1 pairs of indicators within one group pull apart (r < −0.5); they are listed below." in said


def test_analyse_writes_its_tables(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["index", "analyse", str(folder / "one.toml"), "--out", str(folder / "one")]) == 0
    assert "10 files in" in capsys.readouterr().out
    pairs = {(row["first"], row["second"]): row for row in rows(folder / "one/correlations.csv")}
    assert len([pair for pair in pairs if pair[0] == "Index"]) == 49 + 8 + 2
    assert float(pairs["LPI", "Flights"]["p_value"]) == pytest.approx(0.00324, abs=1e-5)
    swiss = [row for row in rows(folder / "one/strengths.csv") if row["uCode"] == "CHE"]
    assert [row["kind"] for row in swiss] == ["strength"] * 5 + ["weakness"] * 5
    parts = [row for row in rows(folder / "one/contributions.csv") if row["uCode"] == "CHE"]
    index = full_run().table.column("Index")
    lead = index[full_run().table.units.index("CHE")] - index.mean()
    assert sum(float(row["amount"]) for row in parts) == pytest.approx(lead)
    assert {row["iCode"] for row in rows(folder / "one/components.csv") if row["Group"] == "Index"} == {"Conn", "Sust"}
    assert not (folder / "one/trends.csv").exists()


def test_a_panel_has_trends_and_copeland_no_contributions(folder: Path) -> None:
    words_ = ["index", "analyse", str(folder / "panel.toml"), "--correlation", "spearman", "--out", str(folder / "p")]
    assert main(words_) == 0
    found = rows(folder / "p/trends.csv")
    assert {row["method"] for row in found} == {"CAGR", "prc_change"} and len({row["unit"] for row in found}) == 51
    assert not (folder / "p/contributions.csv").exists()
    assert rows(folder / "p/correlations.csv")[0]["kind"] == "spearman"


def test_many_failed_runs_are_a_warning_in_both_reports(folder: Path) -> None:
    choice = '[[assumption]]\nname = "Mean"\nstep = "aggregate"\nparameter = "method"\n'
    choice += 'values = ["arithmetic", "geometric"]\n'
    second = '[[assumption]]\nname = "Winmax"\nstep = "treat"\nparameter = "winmax"\nvalues = [1, 5]\n'
    # Min-max from 0 has a unit at 0 in every column, which a geometric mean refuses.
    (folder / "fails.toml").write_text((folder / "one.toml").read_text() + choice + second)
    for act, share in (("uncertainty", "50% of the runs"), ("sensitivity", " of the runs could not be computed")):
        words_ = ["index", act, str(folder / "fails.toml"), "--replicates", "16", "--out", str(folder / act)]
        assert main(words_) == 0
        assert share in (folder / act / "report.html").read_text(encoding="utf-8")


def test_two_results_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text("uCode,Part,Index,rank_Index\nu,1,9,1\nv,2,5,2\nw,3,1,3\nx,1,,\n")
    (tmp_path / "b.csv").write_text("uCode,Part,Index,rank_Index\nv,2,8,1\nu,1,7,2\nw,3,1,3\n")
    here = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    assert main(["index", "compare", *here, "--out", str(tmp_path / "c.csv")]) == 0
    assert capsys.readouterr().out.startswith("Index: spearman 0.5000, kendall 0.3333, pearson ")
    assert (tmp_path / "c.csv").read_text().splitlines() == [
        *("uCode,rank_first,rank_second,difference", "u,1,2,-1", "v,2,1,1", "w,3,3,0", "x,,,"),
    ]
    assert main(["index", "compare", *here, "--code", "Other"]) == 2
    assert "the table has no column Other; it has Part, Index" in capsys.readouterr().err


def test_ranks_among_different_units_are_told_or_taken_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text("uCode,Index\nu,9\nv,7\nw,5\nx,3\n")
    (tmp_path / "b.csv").write_text("uCode,Index\nv,7\nx,3\n")
    here = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    assert main(["index", "compare", *here]) == 0
    said = capsys.readouterr()
    assert "ranks 4 units in the first result and 2 in the second, 2 in both" in said.err and "v: 2 and 1" in said.out
    assert main(["index", "compare", *here, "--common"]) == 0
    said = capsys.readouterr()
    assert not said.err and "mean change of rank 0.00" in said.out and "v:" not in said.out
    (tmp_path / "b.csv").write_text("uCode,Index\ny,7\n")
    assert main(["index", "compare", *here, "--common"]) == 2
    assert "no unit has Index in both results" in capsys.readouterr().err


def test_replicates_that_are_no_power_of_two(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    choices = '[[assumption]]\nname = "W"\nnoise = 0.25\nlevels = [2]\nsets = 2\n'
    choices += '[[assumption]]\nname = "T"\nstep = "treat"\nparameter = "winmax"\nvalues = [1, 5]\n'
    (folder / "odd.toml").write_text((folder / "one.toml").read_text() + choices)
    for count, told in (("5", True), ("8", False)):
        words_ = ["index", "sensitivity", str(folder / "odd.toml"), "--replicates", count, "--out", str(folder / count)]
        assert main(words_) == 0
        assert ("5 replicates are not a power of two: 8 would" in capsys.readouterr().out) is told
