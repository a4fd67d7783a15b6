"""Every command of the tutorial on supervision models is typed as it stands there."""

import re
from pathlib import Path

import pytest

from lianheng.engine.redflags.tests.office import Type

pytestmark = pytest.mark.slow

PAGE = Path(__file__).resolve().parents[5] / "docs/tutorials/supervision-models.md"


def test_the_tutorial_works(lianheng: Type, office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^    lianheng (.+)$", PAGE.read_text(encoding="utf-8"), re.M)
    assert len(commands) == 12
    candidate, states = "", {}
    for command in commands:
        said = lianheng(command.replace("CANDIDATE", candidate))
        assert said.code == 0, (command, said)
        runs = sorted(office.glob("runs/*/candidates.parquet"))
        if runs:
            rows = duckdb.sql(
                f"SELECT candidate, state FROM '{runs[-1]}' WHERE state <> 'cannot_tell' ORDER BY 1"
            ).fetchall()
            candidate, states = candidate or rows[0][0][:8], dict(rows)
    assert sorted(set(states.values())) == ["open", "rejected"] and list(states.values()).count("rejected") == 1


def test_the_chinese_page_types_the_same() -> None:
    english, chinese = (
        re.findall(r"^    (.+)$", page.read_text(encoding="utf-8"), re.M)
        for page in (PAGE, PAGE.with_suffix(".zh-CN.md"))
    )
    assert chinese == english
