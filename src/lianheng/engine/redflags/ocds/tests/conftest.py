"""What the tests of the procurement indicators share."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from lianheng.engine.redflags.ocds.rules import read_rules
from lianheng.engine.redflags.ocds.run import run_indicators
from lianheng.engine.redflags.ocds.settings import check_settings

RULES = read_rules(Path(__file__).parents[4] / "library/models/procurement")


def compute(path, settings, **options):
    """The result of a file as plain data."""
    outcome = run_indicators(path, check_settings(settings), RULES, **{"threads": 1, **options})
    text = io.StringIO()
    outcome.write(text)
    result = json.loads(text.getvalue())
    for rows in result.get("Maps", {}).values():
        for id_, found in rows.items():
            if isinstance(found, list):
                rows[id_] = sorted(found)
    return result, outcome


@pytest.fixture
def indicators(tmp_path):
    """Run releases (plain data, or the text of a file) with settings; the result as plain data."""

    def run(releases, settings, **options):
        path = tmp_path / "releases.jsonl"
        if not isinstance(releases, bytes):
            if not isinstance(releases, str):
                releases = "".join(json.dumps(release) + "\n" for release in releases)
            releases = releases.encode("utf-8")
        path.write_bytes(releases)
        run.result, run.outcome = compute(path, settings, **options)
        return run.result

    return run
