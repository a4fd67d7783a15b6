"""What is suppressed about people lies with their runs, closed to others."""

import shutil
from pathlib import Path

from lianheng.engine.redflags.tests.office import Type
from lianheng.library.models import MODELS

WORDS = (
    "models suppress M24-P person_id=abc issue=两地 --reason 已核查 --approver 甲 --until 2025-01-01 --today 2024-01-10"
)


def test_units_of_people_models_lie_with_their_runs(lianheng: Type, office: Path, tmp_path: Path) -> None:
    shutil.copytree(MODELS / "M24-P", tmp_path / "shipped" / "M24-P")
    refused = lianheng(WORDS)
    assert refused.code == 2 and "M24-P looks at people: give --people" in refused.err
    assert not (office / "suppressions.yaml").exists() and not (office / "people-runs").exists()

    assert lianheng(f"{WORDS} --people").code == 0
    held = office / "people-runs" / "suppressions.yaml"
    assert "M24-P" in held.read_text(encoding="utf-8") and held.parent.stat().st_mode & 0o077 == 0
    assert not (office / "suppressions.yaml").exists()
    assert lianheng(f"{WORDS} --people --json").json == []  # there already


def test_an_unknown_model_is_refused(lianheng: Type) -> None:
    said = lianheng("models suppress M99 a=b --reason a --approver b --until 2030-01-01 --today 2024-01-10")
    assert said.code == 2 and "no model M99" in said.err
