"""Input tables: what is taken over, and one clear message for each thing that is wrong."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lianheng.engine.composite.errors import CompositeError
from lianheng.engine.composite.framework import Framework
from lianheng.engine.composite.frozen import read_rules
from lianheng.engine.composite.reading import read_inputs

from .asem import FOLDER, inputs, panel

META = """Level,iCode,Parent,Direction,Weight,Type,iName,Denominator
1,x,A,1,1,Indicator,First,pop
1,y,A,-1,2,Indicator,,
1,z,B,1,1,Indicator,,
2,A,I,1,1,Aggregate,,
2,B,I,1,1,Aggregate,,
3,I,,1,1,Aggregate,,
,pop,,,,Denominator,,
,region,,,,Group,,
"""
DATA = "uCode,x,y,z\nu2,1,2,\nu1,4,NA,6\n"
UNITS = "uCode,uName,pop,region\nu1,One,2,north\nu2,Two,4,\n"


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., object]:
    def act(meta: str = META, data: str = DATA, units: str = UNITS) -> object:
        for name, text in (("meta.csv", meta), ("data.csv", data), ("units.csv", units)):
            (tmp_path / name).write_text(text, encoding="utf-8")
        return read_inputs(tmp_path / "data.csv", tmp_path / "meta.csv", tmp_path / "units.csv")

    return act


def test_the_public_example() -> None:
    found = inputs()
    assert found.table.values.shape == (51, 49)
    assert np.isnan(found.table.values).sum() == 63
    assert found.table.codes[:3] == ("LPI", "Flights", "Ship")
    assert found.framework.height == 4
    assert found.framework.top == "Index"
    assert found.table.units == tuple(sorted(found.table.units))
    assert panel().table.values.shape == (255, 49)
    assert list(np.unique(panel().table.times)) == [2018, 2019, 2020, 2021, 2022]


def test_units_are_sorted_and_joined_by_code(read: Callable[..., object]) -> None:
    found = read()
    assert found.table.units == ("u1", "u2")  # type: ignore[attr-defined]
    assert found.names == ("One", "Two")  # type: ignore[attr-defined]
    assert found.denominators["pop"].tolist() == [2, 4]  # type: ignore[attr-defined]
    assert found.groups["region"] == ("north", "")  # type: ignore[attr-defined]
    assert np.isnan(found.table.column("y")[0])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1,y,A,-1,2", "1,x,A,-1,2", "meta.csv, row 3, column iCode: the code x stands in row 2 already"),
        ("1,z,B", "1,z,C", "row 4, column Parent: the parent C of z is not an aggregate"),
        ("1,z,B", "1,z,", "row 4, column Parent: z stands below the index and needs a Parent"),
        ("1,z,B", "1,z,I", "row 4, column Parent: the parent I stands on level 3; the parent of z stands on level 2"),
        ("2,A,I", "2,A,A", "row 5, column Parent: A and its parent A stand above each other: a loop"),
        ("3,I,,", "3,I,A,", "row 5, column Parent: A and its parent I stand above each other: a loop"),
        ("A,-1,2", "A,-1,-2", "row 3, column Weight: y needs a weight above 0; to leave it out, name it in exclude"),
        ("A,-1,2", "A,-1,", "row 3, column Weight"),
        ("1,z,B,1,1", "1,z,B,1,0", "row 4, column Weight: z needs a weight above 0"),
        ("A,-1,2", "A,0,2", "row 3, column Direction: y needs a direction"),
        ("A,-1,2", "A,-1,two", "row 3, column Weight: 'two' is not a number"),
        ("A,-1,2", "A,-1,２", "row 3, column Weight: '２' is not a number"),
        ("1,z,B,1,1,Indicator", "1,z,B,1,1,Thing", "row 4, column Type: 'Thing' is not a type"),
        ("2,B,I", "4,B,I", "level"),
        (",region", "3,region", "row 9, column Level"),
        ("1,z,B", "1,z z,B", "row 4, column iCode"),
        ("2,B,I,1,1,Aggregate,,\n", "2,B,I,1,1,Aggregate,,\n2,C,I,1,1,Aggregate,,\n", "the aggregate C has no child"),
        ("3,I,,1,1,Aggregate,,\n", "3,I,,1,1,Aggregate,,\n3,J,,1,1,Aggregate,,\n", "row 8, column Level"),
        ("Indicator,First,pop", "Indicator,First,people", "the denominator people of x"),
        ("Level,iCode,Parent", "Level,iCode,Above", "the column Parent is missing"),
    ],
)
def test_a_broken_meta_file(read: Callable[..., object], old: str, new: str, message: str) -> None:
    assert old in META
    with pytest.raises(CompositeError) as caught:
        read(meta=META.replace(old, new, 1))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("u2,1,2,", "u2,1,two,", "data.csv, row 2, column y: 'two' is not a number"),
        ("u2,1,2,", "u2,1,inf,", "data.csv, row 2, column y: infinity"),
        ("u2,1,2,", "u2,1,2_0,", "data.csv, row 2, column y: '2_0' is not a number"),
        ("u2,1,2,", "u2,1,１２,", "data.csv, row 2, column y: '１２' is not a number"),
        ("u2,1,2,", "u1,1,2,", "data.csv, row 3, column uCode: the unit u1 stands in row 2 already"),
        ("u2,1,2,", ",1,2,", "data.csv, row 2, column uCode"),
        ("u2,1,2,", "u2,1,2", "data.csv, row 2: has 3 cells, the header has 4"),
        ("uCode,x,y,z", "uCode,x,y,q", "data.csv, row 1, column q: the code q is unknown"),
        ("uCode,x,y,z", "uCode,x,x,z", "the column x stands there twice"),
        ("u2,1,2,", "u3,1,2,", "the unit u3 is not in units.csv"),
    ],
)
def test_a_broken_data_file(read: Callable[..., object], old: str, new: str, message: str) -> None:
    with pytest.raises(CompositeError) as caught:
        read(data=DATA.replace(old, new, 1), units=UNITS if "u3" not in new else UNITS.replace("u2,Two,4,\n", ""))
    assert message in str(caught.value)


def test_a_unit_that_only_the_unit_file_knows(read: Callable[..., object]) -> None:
    with pytest.raises(CompositeError, match=r"units\.csv, row 4, column uCode: the unit u9 is unknown"):
        read(units=UNITS + "u9,Nine,1,\n")


def test_a_missing_file() -> None:
    with pytest.raises(CompositeError, match="cannot be read"):
        read_inputs(FOLDER / "nowhere.csv", FOLDER / "meta.csv")
    with pytest.raises(CompositeError, match="cannot be read"):
        read_inputs("nowhere.csv", str(FOLDER / "meta.csv"))


def test_paths_may_be_texts() -> None:
    found = read_inputs(*(str(FOLDER / f"{name}.csv") for name in ("indicators", "meta", "units")))
    assert found.table.units == inputs().table.units


def test_leaving_out_goes_on_until_nothing_changes() -> None:
    # The sub-index whose only pillar loses its only indicator goes too; COINr leaves it and fails later.
    rows = [
        {"Level": 1, "iCode": "x", "Parent": "P", "Direction": 1, "Weight": 1, "Type": "Indicator"},
        {"Level": 1, "iCode": "y", "Parent": "Q", "Direction": 1, "Weight": 1, "Type": "Indicator"},
        {"Level": 2, "iCode": "P", "Parent": "S", "Direction": 1, "Weight": 1, "Type": "Aggregate"},
        {"Level": 2, "iCode": "Q", "Parent": "T", "Direction": 1, "Weight": 1, "Type": "Aggregate"},
        {"Level": 3, "iCode": "S", "Parent": "I", "Direction": 1, "Weight": 1, "Type": "Aggregate"},
        {"Level": 3, "iCode": "T", "Parent": "I", "Direction": 1, "Weight": 1, "Type": "Aggregate"},
        {"Level": 4, "iCode": "I", "Parent": "", "Direction": 1, "Weight": 1, "Type": "Aggregate"},
    ]
    smaller = Framework.from_rows(rows).without(["x"])
    assert smaller.codes == ("y", "Q", "T", "I")
    with pytest.raises(CompositeError, match="nothing of the index is left"):
        smaller.without(["y"])


def test_coinrs_single_table_of_units_and_indicators_is_read_as_it_is(tmp_path: Path) -> None:
    sides = [(FOLDER / name).read_text(encoding="utf-8").splitlines() for name in ("units.csv", "indicators.csv")]
    rows = {line.split(",")[0]: line for line in sides[1]}
    joined = []
    for line in sides[0]:
        # uCode is the second column of the unit file; names may hold a comma inside quotes, codes may not.
        code = next(cell for cell in line.split(",") if cell in rows)
        joined.append(f"{line},{rows[code].split(',', 1)[1]}")
    (tmp_path / "iData.csv").write_text("\n".join(joined) + "\n", encoding="utf-8")
    found = read_inputs(tmp_path / "iData.csv", FOLDER / "meta.csv")
    assert np.array_equal(found.table.values, inputs().table.values, equal_nan=True)
    assert found.names == inputs().names
    assert found.groups == inputs().groups
    assert found.table.times is None


def test_excluded_indicators_may_stay_in_the_data_file() -> None:
    found = read_inputs(FOLDER / "indicators.csv", FOLDER / "meta.csv", FOLDER / "units.csv", exclude=["NGOs", "Conn"])
    assert "NGOs" not in found.table.codes
    assert "LPI" not in found.table.codes
    assert found.framework.children("Index") == ("Sust",)
    with pytest.raises(CompositeError, match="no element Nothing"):
        read_inputs(FOLDER / "indicators.csv", FOLDER / "meta.csv", FOLDER / "units.csv", exclude=["Nothing"])


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("shift", "1_000", "not written with plain digits"),
        ("factor", "１", "not written with plain digits"),
        ("divisor", "0", "a divisor of 0"),
        ("cap", "nan", "no number"),
        ("direction", "1_0", "no direction"),
        ("direction", "2", "no direction"),
    ],
)
def test_frozen_goalposts_are_read_strictly(tmp_path: Path, column: str, value: str, said: str) -> None:
    row = {"iCode": "x", "direction": "-1", "shift": "0", "divisor": "2", "factor": "100", "offset": "0",
           "floor": "-inf", "cap": "inf", "constant": ""}  # fmt: skip
    path = tmp_path / "normalise-frozen.csv"

    def write(*rows: dict[str, str]) -> None:
        path.write_text("\n".join([",".join(row), *(",".join(one.values()) for one in rows)]) + "\n", encoding="utf-8")

    write(row)
    (rule,) = read_rules(path, ["x"])
    assert (rule.direction, rule.divisor, rule.cap) == (-1, 2.0, float("inf"))
    write(row | {column: value})
    with pytest.raises(CompositeError, match=rf"row 2, column {column}.*{said}"):
        read_rules(path, ["x"])
    write(row, row)
    with pytest.raises(CompositeError, match=r"row 3, column iCode.*stands twice"):
        read_rules(path, ["x"])
