"""A few log-in guards, other ones after each commit, are taken away and missed. bin/torture takes away every guard."""

import os
import subprocess
from pathlib import Path

import pytest
from repository import ROOT


@pytest.mark.skipif("lianheng-mutants" in str(Path(__file__)), reason="already inside a copy with a guard less")
def test_lost_guards_are_noticed() -> None:
    if not (ROOT / ".venv/lianheng-web-dev.stamp").exists():
        pytest.skip("run through bin/test, which makes the environment first")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIANHENG_", "DATABASE_URL"))}
    done = subprocess.run(
        [ROOT / "bin/mutate-guards", "--sample", "2", "--log-in"], env=kept, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
