"""What the shipped catalogue holds: the sizes of the table it was written from, its marks, and that it scores."""

from __future__ import annotations

import pytest

from lianheng.engine.scoring.scheme import Scheme
from lianheng.library.catalogue import Catalogue, bindings, counts, load, scheme_dict, shipped, topic_coverage
from lianheng.library.city_profile import check_profile, enabled_unit_types, load_profile, shipped_profile

# list: categories, items, rows of the negative list
TABLE = {
    "J": (5, 19, 4),
    "X": (5, 10, 2),
    "Y": (6, 15, 2),
    "C": (5, 12, 5),
    "Q": (6, 13, 2),
    "M": (4, 6, 1),
    "F": (4, 8, 1),
    "W": (4, 8, 1),
    "P": (4, 4, 0),
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(shipped("hengyang"))


@pytest.mark.parametrize("code", TABLE)
def test_each_list_has_its_categories_items_negatives_and_100_points(catalogue: Catalogue, code: str) -> None:
    sheet = catalogue.sheet(code)
    negatives = [row for row in sheet.negatives if row.item is None]
    assert (len(sheet.categories), len(list(sheet.all_items())), len(negatives)) == TABLE[code]
    assert sum(category.points for category in sheet.categories) == sheet.points == 100


def test_the_totals_are_those_of_the_table(catalogue: Catalogue) -> None:
    totals = counts(catalogue)
    assert (totals.lists, totals.categories, totals.items, totals.negatives) == (9, 43, 95, 18)
    # The veto part of M2 is a row of its own so that it caps the grade, but no row of the negative list.
    assert totals.item_vetoes == 1
    assert [row.code for sheet in catalogue.lists for row in sheet.negatives if row.item] == ["V-M2"]


@pytest.mark.seed("S22")
def test_the_school_list_has_five_categories_and_ten_items(catalogue: Catalogue) -> None:
    school = catalogue.list_for("school")
    assert [category.name for category in school.categories] == [
        "政治强廉",
        "干部清廉",
        "教师守廉",
        "机制保廉",
        "文化润廉",
    ]
    assert len(list(school.all_items())) == 10


def test_risk_control_of_organs_has_17_problem_descriptions(catalogue: Catalogue) -> None:
    risk_control = next(category for category in catalogue.list_for("organ").categories if "风险防控" in category.name)
    codes = [problem.code for item in risk_control.items for problem in item.problems]
    assert len(set(codes)) == len(codes) == 17


def test_organs_have_five_goods_and_four_noes_and_villages_five_clears_and_five_noes(catalogue: Catalogue) -> None:
    organ, village = catalogue.list_for("organ"), catalogue.list_for("village")
    assert (len(organ.categories), len(organ.negatives)) == (5, 4)
    assert (len(village.categories), len(village.negatives)) == (5, 5)
    assert [category.name for category in village.categories] == [
        "班子清廉",
        "村务清爽",
        "思想清正",
        "民风清醇",
        "干群亲清",
    ]


def test_six_rules_of_official_vehicles_lead_to_finding_types(catalogue: Catalogue) -> None:
    rows = catalogue.sheet("J").extras["official_vehicle_rules"]
    assert [row["code"] for row in rows] == [f"CAR{n}" for n in range(1, 7)]
    assert {row["code"]: row.get("model") for row in rows if row.get("problem")} == {
        "CAR1": "M10",
        "CAR2": "M10",
        "CAR3": "M09",
        "CAR6": "M10",
    }


def test_village_publication_has_three_five_and_three(catalogue: Catalogue) -> None:
    groups = [row["group"] for row in catalogue.sheet("C").extras["village_publication"]]
    assert [(name, groups.count(name)) for name in dict.fromkeys(groups)] == [("三公开", 3), ("五必晒", 5), ("三要", 3)]


@pytest.mark.seed("S96")
def test_five_topics_are_covered_and_without_the_item_three_assets_is_named(catalogue: Catalogue) -> None:
    assert topic_coverage(catalogue).covered == ("三资", "药品集采", "医保基金", "师德师风", "学生食堂")
    without = topic_coverage(catalogue, withdrawn=["C2.4"])
    assert (len(without.covered), without.missing) == (4, ("三资",))


@pytest.mark.parametrize(("name", "shown"), [("hengyang", 7), ("xianyang", 6)])
def test_the_first_menu_level_follows_the_city_profile(catalogue: Catalogue, name: str, shown: int) -> None:
    profile = load_profile(shipped_profile(name))
    check_profile(profile, catalogue)
    types = enabled_unit_types(profile, catalogue)
    assert len(types) == shown
    assert "park" not in {unit_type.code for unit_type in types}
    assert ("culture" in {unit_type.code for unit_type in types}) == (name == "hengyang")


def test_enterprises_have_two_lists_chosen_by_ownership(catalogue: Catalogue) -> None:
    assert catalogue.list_for("enterprise", "soe").code == "Q"
    assert catalogue.list_for("enterprise", "private_firm").code == "M"
    with pytest.raises(KeyError):
        catalogue.list_for("enterprise")


def test_every_category_has_a_short_form_of_its_own_within_24_characters(catalogue: Catalogue) -> None:
    short_forms = [category.mnemonic for sheet in catalogue.lists for category in sheet.categories]
    assert len(set(short_forms)) == 43
    assert all(0 < len(short_form) <= 24 for short_form in short_forms)
    assert {category.mnemonic_mark for sheet in catalogue.lists for category in sheet.categories} == {"draft"}


def test_the_evaluation_has_3_9_20_indicators_and_weights_30_40_30(catalogue: Catalogue) -> None:
    evaluation = catalogue.evaluation
    assert evaluation is not None
    level_2 = [category for level_1 in evaluation.categories for category in level_1.categories]
    assert [level_1.points for level_1 in evaluation.categories] == [30, 40, 30]
    assert (len(level_2), len(list(evaluation.all_items()))) == (9, 20)
    assert [category.points for category in level_2] == [8, 8, 14, 12, 16, 12, 9, 9, 12]
    assert bindings(catalogue.item("EB1.2")) == {
        "units_at_standard": "assessment.units_at_standard",
        "units": "assessment.units",
    }


def test_every_row_says_where_it_comes_from(catalogue: Catalogue) -> None:
    for sheet in catalogue.sheets():
        assert sheet.source and sheet.mark
        assert all(category.mark for category in sheet.all_categories())
        assert all(item.mark and item.mark_note for item in sheet.all_items())
        assert all(row.mark and row.mark_note for row in sheet.negatives)


def test_every_standard_is_a_text_of_its_own_for_a_clerk(catalogue: Catalogue) -> None:
    standards = [item.standard for sheet in catalogue.lists for item in sheet.all_items()]
    assert len(set(standards)) == 95
    assert all(15 <= len(text) <= 100 and text.endswith("。") for text in standards)
    names = [
        variable["name"] for sheet in catalogue.sheets() for i in sheet.all_items() for variable in i.variables.values()
    ]
    assert not [name for name in names if name.isascii()]


@pytest.mark.parametrize("code", [*TABLE, "E"])
def test_the_engine_takes_every_scheme_and_reads_the_same_measures(catalogue: Catalogue, code: str) -> None:
    scheme = Scheme.from_dict(scheme_dict(catalogue, code))
    read = {(use.item, use.variable): use.code for use in scheme.measures()}
    bound = {
        (item.code, name): measure
        for item in catalogue.sheet(code).all_items()
        for name, measure in bindings(item).items()
    }
    assert read == bound
    assert len(set(bound.values())) == len(bound)
    assert (scheme.daily is None) == (code != "E")


def test_scheme_dicts_are_fresh(catalogue: Catalogue) -> None:
    scheme_dict(catalogue, "X")["grades"].clear()
    assert len(scheme_dict(catalogue, "X")["grades"]) == 4


# What the table writes as a note, a second part or a special case, part by part.
SPECIAL = {
    "J1.1": [("Q", 4), ("Q", 4)],
    "X4.1": [("Q", 6), ("D", 8)],
    "X4.2": [("Q", 4), ("D", 10)],
    "M2": [("F", 15)],
    "W8": [("F", 10)],
    "EA3.2": [("F", 4)],
    "EC2.1": [("S", 6)],
}


@pytest.mark.parametrize("code", SPECIAL)
def test_items_with_several_parts_or_odd_rules(catalogue: Catalogue, code: str) -> None:
    assert [(part["rule"], part["points"]) for part in catalogue.item(code).parts] == SPECIAL[code]


def test_deductions_by_kind_of_event(catalogue: Catalogue) -> None:
    terms = {
        code: [tuple(term.values()) for term in catalogue.item(code).parts[0]["terms"]]
        for code in ("J4.1", "Y3.3", "Y5.1")
    }
    assert terms == {
        "J4.1": [(1.5, "external"), (0, "self_found")],
        "Y3.3": [(3, "confirmed"), (0, "returned_and_reported")],
        "Y5.1": [(3, "confirmed"), (1, "unreported_gaps")],
    }


def test_effects_of_negative_rows(catalogue: Catalogue) -> None:
    rows = {row.code: row for sheet in catalogue.lists for row in sheet.negatives}
    assert (rows["N-J4"].effect, rows["N-J4"].points) == ("deduction", 3)
    assert rows["N-F1"].effect == "shown"
    assert (rows["V-M2"].effect, rows["V-M2"].cap, rows["V-M2"].item) == ("veto", "较差", "M2")
    vetoes = {code: row.cap for code, row in rows.items() if row.effect == "veto"}
    assert len(vetoes) == 17
    assert {code for code, cap in vetoes.items() if cap == "合格"} == {"N-J2", "N-J3", "N-X1", "N-C4", "N-C5", "N-W1"}
