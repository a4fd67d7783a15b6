"""The pipeline file and `lianheng index`: what the issue prints runs as it stands; everything else is a clear error."""

import csv
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lianheng.cli.main import main
from lianheng.engine.composite.aggregate import aggregate
from lianheng.engine.composite.chain import run_steps
from lianheng.engine.composite.config import read_config
from lianheng.engine.composite.errors import CompositeError
from lianheng.engine.composite.normalise import normalise
from lianheng.engine.composite.ranking import ranks
from lianheng.engine.composite.run_files import read_table

from .asem import FOLDER, inputs

pytestmark = pytest.mark.slow

PRINTED = """[input]
indicators = "indicators.csv"
units = "units.csv"
meta = "meta.csv"
[[step]]
do = "normalise"
method = "minmax"
range = [0, 100]
[[step]]
do = "aggregate"
method = "arithmetic"     # or a list, one per level
min_available = 0.0
"""


def _prepare(folder: Path) -> Path:
    for name in ("indicators.csv", "units.csv", "meta.csv", "panel.csv"):
        shutil.copy(FOLDER / name, folder / name)
    (folder / "index.toml").write_text(PRINTED, encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the public data and the printed file."""
    return _prepare(tmp_path)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of the printed file, run once; the file and its data lie in the folder above."""
    folder = _prepare(tmp_path_factory.mktemp("printed"))
    assert main(["index", "run", str(folder / "index.toml"), "--out", str(folder / "out")]) == 0
    return folder / "out"


def _config(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_printed_file_runs_as_it_stands(printed: Path) -> None:
    out = printed
    normalised = read_table(out / "normalise.csv")
    assert normalised.codes == inputs().framework.indicators
    expected = normalise(inputs().table, inputs().framework).table
    assert np.array_equal(normalised.values, expected.values, equal_nan=True)
    scores = aggregate(expected, inputs().framework)
    assert _rows(out / "aggregate.csv")[0] == ["uCode", *inputs().framework.codes]
    assert np.array_equal(read_table(out / "aggregate.csv").values, scores.values, equal_nan=True)
    results = _rows(out / "results.csv")
    assert results[0] == ["uCode", *inputs().framework.aggregates, "rank_Index"]
    assert [int(row[-1]) for row in results[1:]] == ranks(scores.column("Index")).astype(int).tolist()


def test_the_manifest_holds_the_hashes_and_the_report_needs_no_network(printed: Path) -> None:
    out = printed
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    for name, digest in manifest["outputs"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest
    assert set(manifest["outputs"]) == {path.name for path in out.iterdir()} - {"manifest.json"}
    assert manifest["inputs"]["meta.csv"] == hashlib.sha256((FOLDER / "meta.csv").read_bytes()).hexdigest()
    assert set(manifest["versions"]) == {"lianheng", "python", "numpy", "scipy"}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert 'src="http' not in page
    assert page.count("<svg") >= 3
    for words in ("Sustainable Connectivity", "Germany leads", "Cronbach", "What this report cannot tell"):
        assert words in page


def test_equal_inputs_give_equal_bytes_in_another_process(printed: Path) -> None:
    command = [sys.executable, "-m", "lianheng.cli.main", "index", "run", "index.toml", "--out", "again"]
    environment = {"TZ": "America/New_York", "LC_ALL": "C", "PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "7"}
    done = subprocess.run(command, cwd=printed.parent, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "51 units, 2 steps: 6 files in again\n"
    for path in printed.iterdir():
        assert path.read_bytes() == (printed.parent / "again" / path.name).read_bytes(), path.name


def test_the_longer_example_runs_every_act(tmp_path: Path) -> None:
    example = str(FOLDER / "robustness.toml")
    assert main(["index", "run", example, "--out", str(tmp_path / "run")]) == 0
    names = {path.name for path in (tmp_path / "run").iterdir()}
    steps = {f"{step}.csv" for step in ("denominate", "impute", "screen", "treat", "normalise", "aggregate")}
    assert steps | {"results.csv", "report.html", "manifest.json", "screen-record.csv", "treat-record.csv"} <= names
    ua = tmp_path / "ua"
    assert main(["index", "uncertainty", example, "--out", str(ua), "--replicates", "64", "--resume"]) == 0
    table = {row[0]: row for row in _rows(ua / "ranks.csv")}
    assert table["uCode"][2:7] == ["Nominal", "Mean", "Median", "Q5", "Q95"]
    assert float(table["CHE"][2]) == 1
    assert len(_rows(ua / "replicates.csv")) == 65
    assert len(list((ua / "blocks").glob("*.npz"))) == 1
    assert json.loads((ua / "manifest.json").read_text(encoding="utf-8"))["seed"] == 20180101
    sa = tmp_path / "sa"
    assert main(["index", "sensitivity", example, "--out", str(sa), "--replicates", "32", "--seed", "3"]) == 0
    assert [row[0] for row in _rows(sa / "sobol.csv")] == [
        "Variable",
        "Winmax",
        "Normalisation",
        "Weights",
        "Aggregation",
    ]
    assert json.loads((sa / "manifest.json").read_text(encoding="utf-8"))["seed"] == 3


def test_a_panel_and_the_chinese_report(folder: Path) -> None:
    text = PRINTED.replace("indicators.csv", "panel.csv") + '[report]\nlanguage = "zh-CN"\ntitle = "互联互通指数"\n'
    out = folder / "out"
    assert main(["index", "run", str(_config(folder, text)), "--out", str(out)]) == 0
    results = _rows(out / "results.csv")
    assert results[0][:2] == ["uCode", "Time"]
    assert len(results) == 1 + 255
    assert sum(row[-1] == "1" for row in results[1:]) == 5
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "互联互通指数" in page
    assert "得分最高" in page
    one = run_steps(
        (config := read_config(_config(folder, text.replace("[input]", "[input]\ntime = 2020")))).read(), config.steps
    )
    assert len(one.table.units) == 51


def test_a_panel_normalises_over_all_years_unless_told_otherwise(folder: Path) -> None:
    text = PRINTED.replace("indicators.csv", "panel.csv")
    whole = run_steps((c := read_config(_config(folder, text))).read(), c.steps[:1]).table
    apart = text.replace('method = "minmax"', 'method = "minmax"\nglobal = false')
    years = run_steps((c := read_config(_config(folder, apart))).read(), c.steps[:1]).table
    assert (np.nanmax(whole.values, axis=0) == 100).all()
    assert not (np.nanmax(whole.at(2018).values, axis=0) == 100).all()
    assert (np.nanmax(years.at(2018).values, axis=0) == 100).all()


def test_goalposts_frozen_in_one_year_are_used_in_the_next(printed: Path, folder: Path) -> None:
    shutil.copy(printed / "normalise-frozen.csv", folder / "goalposts.csv")
    text = PRINTED.replace('method = "minmax"\nrange = [0, 100]', 'frozen = "goalposts.csv"')
    config = read_config(_config(folder, text))
    again = run_steps(config.read(), config.steps)
    assert np.array_equal(again.table.values, read_table(printed / "aggregate.csv").values, equal_nan=True)
    (folder / "goalposts.csv").write_text("iCode\nLPI\n", encoding="utf-8")
    with pytest.raises(CompositeError, match=r"goalposts\.csv, row 1: the columns are not"):
        run_steps(config.read(), config.steps)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("range = [0, 100]", "rnge = [0, 100]", "step 1 (normalise): unknown key 'rnge'; known are method, range"),
        ("range = [0, 100]", "range = [100, 0]", "the second number must be above the first"),
        ('do = "normalise"', 'do = "normalize"', "'normalize' is not a step"),
        ('do = "normalise"\n', "", "step 1 does not say what to do"),
        ("[input]", "[inputs]", "unknown key 'inputs'"),
        ('units = "units.csv"', 'unit = "units.csv"', "[input]: unknown key 'unit'"),
        ('meta = "meta.csv"', "", "[input] needs meta"),
        ("min_available = 0.0", "min_available = 2", "a share from 0 to 1 is wanted"),
        ("min_available = 0.0", "min_available = 0.0\ndat_thresh = 0.1", "says again"),
        ('method = "arithmetic"', 'method = ["arithmetic"]', "there are 3 level steps"),
        ('method = "arithmetic"', 'method = "middling"', "'middling' is not an aggregation"),
        ('method = "minmax"', 'method = "minimax"', "'minimax' is not a method"),
        ("[[step]]", "[[stp]]", "unknown key 'stp'"),
        ("= 0.0", "= ", "is not TOML"),
        ('"indicators.csv"', '"nowhere.csv"', "cannot be read"),
        ('do = "normalise"', 'do = "aggregate"', "unknown key 'range'"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    assert old in PRINTED
    path = _config(folder, PRINTED.replace(old, new))
    assert main(["index", "run", str(path), "--out", str(folder / "out")]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.startswith("lianheng index run: ")
    assert told.count("\n") == 1
    assert not (folder / "out").exists()


def test_an_analysis_needs_something_to_vary(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for act in ("uncertainty", "sensitivity"):
        assert main(["index", act, str(folder / "index.toml"), "--out", str(folder / "out")]) == 2
        assert "no [[assumption]]" in capsys.readouterr().err
    assert not (folder / "out").exists()


def test_parameters_are_named_as_in_coinr_or_as_in_the_issue(folder: Path) -> None:
    step = '[[step]]\ndo = "{}"\n{}\n'
    head = PRINTED.split("[[step]]")[0]
    coinr = (
        head
        + step.format("screen", 'dat_thresh = 0.9\nunit_screen = "byNA"')
        + step.format("impute", 'f_i = "i_mean_grp"\nuse_group = "EurAsia_group"')
        + step.format("normalise", "l = 0\nu = 100")
        + step.format("aggregate", 'f_ag = "gmean"\ndat_thresh = 0.1'.replace("gmean", "amean"))
    )
    ours = (
        head
        + step.format("screen", "min_available = 0.9")
        + step.format("impute", 'method = "mean"\ngroup = "EurAsia_group"')
        + step.format("normalise", "range = [0, 100]")
        + step.format("aggregate", "min_available = 0.1")
    )
    tables = []
    for text in (coinr, ours):
        config = read_config(_config(folder, text))
        tables.append(run_steps(config.read(), config.steps).table.values)
    assert np.array_equal(*tables, equal_nan=True)


def test_steps_of_one_kind_are_numbered_and_indicators_may_differ(folder: Path) -> None:
    text = PRINTED.replace(
        "[[step]]",
        '[[step]]\ndo = "treat"\nwinmax = "none"\n[step.indicators.Flights]\nf1 = "none"\nf2 = "none"\n[[step]]',
        1,
    )
    text = text.replace(
        "range = [0, 100]",
        'range = [1, 100]\n[step.indicators.LPI]\nmethod = "rank"\n[[step]]\ndo = "normalise"\nmethod = "none"',
    )
    out = folder / "out"
    # "none" after a first normalisation would turn the directions again; it is only looked at for its file name.
    assert main(["index", "run", str(_config(folder, text)), "--out", str(out)]) == 0
    assert (out / "normalise-2.csv").exists()
    assert read_table(out / "normalise.csv").column("LPI").max() == 51
    flights = inputs().table.column("Flights")
    assert np.array_equal(read_table(out / "treat.csv").column("Flights"), flights)


def test_the_config_can_be_read_without_running(folder: Path) -> None:
    config = read_config(folder / "index.toml")
    assert [step.do for step in config.steps] == ["normalise", "aggregate"]
    with pytest.raises(CompositeError, match="cannot be read"):
        read_config(folder / "none.toml")


def test_a_missing_extra_is_named_in_one_line(folder: Path) -> None:
    code = (
        "import sys; sys.modules['numpy'] = None; from lianheng.cli.main import main;"
        "sys.exit(main(['index', 'run', 'index.toml', '--out', 'out']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == ("lianheng index run: numpy is missing: pip install 'lianheng[statistics]'\n")


@pytest.mark.parametrize("value", ["[0, inf]", "[-inf, 1]", "[0, nan]", "[0, 1" + "0" * 400 + "]"])
def test_a_range_without_end_is_refused(folder: Path, capsys: pytest.CaptureFixture[str], value: str) -> None:
    file = folder / "index.toml"
    file.write_text(PRINTED.replace("[0, 100]", value), encoding="utf-8")
    assert main(["index", "run", str(file), "--out", str(folder / "out")]) == 2
    assert "step 1 (normalise): range" in (error := capsys.readouterr().err) and "a finite number is wanted" in error
    assert not (folder / "out").exists()


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.filterwarnings("error")
def test_values_that_outgrow_a_float_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = _read(folder / "indicators.csv")
    rows[1]["Goods"], rows[2]["Goods"] = "1.7e308", "-1.7e308"
    _write(folder / "indicators.csv", rows)
    assert main(["index", "run", str(folder / "index.toml"), "--out", str(folder / "out")]) == 2
    error = capsys.readouterr().err
    assert "normalise: numbers grow too large" in error and f"1.7e+308, Goods of {rows[1]['uCode']}" in error
    assert not (folder / "out").exists()


@pytest.mark.filterwarnings("error")
def test_weights_that_outgrow_a_float_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = _read(folder / "meta.csv")
    for row in rows:
        if row["iCode"] in ("LPI", "Flights", "Ship"):
            row["Weight"] = "1e308"
    _write(folder / "meta.csv", rows)
    assert main(["index", "run", str(folder / "index.toml"), "--out", str(folder / "out")]) == 2
    assert (
        "aggregate: numbers grow too large to reckon with; the largest is the weight 1e+308" in capsys.readouterr().err
    )
