"""docs/reference/seed-coverage.md says what the tests' marks say."""

import subprocess

from repository import ROOT


def test_the_page_is_current() -> None:
    done = subprocess.run([ROOT / "bin/seed-coverage", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_row_has_a_name() -> None:
    rows = [line.split(" ", 1) for line in (ROOT / "tests/architecture/seed_rows.txt").read_text().splitlines()]
    assert [row for row, _ in rows] == [f"S{n:02d}" for n in range(1, 108)]
    assert all(name.strip() for _, name in rows)
