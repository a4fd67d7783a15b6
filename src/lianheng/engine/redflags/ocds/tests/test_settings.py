"""Settings: defaults, both forms of file, and that anything unknown or of a wrong type is an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lianheng.engine.redflags.ocds.settings import INDICATORS, check_settings, split_list
from lianheng.engine.redflags.ocds.settings_file import read_settings
from lianheng.engine.redflags.problems import DeclarationError

INI = """currency = CNY
no_price_comparison_procurement_methods = 抽签|定价
; a comment
[exclusions]
procurement_method_details = 紧急采购
# another
[R003]
threshold = 20
[R003.procurement_method_details]
询价 = 7
[R025]
threshold = 1e-1
[R028]
;[R018]
"""
JSON = {
    "currency": "CNY",
    "no_price_comparison_procurement_methods": "抽签|定价",
    "exclusions": {"procurement_method_details": "紧急采购"},
    "R003": {"threshold": 20, "procurement_method_details": {"询价": 7}},
    "R025": {"threshold": 0.1},
    "R028": {},
    "R018": None,
}


def test_ini_and_json_say_the_same(tmp_path):
    ini, plain = tmp_path / "settings.ini", tmp_path / "settings.json"
    ini.write_text(INI, encoding="utf-8")
    plain.write_text(json.dumps(JSON), encoding="utf-8")
    assert read_settings(ini) == read_settings(plain)
    found = read_settings(ini)
    assert found.indicators == {
        "R003": {"threshold": 20, "procurement_methods": None, "procurement_method_details": {"询价": 7}},
        "R025": {"percentile": 75, "threshold": 0.1},
        "R028": {},
    }
    assert found.currency == "CNY"
    assert found.no_price_comparison == {"抽签", "定价"}
    assert found.excluded_details == {"紧急采购"}


def test_an_indicator_without_settings_has_the_published_defaults():
    found = check_settings({code: {} for code in ("R003", "R018", "R025", "R035", "R038", "R048")}).indicators
    assert found["R003"]["threshold"] == 15
    assert found["R018"]["procurement_methods"] == {"open", "selective"}
    assert found["R025"] == {"percentile": 75, "threshold": None}
    assert found["R035"] == {"threshold": 1}
    assert found["R038"] == {"threshold": None, "minimum_submitted_bids": 2, "minimum_contracting_processes": 2}
    assert found["R048"] == {"digits": 2, "threshold": None, "minimum_contracting_processes": 20}


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a|b", {"a", "b"}), ("a|b|", {"a", "b"}), ("", set()), ("a||b", {"a", "", "b"}), (" a|b ", {" a", "b "})],
)
def test_pipe_lists(text, parts):
    assert split_list(text) == parts


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"curency": "CNY"}, "curency"),
        ({"R001": {}}, "R001"),
        ({"R028": {"threshold": 1}}, "R028.threshold"),
        ({"R003": {"thresh": 1}}, "R003.thresh"),
        ({"exclusions": {"methods": "a"}}, "exclusions.methods"),
        ({"R018": {"procurement_methods": ["open"]}}, "R018.procurement_methods"),
        ({"R025": {"percentile": 75.5}}, "R025.percentile"),
        ({"R025": {"percentile": -1}}, "R025.percentile"),
        ({"R025": {"percentile": "75"}}, "R025.percentile"),
        ({"R025": {"threshold": "0.1"}}, "R025.threshold"),
        ({"R035": {"threshold": True}}, "R035.threshold"),
        ({"R003": {"threshold": 1.0}}, "R003.threshold"),
        ({"R003": {"procurement_method_details": {"a": "7"}}}, "R003.procurement_method_details"),
        ({"R024": 5}, "R024"),
        ({"currency": 5}, "currency"),
        ({"output": {"info_currency_mismatches": "yes"}}, "output.info_currency_mismatches"),
    ],
)
def test_anything_else_is_an_error_that_names_the_key(given, place):
    with pytest.raises(DeclarationError) as error:
        check_settings(given, "settings.json")
    assert [(p.file, p.where) for p in error.value.problems] == [("settings.json", place)]


def test_keys_of_the_cleaning_command_have_no_effect():
    assert check_settings({"codelists": {"x": {}}, "defaults": {}, "modifications": {}}).indicators == {}


@pytest.mark.parametrize(
    ("text", "place"),
    [("[R003\n", "line 1"), ("a\n", "line 1"), ("[R025]\npercentile = 7.5", "R025.percentile"), ("[R9]\n", "R9")],
)
def test_a_broken_ini_names_line_or_key(tmp_path, text, place):
    path = tmp_path / "s.ini"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError) as error:
        read_settings(path)
    assert error.value.problems[0].where == place


@pytest.mark.parametrize("data", [b"{", b"[]", b"\xff"])
def test_a_settings_file_that_is_no_json_is_an_error(tmp_path, data):
    path = tmp_path / "s.json"
    path.write_bytes(data)
    with pytest.raises(DeclarationError):
        read_settings(path)


def test_both_price_lists_give_a_warning():
    both = {"price_comparison_procurement_methods": "a", "no_price_comparison_procurement_methods": "b"}
    assert check_settings(both).warnings


def test_the_reference_page_names_every_setting_and_its_example_reads(tmp_path):
    page = (Path(__file__).parents[6] / "docs/reference/ocds-indicators.md").read_text(encoding="utf-8")
    found = []
    for form in ("ini", "json"):
        path = tmp_path / f"s.{form}"
        path.write_text(page.split(f"```{form}\n")[1].split("```")[0], encoding="utf-8")
        found.append(read_settings(path))
    assert found[0] == found[1]
    for code, keys in INDICATORS.items():
        section = page.split(f"### {code} ")[1].split("\n##")[0]
        assert "Example: " in section
        assert [key for key in keys if f"`{key}`" not in section] == []
