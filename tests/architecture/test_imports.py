"""Imports point down: the picture of the rooms and engines is true."""

import subprocess
import sys
from pathlib import Path

from repository import ROOT


def test_every_contract_is_kept() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " 0 broken" in done.stdout and " 0 kept" not in done.stdout
