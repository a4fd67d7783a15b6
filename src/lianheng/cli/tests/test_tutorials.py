"""Every command of the tutorials on the statistics engines is typed as it stands there."""

import csv
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from lianheng.cli.main import main

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[4]


def commands_of(page: str) -> list[str]:
    text = (ROOT / "docs/tutorials" / page).read_text(encoding="utf-8")
    return re.findall(r"^    ((?:lianheng|printf) .+)$", text, re.M)


def column(path: str, key: str, name: str) -> dict[str, str]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return {row[key]: row[name] for row in csv.DictReader(file)}


def drawn(bundle: str) -> list[str]:
    return [row[0] for row in json.loads(Path(bundle).read_text(encoding="utf-8"))["result"]]


def test_from_answers_to_a_ranking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "examples/district", tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    said = {}
    for command in commands_of("survey-raters-ranks.md"):
        assert main(shlex.split(command)[1:]) == 0, (command, capsys.readouterr())
        said[command.split(" --")[0]] = capsys.readouterr().out
    assert len(said) == 7  # towns are asked as the whole was
    # What the page tells is what comes out.
    assert said["lianheng survey size"] == "814\n"
    screened = said["lianheng survey screen answers.csv"]
    assert "347 of 360 kept" in screened and "straight line: 15" in screened and "too fast: 18" in screened
    assert said["lianheng survey proportion answers.csv"].count("n = 60") == 6
    lower, upper = (column("ranks.csv", "unit", name) for name in ("lower", "upper"))
    assert (lower["甲镇"], upper["甲镇"]) == ("1", "1")
    assert {(lower[town], upper[town]) for town in ("乙镇", "丁镇", "丙镇")} == {("2", "5")}
    effects = column("raters.csv", "rater", "effect")
    assert (f"{float(effects['钱']):.1f}", f"{float(effects['赵']):.1f}") == ("-2.7", "2.1")


def test_one_figure_is_what_the_page_says(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT / "examples/district")
    (command,) = [one for one in commands_of("survey-raters-ranks.md") if "--deff with" in one]
    assert main(shlex.split(command)[1:]) == 0
    assert capsys.readouterr().out.startswith("是: 69.9 % 64.5 to 74.8 %")


def test_an_index_and_a_draw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("asem", "district"):
        shutil.copytree(ROOT / "examples" / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    found = {}
    commands = commands_of("index-and-draw.md")
    assert len(commands) == 11
    for command in commands:
        for word, value in found.items():
            command = command.replace(word, value)
        if command.startswith("printf"):
            Path("absent.csv").write_text(f"id,reason\n{found['FIRST']},道路中断\n", encoding="utf-8")
            continue
        assert main(shlex.split(command)[1:]) == 0, (command, capsys.readouterr())
        out = capsys.readouterr().out
        if "draw commit" in command or "draw reveal" in command:
            found["COMMITMENT" if "commit " in command else "CODE"] = out.split()[-1]
        if Path("bundle.json").exists():
            found["FIRST"] = drawn("bundle.json")[0]
    first, second = drawn("bundle.json"), drawn("bundle2.json")
    assert len(first) == len(second) == 12 and set(first) - set(second) == {found["FIRST"]}
    assert {"report.html", "results.csv", "manifest.json"} <= {path.name for path in Path("result").iterdir()}
    assert len(column("robust/ranks.csv", "uCode", "Median")) == 51


def test_the_example_files_are_what_their_program_makes(tmp_path: Path) -> None:
    made = tmp_path / "make.py"
    shutil.copy(ROOT / "examples/district/make.py", made)
    scope = {"__name__": "__main__", "__file__": str(made)}
    exec(compile(made.read_text(encoding="utf-8"), str(made), "exec"), scope)
    for name in ("answers.csv", "villages.csv", "totals.csv", "ratings.csv"):
        assert (tmp_path / name).read_bytes() == (ROOT / "examples/district" / name).read_bytes()
