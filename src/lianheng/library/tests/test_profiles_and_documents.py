"""City profiles and the 1+1+7+2 document library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lianheng.library.catalogue import Catalogue, load, shipped
from lianheng.library.city_profile import ProfileError, check_profile, load_profile, shipped_profile
from lianheng.library.document_library import (
    DocumentError,
    check_documents,
    clauses_for,
    load_documents,
    shipped_documents,
)
from lianheng.library.strict_yaml import read_yaml
from lianheng.library.tests.editing import write


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(shipped("hengyang"))


def rewritten(source: Path, folder: Path, change: Any) -> Path:
    data = read_yaml(source)
    change(data)
    return write(folder / source.name, data)


def test_xianyang_has_the_25_lead_departments_of_its_report() -> None:
    departments = load_profile(shipped_profile("xianyang")).lead_departments
    assert len({department.name for department in departments}) == 25
    named = {department.name for department in departments if department.mark == "seed"}
    assert named == {"市委办公室", "市委政法委", "市市场监督管理局", "市委直属机关工委", "市妇联", "市卫生健康委员会"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data["lead_departments"].pop(0), "organ: lead 市委直属机关工委 is not in lead_departments"),
        (lambda data: data["unit_types"][0].update(enabled="yes"), "organ: enabled should be true or false, got 'yes'"),
        (lambda data: data["unit_types"].append(data["unit_types"][0]), "organ: unit type stands 2 times"),
        (lambda data: data.pop("division"), "division is missing"),
        (lambda data: data.update(division="衡阳"), "division: should be the six digits of the city"),
        (lambda data: data.pop("office"), "office is missing"),
        (lambda data: data["office"].pop("code"), "office: code is missing"),
        (lambda data: data["office"].update(code="衡" * 13), "office.code: should be one line of at most 12"),
        (lambda data: data["office"].update(name="甲\n乙"), "office.name: should be one line"),
        (lambda data: data.update(colour="red"), "unknown key 'colour'"),
    ],
)
def test_a_broken_profile_is_refused(tmp_path: Path, change: Any, message: str) -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile(rewritten(shipped_profile("hengyang"), tmp_path, change))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data["catalogue"].update(version="2025.1"), "wants hengyang 2025.1, got hengyang 2026.1"),
        (lambda data: data["unit_types"].pop(), "park: is not set"),
        (lambda data: data["unit_types"][7].update(code="farm"), "farm: is no unit type of the catalogue"),
    ],
)
def test_a_profile_that_does_not_fit_is_refused(
    catalogue: Catalogue, tmp_path: Path, change: Any, message: str
) -> None:
    profile = load_profile(rewritten(shipped_profile("hengyang"), tmp_path, change))
    with pytest.raises(ProfileError) as caught:
        check_profile(profile, catalogue)
    assert message in str(caught.value)


def test_the_document_library_fills_eleven_slots(catalogue: Catalogue) -> None:
    library = load_documents(shipped_documents("hengyang"))
    check_documents(library, catalogue)
    assert [kind.slots for kind in library.kinds] == [1, 1, 7, 2]
    assert len(library.documents) == sum(kind.slots for kind in library.kinds) == 11
    programmes = [document.unit_type for document in library.documents if document.kind == "unit_programme"]
    assert programmes == [unit_type.code for unit_type in catalogue.unit_types if unit_type.default]


def test_every_category_in_use_rests_on_one_clause_of_its_unit_programme(catalogue: Catalogue) -> None:
    library = load_documents(shipped_documents("hengyang"))
    for unit_type in (unit_type for unit_type in catalogue.unit_types if unit_type.default):
        for choice in unit_type.lists:
            for category in catalogue.sheet(choice.list).categories:
                [(document, clause)] = clauses_for(library, category.code)
                assert (document.unit_type, clause.title) == (unit_type.code, category.name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data["slots"].pop(), "supporting: has 2 slots, 1 documents are given"),
        (lambda data: data["slots"][0].update(kind="letter"), "D01: kind letter is not in `kinds`"),
        (lambda data: data["slots"][1].update(slot="D01"), "D01: code stands 2 times"),
        (lambda data: data["slots"][0].pop("mark"), "mark is missing"),
        (lambda data: data["slots"][2]["clauses"][0].update(supports=["J9"]), "D03.1: supports J9"),
    ],
)
def test_a_broken_document_library_is_refused(catalogue: Catalogue, tmp_path: Path, change: Any, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        check_documents(load_documents(rewritten(shipped_documents("hengyang"), tmp_path, change)), catalogue)
    assert message in str(caught.value)
