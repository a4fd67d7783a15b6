"""What the loader refuses, and that it says where."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lianheng.library.catalogue import CatalogueError, load
from lianheng.library.tests.editing import copied, edit, item

pytestmark = pytest.mark.slow


def refusals(folder: Path, name: str, change: Callable[[Any], Any]) -> list[str]:
    with pytest.raises(CatalogueError) as caught:
        load(edit(copied(folder), name, change))
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.seed("S21")
@pytest.mark.parametrize(
    ("key", "named"),
    [("lead", "lead department"), ("problems", "problem description"), ("standard", "standard text")],
)
@pytest.mark.parametrize("emptied", [True, False])
def test_an_item_without_one_of_its_three_parts_is_refused_and_the_part_named(
    tmp_path: Path, key: str, named: str, emptied: bool
) -> None:
    def change(data: Any) -> None:
        row = item(data, "X4.1")
        if emptied:
            row[key] = type(row[key])()
        else:
            del row[key]

    assert refusals(tmp_path, "X.yaml", change) == [f"X.yaml: X4.1: {named} ({key}) is missing"]


def test_24_characters_are_taken_and_25_refused(tmp_path: Path) -> None:
    def set_length(length: int) -> Callable[[Any], None]:
        return lambda data: data["categories"][0].update(mnemonic="清" * length)

    (tmp_path / "taken").mkdir()
    assert (
        load(edit(copied(tmp_path / "taken"), "X.yaml", set_length(24))).sheet("X").categories[0].mnemonic == "清" * 24
    )
    assert refusals(tmp_path, "X.yaml", set_length(25)) == ["X.yaml: X1: mnemonic has 25 characters, 24 at most"]


def _set(item_code: str, **cells: Any) -> Callable[[Any], None]:
    return lambda data: item(data, item_code).update(cells)


def _drop_item(code: str) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        for category in data["categories"]:
            category["items"] = [row for row in category["items"] if row["code"] != code]

    return change


CASES: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "unknown key of an item": ("X.yaml", _set("X1.1", colour="red"), "X.yaml: X1.1: unknown key 'colour'"),
    "unknown key of a part": (
        "X.yaml",
        lambda data: item(data, "X1.1")["parts"][0].update(z=1),
        "X.yaml: X1.1 parts[1]: unknown key 'z'",
    ),
    "unknown key at the top": ("catalogue.yaml", lambda data: data.update(owner="x"), "unknown key 'owner'"),
    "code twice": ("X.yaml", _set("X1.2", code="X1.1"), "X1.1: code stands 2 times"),
    "code of another list": ("X.yaml", _set("X1.1", code="Y1.1"), "begins with X"),
    "problem code of another item": (
        "X.yaml",
        _set("X1.1", problems=[{"code": "X1.2-a", "text": "无"}]),
        "X1.2-a: a problem description of X1.1 has a code that begins with X1.1-",
    ),
    "parts that don't add up": ("X.yaml", _set("X4.1", points=15), "X4.1: points add up to 14, expected 15 (6 + 8)"),
    "items that don't add up": ("X.yaml", _drop_item("X4.2"), "X4: points add up to 14, expected 28 (14)"),
    "categories that don't add up": (
        "X.yaml",
        lambda data: data["categories"].pop(),
        "X: points add up to 88, expected 100 (20 + 20 + 20 + 28)",
    ),
    "a list of 99 points": ("X.yaml", lambda data: data.update(points=99), "X: points should be 100, got 99"),
    "negative points": ("X.yaml", _set("X4.1", points=-14), "X4.1: points should be a number from 0"),
    "points that are true": ("X.yaml", _set("X4.1", points=True), "X4.1: points should be a number, got True"),
    "unknown rule": (
        "X.yaml",
        _set("X1.1", parts=[{"rule": "Z", "points": 10}]),
        "rule should be one of Q, G, F, S, D",
    ),
    "part_of that names nothing": (
        "X.yaml",
        lambda data: item(data, "X4.1")["variables"]["published_on_time"].update(part_of="total"),
        "X4.1.published_on_time: part_of names total",
    ),
    "part_of that names itself": (
        "X.yaml",
        lambda data: item(data, "X4.1")["variables"]["due"].update(part_of="due"),
        "X4.1.due: part_of names due",
    ),
    "variable not declared": (
        "X.yaml",
        lambda data: item(data, "X4.1")["variables"].pop("confirmed"),
        "X4.1: variable confirmed is used but not declared",
    ),
    "variable not used": (
        "X.yaml",
        lambda data: item(data, "X4.1")["variables"].update(extra={"name": "多余"}),
        "X4.1: variable extra is declared but not used",
    ),
    "measure for no variable": (
        "X.yaml",
        _set("X4.1", measures={"gone": "form.x"}),
        "X4.1: measures names gone, which is no variable",
    ),
    "denominator 0": (
        "X.yaml",
        lambda data: item(data, "X1.1")["parts"][0].update(y=0),
        "X1.1: y should be a variable or a number above 0, got 0",
    ),
    "unknown tag": ("X.yaml", _set("X1.1", tags=["water"]), "X1.1: tag water is not in `topics`"),
    "unknown mark": ("X.yaml", _set("X1.1", mark="rumour"), "X1.1: mark should join some of seed, public, draft"),
    "no mark": ("X.yaml", lambda data: item(data, "X1.1").pop("mark"), "X1.1: mark is missing"),
    "no source": ("X.yaml", lambda data: data.pop("source"), "X.yaml: X: source is missing"),
    "unknown effect": (
        "X.yaml",
        lambda data: data["negatives"][0].update(effect="shame"),
        "N-X1: effect should be one of veto, deduction, shown",
    ),
    "cap that is no grade": (
        "X.yaml",
        lambda data: data["negatives"][0].update(cap="不合格"),
        "N-X1: cap should be a grade",
    ),
    "cap at the best grade": (
        "X.yaml",
        lambda data: data["negatives"][0].update(cap="优秀"),
        "N-X1: cap should be a grade",
    ),
    "deduction without points": (
        "J.yaml",
        lambda data: data["negatives"][3].pop("points"),
        "N-J4: a deduction, and only a deduction, has points",
    ),
    "veto of an item that isn't there": (
        "M.yaml",
        lambda data: data["negatives"][1].update(item="M9"),
        "V-M2: item M9 is not in this list",
    ),
    "vehicle rule with an unknown problem": (
        "J.yaml",
        lambda data: data["extras"]["official_vehicle_rules"][0].update(problem="J9.9-a"),
        "CAR1: problem description J9.9-a is not in this list",
    ),
    "list that no unit type offers": (
        "catalogue.yaml",
        lambda data: data["unit_types"].pop(),
        "P: no unit type offers this list",
    ),
    "unit type with two lists and no choice": (
        "catalogue.yaml",
        lambda data: data["unit_types"][4].update(lists=[{"list": "Q"}, {"list": "M"}]),
        "enterprise: ownership is named where",
    ),
    "topic of no unit type": (
        "catalogue.yaml",
        lambda data: data["topics"][0].update(unit_type="farm"),
        "three_assets: unit type farm is not in",
    ),
    "list code that is a path": (
        "catalogue.yaml",
        lambda data: data["lists"].append("../X"),
        "catalogue.yaml: ../X: a list code is a capital letter",
    ),
    "grades out of order": ("rules.yaml", lambda data: data["grades"].reverse(), "grades: at_least should fall"),
    "daily shares over 1": (
        "rules.yaml",
        lambda data: data["daily"]["evaluation"].update(yearly=0.8),
        "daily evaluation: points add up to 1.1, expected 1",
    ),
    "indicators three deep": (
        "evaluation.yaml",
        lambda data: data["categories"][0]["categories"][0].update(categories=data["categories"][1]["categories"]),
        "categories go two levels deep at most",
    ),
    "evaluation item without observation point": (
        "evaluation.yaml",
        lambda data: data["categories"][0]["categories"][0]["items"][0].pop("observation"),
        "EA1.1: observation is missing",
    ),
    "list file of another letter": (
        "X.yaml",
        lambda data: data.update(list="Z"),
        "X: list should be X, as the file is named",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_refuses(tmp_path: Path, case: str) -> None:
    name, change, expected = CASES[case]
    assert expected in "\n".join(refusals(tmp_path, name, change))


JUNK: list[Any] = [None, "", "x", 0, -1, 1.5, True, [], {}, [None], [[]], {"code": []}, "../../x"]


def _spoil(data: Any, draw: random.Random) -> None:
    """Replace one node, deep or shallow, by something that does not belong there."""
    while True:
        keys = list(data) if isinstance(data, dict) else range(len(data))
        key = draw.choice(list(keys))
        if not (isinstance(data[key], dict | list) and data[key]) or draw.random() < 0.15:
            data[key] = draw.choice(JUNK)
            return
        data = data[key]


@pytest.mark.parametrize("name", ["catalogue.yaml", "rules.yaml", "X.yaml", "J.yaml", "evaluation.yaml"])
def test_whatever_is_spoilt_the_answer_is_a_catalogue_or_a_catalogue_error(tmp_path: Path, name: str) -> None:
    draw, refused = random.Random(name), 0
    original = copied(tmp_path)
    text = (original / name).read_text(encoding="utf-8")
    for _ in range(20):
        (original / name).write_text(text, encoding="utf-8")
        edit(original, name, lambda data: _spoil(data, draw))
        try:
            load(original)
        except CatalogueError:
            refused += 1
    assert refused > 10


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    folder = edit(copied(tmp_path), "X.yaml", lambda data: item(data, "X1.1").pop("lead"))
    edit(folder, "Y.yaml", lambda data: item(data, "Y1.1").pop("standard"))
    with pytest.raises(CatalogueError) as caught:
        load(folder)
    assert {(problem.file, problem.where) for problem in caught.value.problems} == {
        ("X.yaml", "X1.1"),
        ("Y.yaml", "Y1.1"),
    }


def test_a_file_that_no_list_names_is_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "Z.yaml").write_text("list: Z\n")
    with pytest.raises(CatalogueError, match=r"Z\.yaml: file: not named under `lists`"):
        load(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("list: X\nlist: Y\n", "line 2, column 1: key 'list' stands twice"),
        ("list: [\n", "line 2"),
        ("a: &a [1]\nb: *a\n", "aliases"),
        ("- 1\n", "expected a mapping"),
        ("", "expected a mapping"),
    ],
)
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    folder = copied(tmp_path)
    (folder / "X.yaml").write_text(text)
    with pytest.raises(CatalogueError) as caught:
        load(folder)
    assert message in str(caught.value) and "X.yaml" in str(caught.value)


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "X.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogueError, match=r"X\.yaml: file: not UTF-8"):
        load(folder)
    (folder / "X.yaml").unlink()
    with pytest.raises(CatalogueError, match=r"X\.yaml: file: cannot be read"):
        load(folder)
