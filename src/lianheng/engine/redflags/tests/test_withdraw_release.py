"""A released parameter is taken back: both lines stay, what was before is in force, and words of --set are checked."""

import datetime as dt
from pathlib import Path

import pytest

from lianheng.engine.redflags.binding import value_in_force
from lianheng.engine.redflags.execution import bound_query
from lianheng.engine.redflags.settings import parameters_hash
from lianheng.engine.redflags.tests.office import Type
from lianheng.library.office import Office

DAY = "2024-12-20"
TAKE = f"models withdraw M05 --today {DAY} --reason 误伤 --by 丙"
RELEASED = """parameters:
  - {model: M05, parameter: g0, value: 0.30, from: 2024-10-01, reason: 一, set_by: 乙, set_on: 2024-10-01}
  - {"model": "M05", "parameter": "g0", "value": "0.4", "from": "2024-11-01",
     "reason": "二", "set_by": "乙", "set_on": "2024-11-01"}
"""


def in_force(office: Path) -> tuple[str, list[str]]:
    there = Office.at(office)
    model = there.models(there.library())["M05"]
    return parameters_hash(model, dt.date.fromisoformat(DAY)), [
        str(value.value) for value in model.parameters["g0"].values
    ]


@pytest.fixture
def released(office: Path) -> Path:
    (office / "settings.yaml").write_text(RELEASED, encoding="utf-8")
    return office


def test_the_last_release_is_taken_back_first(lianheng: Type, released: Path, tmp_path: Path) -> None:
    (tmp_path / "clean").mkdir()
    before, _ = in_force(tmp_path / "clean")
    assert [row["value"] for row in lianheng("models withdraw M05 --json").json] == [0.3, "0.4"]
    first = lianheng(TAKE)
    assert first.code == 0 and "in force now: g0 = 0.3000" in first.out
    assert in_force(released)[1] == ["0.3000"]
    assert lianheng(f"{TAKE} g0 --json").json["in_force"] == "0.2000"
    # What is asked is what was asked before any release; the file tells the whole story.
    assert in_force(released) == (before, [])
    text = (released / "settings.yaml").read_text(encoding="utf-8")
    assert text.startswith(RELEASED) and text.count('"withdrawn": true') == 2 and text.count("误伤") == 2
    again = lianheng(TAKE)
    assert again.code == 1 and "no release of M05 stands" in again.err
    assert (released / "settings.yaml").read_text(encoding="utf-8") == text


def test_it_needs_a_reason_and_a_name_and_something_to_take_back(lianheng: Type, released: Path) -> None:
    assert "needs --reason and --by" in lianheng("models withdraw M05 --reason x").err
    assert lianheng("models withdraw M05 k0").code == 1
    assert lianheng("models withdraw M99").code == 2
    assert (released / "settings.yaml").read_text(encoding="utf-8") == RELEASED
    taken = "{model: M05, parameter: g0, value: 0.5, withdrawn: true, reason: x, set_by: y, set_on: 2024-12-01}"
    lines = f"{RELEASED}  - {taken}\n"
    (released / "settings.yaml").write_text(lines, encoding="utf-8")
    assert "nothing to take back" in lianheng(TAKE).err


def test_a_value_for_everywhere_is_named_beside_one_for_a_division(lianheng: Type, office: Path) -> None:
    local = """  - {model: M05, parameter: g0, value: 0.25, region: "4304", from: 2024-10-01, reason: 三, set_by: 乙,
     set_on: 2024-10-01}
"""
    (office / "settings.yaml").write_text(RELEASED + local, encoding="utf-8")
    unclear = lianheng(f"{TAKE} g0")
    assert unclear.code == 2 and "say which one, with NAME and --region or --global" in unclear.err
    assert (
        "g0 --global: M05 g0 = 0.4 everywhere" in unclear.err
        and "g0 --region 4304: M05 g0 = 0.25 in 4304" in unclear.err
    )
    assert lianheng(f"{TAKE} g0 --global --region 4304").code == 2

    taken = lianheng(f"{TAKE} g0 --global")
    assert taken.code == 0 and "taken back: M05 g0 = 0.4 everywhere" in taken.out
    assert "in force now: g0 = 0.3000; recorded" in taken.out and in_force(office)[1] == ["0.3000", "0.2500"]
    assert [row["value"] for row in lianheng("models withdraw M05 --global --json").json] == [0.3]
    elsewhere = lianheng(f"{TAKE} g0 --region 4305")
    assert elsewhere.code == 1 and "no release of M05 g0 in 4305 stands; there are:" in elsewhere.err
    assert "g0 --region 4304: M05 g0 = 0.25" in elsewhere.err
    assert "in force now: g0 = 0.3000 in 4304" in lianheng(f"{TAKE} g0 --region 4304").out


@pytest.mark.parametrize(
    ("words", "said"),
    [("g0=9", "--set g0=9: 9.0000 is out of bounds: g0 goes from"), ("g0=abc", "--set g0=abc: 'abc' is not a decimal"),
     ("g0", "--set g0: give NAME=VALUE"), ("nope=1", "'nope' is no parameter of M05; there are g0")],
)  # fmt: skip
def test_a_change_is_refused_in_the_words_that_were_typed(lianheng: Type, words: str, said: str) -> None:
    refused = lianheng(f"models backtest M05 --today {DAY} --set", words)
    assert refused.code == 2 and said in refused.err and "settings.yaml" not in refused.err
    where = lianheng(f"models backtest M05 --today {DAY} --region 43 --set k0=2")
    assert where.code == 2 and "--region 43: k0 is one value for all divisions" in where.err


def test_of_two_releases_of_one_day_the_later_counts(lianheng: Type, office: Path) -> None:
    text = RELEASED.replace("2024-11-01", "2024-10-01")
    (office / "settings.yaml").write_text(text, encoding="utf-8")
    model = Office.at(office).models(Office.at(office).library())["M05"]
    assert str(value_in_force(model.parameters["g0"], "430421", dt.date.fromisoformat(DAY))) == "0.4000"
    query = bound_query(model, dt.date.fromisoformat(DAY))
    assert query.index("0.4000") < query.index("0.3000")
