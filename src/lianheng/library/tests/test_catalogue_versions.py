"""Fingerprint, difference and crosswalk of two versions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from lianheng.library.catalogue import (
    Catalogue,
    CatalogueError,
    Change,
    check_crosswalk,
    diff,
    fingerprint,
    load,
    read_crosswalk,
    shipped,
)
from lianheng.library.tests.editing import copied, edit, item, write


@pytest.fixture(scope="module")
def old() -> Catalogue:
    return load(shipped("hengyang"))


def _next_version(data: Any) -> None:
    data["version"] = "2027.1"


@pytest.fixture
def new(tmp_path: Path) -> Catalogue:
    """2027.1: the canteen item of schools gets a new code, X1.1 a new text, N-X1 a sterner cap."""

    def change(data: Any) -> None:
        canteen = item(data, "X4.2")
        canteen["code"] = "X4.3"
        for problem in canteen["problems"]:
            problem["code"] = problem["code"].replace("X4.2", "X4.3")
        item(data, "X1.1")["standard"] = "学校党组织有主体责任清单，每学期检查一次完成情况。"
        data["negatives"][0]["cap"] = "较差"

    folder = edit(copied(tmp_path), "catalogue.yaml", _next_version)
    return load(edit(folder, "X.yaml", change))


def test_the_fingerprint_is_of_the_content_not_of_the_file(old: Catalogue, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    text = (folder / "X.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    reordered = {key: data[key] for key in reversed(data)}
    (folder / "X.yaml").write_text("# another comment\n" + yaml.safe_dump(reordered), encoding="utf-8")
    assert fingerprint(load(folder)) == fingerprint(old)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [("X.yaml", "lead", "市教体局"), ("rules.yaml", "praise_share", 0.2), ("catalogue.yaml", "version", "2026.2")],
)
def test_one_changed_cell_changes_the_fingerprint(
    old: Catalogue, tmp_path: Path, name: str, key: str, value: Any
) -> None:
    changed = load(edit(copied(tmp_path), name, lambda data: data.update({key: value})))
    assert fingerprint(changed) != fingerprint(old)
    assert len(diff(old, changed)) == 1


def test_the_difference_names_rows_and_fields(old: Catalogue, new: Catalogue) -> None:
    changes = diff(old, new)
    assert [change.code for change in changes if change.kind == "removed"] == [
        "X4.2",
        "X4.2-a",
        "X4.2-b",
        "X4.2-c",
        "X4.2-d",
    ]
    assert "X4.3" in [change.code for change in changes if change.kind == "added"]
    assert Change("changed", "N-X1", "cap", "合格", "较差") in changes
    assert Change("changed", "catalogue", "version", "2026.1", "2027.1") in changes
    standard = next(change for change in changes if change.code == "X1.1")
    assert (standard.field, standard.new) == ("standard", "学校党组织有主体责任清单，每学期检查一次完成情况。")
    assert len(changes) == 5 + 5 + 3


def _crosswalk(folder: Path, rows: list[dict[str, Any]]) -> Path:
    return write(folder / "crosswalk.yaml", {"from": "2026.1", "to": "2027.1", "rows": rows})


COMPLETE: list[dict[str, Any]] = [{"old": "X4.2", "new": ["X4.3"], "reason": "重新编号"}] + [
    {"old": f"X4.2-{letter}", "new": [f"X4.3-{letter}"], "reason": "重新编号"} for letter in "abcd"
]


def test_a_complete_crosswalk_is_taken(old: Catalogue, new: Catalogue, tmp_path: Path) -> None:
    crossings = read_crosswalk(_crosswalk(tmp_path, COMPLETE))
    check_crosswalk(crossings, old, new)
    assert (crossings[0].old, crossings[0].new, crossings[0].reason) == ("X4.2", ("X4.3",), "重新编号")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (COMPLETE[1:], "X4.2: is gone in version 2027.1 and has no row"),
        ([*COMPLETE, {"old": "X9.9", "new": [], "reason": "无"}], "X9.9: is not in version 2026.1"),
        (
            [*COMPLETE, {"old": "X1.1", "new": ["X9.8"], "reason": "无"}],
            "X1.1: leads to X9.8, which is not in version 2027.1",
        ),
        ([*COMPLETE, COMPLETE[0]], "X4.2: old code stands 2 times"),
        ([{"old": "X4.2", "new": ["X4.3"]}], "X4.2: reason is missing"),
        ([{"old": "X4.2", "new": "X4.3", "reason": "无"}], "X4.2: new should be a list of codes"),
        ([{"old": "X4.2", "new": [], "reason": "无", "by": "x"}], "unknown key 'by'"),
    ],
)
def test_a_crosswalk_with_gaps_is_refused(
    old: Catalogue, new: Catalogue, tmp_path: Path, rows: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(CatalogueError) as caught:
        check_crosswalk(read_crosswalk(_crosswalk(tmp_path, rows)), old, new)
    assert message in str(caught.value)
