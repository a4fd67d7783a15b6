"""Rules of official cars that no model checks are listed with the register that one would need."""

import json
from pathlib import Path

import pytest

from lianheng.cli.main import main
from lianheng.library.models import MODELS, wanted_models
from lianheng.library.strict_yaml import read_yaml

JUDICIARY = MODELS.parent / "standards/hengyang/J.yaml"


def _rules(node: object) -> list[dict[str, str]]:
    """Every mapping below whose code begins with CAR."""
    if isinstance(node, dict):
        here = [node] if str(node.get("code", "")).startswith("CAR") else []
        return here + [rule for value in node.values() for rule in _rules(value)]
    return [rule for value in node for rule in _rules(value)] if isinstance(node, list) else []


@pytest.mark.seed("S24")
def test_each_rule_of_cars_has_a_model_or_is_wanted() -> None:
    rules = _rules(read_yaml(JUDICIARY))
    assert len(rules) == 6
    assert {rule["code"] for rule in rules if "model" not in rule} == {row["code"] for row in wanted_models(MODELS)}


def test_coverage_lists_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "coverage", "--json", "--office", str(tmp_path)]) == 1
    rows = {row["model"]: row["why_not"] for row in json.loads(capsys.readouterr().out)}
    assert rows["CAR4"] == "还没有模型，需要定点维修、加油、洗车单位名单及其发票台账"


def test_no_file_no_rules(tmp_path: Path) -> None:
    assert wanted_models(tmp_path) == []
