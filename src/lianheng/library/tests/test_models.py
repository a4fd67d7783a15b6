"""Every shipped model does what its own cases say, with one thread and with two."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.problems import DeclarationError
from lianheng.engine.redflags.trial import try_model
from lianheng.library.models import MODELS, load_library

pytestmark = pytest.mark.slow

IDS = sorted(path.parent.name for path in MODELS.glob("*/model.yaml"))


@cache
def shipped() -> Library:
    return load_library()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("model_id", IDS)
def test_its_cases(model_id: str, threads: int) -> None:
    library = shipped()
    outcomes = try_model(library, library.models[model_id], threads)
    assert [(outcome.case, outcome.differences) for outcome in outcomes if not outcome.ok] == []


def copy_of_m05(folder: Path) -> dict[str, Any]:
    (folder / "M05").mkdir(parents=True)
    for name in ("model.yaml", "query.sql", "tests.yaml"):
        (folder / "M05" / name).write_text((MODELS / "M05" / name).read_text(encoding="utf-8"), encoding="utf-8")
    document: dict[str, Any] = yaml.load(
        (folder / "M05/model.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader
    )
    return document


def problems_after(folder: Path, old: str, new: str, file: str = "model.yaml") -> str:
    copy_of_m05(folder)
    path = folder / "M05" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DeclarationError) as raised:
        load_library(folder)
    return str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("level: high", "levle: high", "M05/model.yaml: levle: unknown key"),
        ("level: high", "", "M05/model.yaml: level: is missing"),
        ("status: test", "status: ready", "status: should be one of experimental, test, stable, deprecated"),
        ("default: 0.20, min: 0.05", "default: 3, min: 0.05", "3.0000 is out of bounds: g0 goes from 0.05 to 2.0"),
        ("year: integer, scheme", "year: float, scheme", "'float' is no type: money and area are decimals"),
        ("year: integer, scheme", "year: text, scheme", "year is integer in the register, and text here"),
        ("area: 'decimal(12,2)', amount", "acres: 'decimal(12,2)', amount", "register subsidy has no column 'acres'"),
        ("{growth:1%}", "{growht:1%}", "{growht} is no key, measure or parameter"),
        ("match: {village: village}", "match: {vilage: village}", "'vilage' is no declared column of land_right"),
        ("materiality: min_area", "materiality: floor", "names the parameter below which nothing is worth"),
        ("lookback_years: 2", "lookback_years: some", "a whole number of years, or all"),
        ("id: M05", "id: M5", "is 'M5', but the folder is named 'M05'"),
    ],
)
def test_a_fault_in_model_yaml_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in problems_after(tmp_path, old, new)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("AS excess\n", "AS surplus\n", "M05/query.sql: query: does not return excess"),
        ("AS excess\n", "AS surplus\n", "returns surplus, which is neither a key nor a measure"),
        ("CAST(year AS VARCHAR)", "year", "returns period as BIGINT; declared is text: add cast(period AS VARCHAR)"),
        ("FROM subsidy\n  GROUP", "FROM payment\n  GROUP", "reads 'payment', which is not declared"),
        ("v.village_name, v.area", "v.villagename, v.area", "villagename"),
        ("SELECT village, year, sum(insured_area) AS insured FROM insurance GROUP", "SELECT village, year, "
         "sum(area) AS insured FROM subsidy GROUP", "insurance is declared and not read"),
    ],
)  # fmt: skip
def test_a_fault_in_the_query_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in problems_after(tmp_path, old, new, "query.sql")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("shows: cannot_tell", "shows: other", "no case with `shows: cannot_tell`"),
        ("year: 2023, crop", "yaer: 2023, crop", "'yaer' is no declared column"),
        ("parameters: {g0: 0.60}", "parameters: {g0: 9}", "9.0000 is out of bounds"),
        ("result: clear", "result: clean", "result: should be one of flag, clear, cannot_tell"),
        ("reason: area_jump,", "reason: jump,", "'jump' is not declared under reasons"),
    ],
)
def test_a_fault_in_the_cases_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    found = problems_after_all(tmp_path, old, new) if old.startswith("shows") else problems_after(
        tmp_path, old, new, "tests.yaml")  # fmt: skip
    assert said in found


def problems_after_all(folder: Path, old: str, new: str) -> str:
    copy_of_m05(folder)
    path = folder / "M05/tests.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(DeclarationError) as raised:
        load_library(folder)
    return str(raised.value)


def test_a_wrong_expectation_fails(tmp_path: Path) -> None:
    copy_of_m05(tmp_path)
    path = tmp_path / "M05/tests.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("excess: 2401.20", "excess: 2401.21"), encoding="utf-8")
    library = load_library(tmp_path)
    wrong = [outcome for outcome in try_model(library, library.models["M05"]) if not outcome.ok]
    assert [outcome.differences for outcome in wrong] == [("430400000001 2023: excess is 2401.20, expected 2401.21",)]
