"""The procurement indicators keep to the format of all models, and their pages are made from their files."""

from pathlib import Path
from shutil import copytree

import duckdb
import pytest

from lianheng.cli.main import main
from lianheng.engine.redflags.card import model_card
from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.ocds.reader import load_releases
from lianheng.engine.redflags.ocds.rules import read_rules
from lianheng.engine.redflags.ocds.run import _Run
from lianheng.engine.redflags.ocds.settings import check_settings
from lianheng.engine.redflags.problems import DeclarationError
from lianheng.engine.redflags.trial import try_model
from lianheng.library.models import load_library
from lianheng.library.procurement import PROCUREMENT, load_procurement

PAGES = Path(__file__).resolve().parents[4] / "docs/reference/models/procurement"
CODES = ["R003", "R018", "R024", "R025", "R028", "R030", "R035", "R036", "R038", "R048", "R058"]


@pytest.fixture(scope="module")
def library() -> Library:
    return load_procurement()


def test_every_case_of_every_indicator_comes_out(library: Library) -> None:
    assert list(library.models) == CODES
    outcomes = [outcome for model in library.models.values() for outcome in try_model(library, model)]
    assert [outcome for outcome in outcomes if not outcome.ok] == []
    assert len(outcomes) == sum(len(cases) for cases in library.cases.values()) > 40


def test_each_page_is_as_the_files_are(library: Library) -> None:
    for code, model in library.models.items():
        card = model_card(model, library.cases[code], "models/procurement")
        assert (PAGES / f"{code}.md").read_text(encoding="utf-8") == card, code
    assert sorted(path.stem for path in PAGES.glob("*.md")) == CODES


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("R018/query.sql", "FROM competitive", "FROM read_csv('/etc/passwd')", "only declared tables may be read"),
        ("R025/distribution.sql", "FROM tendering", "FROM process", "'process', which is not declared"),
        (
            "prepare.sql",
            "max(CASE WHEN tenderer = winner",
            "median(CASE WHEN tenderer = winner",
            "median is not allowed",
        ),
        ("R048/model.yaml", "settings:", "setings:", "setings"),
    ],
)
def test_its_sql_passes_the_same_checks(tmp_path: Path, file: str, old: str, new: str, message: str) -> None:
    folder = copytree(PROCUREMENT, tmp_path / "procurement")
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DeclarationError, match=message):
        load_procurement(folder)


def test_doubles_are_for_this_library_alone() -> None:
    with pytest.raises(DeclarationError) as caught:
        load_library(PROCUREMENT, PROCUREMENT / "registers", with_cases=False)
    texts = {str(problem) for problem in caught.value.problems}
    assert any("bid.yaml: columns.amount: ieee_double is for libraries" in text for text in texts)


def test_the_commands_know_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--library", "procurement"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == CODES
    assert main(["models", "show", "R028", "--library", "procurement"]) == 0
    assert "# R028 报价完全相同" in capsys.readouterr().out
    assert main(["models", "test", "R030", "--library", "procurement"]) == 0
    assert "4 of 4 cases of 1 models" in capsys.readouterr().out


def test_the_reader_makes_the_registers_that_are_declared(library: Library, tmp_path: Path) -> None:
    rules, settings = read_rules(PROCUREMENT), check_settings({code: {} for code in CODES})
    (tmp_path / "one.jsonl").write_text('{"ocid": "x"}\n', encoding="utf-8")
    with duckdb.connect() as connection:
        run = _Run(connection, settings, rules)
        load_releases(connection, tmp_path / "one.jsonl", tmp_path, run.read)
        run.prepare(maps=True)
        made = {
            name: {
                row[0]: row[1].replace("JSON", "VARCHAR") for row in connection.execute(f"DESCRIBE {name}").fetchall()
            }
            for name in library.registers
        }
    declared = {name: {c: t.sql for c, t in register.types.items()} for name, register in library.registers.items()}
    assert made == declared
    assert set(library.prepare) < set(rules.prepare)
