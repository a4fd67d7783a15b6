"""Twenty guards, other ones after each change, are taken away and missed. bin/torture takes away every guard."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from repository import ROOT

sys.path.insert(0, str(ROOT / "bin/lib"))
from guards import guards_of
from mutating import all_guards, read_known

SOURCE = """
@login_required
@require_POST
def decide(request, sheet_id):
    require_role(request.user,
                 [Role.OFFICE])
    return Sheet.objects.filter(visible(request.user)), Sheet.objects.visible_to(request.user)


class Table:
    def rows(self):
        return self.all.visible_to(self.user)
"""


def test_every_kind_of_guard_is_found_and_goes_alone(tmp_path: Path) -> None:
    path = tmp_path / "room/views.py"
    path.parent.mkdir()
    path.write_text(SOURCE)
    guards = guards_of(path, tmp_path)
    assert [(guard.function, guard.what) for guard in guards] == [
        ("decide", "@login_required"),
        ("decide", "@require_POST"),
        ("decide", "require_role(…)"),
        ("decide", "visible(…)"),
        ("decide", "visible_to(…)"),
        ("Table.rows", "visible_to(…)"),
    ]
    assert guards[2].key == "room/views.py decide require_role(…) 1"
    for guard in guards[2:]:
        before, after = ast.dump(ast.parse(SOURCE)), ast.dump(ast.parse(guard.without()))
        assert before != after and after.count("visible") + after.count("require_role") == 3
        assert guard.key in guard.noting()


def test_every_guard_of_the_server_names_a_test_that_misses_it() -> None:
    """A new guard comes with the test that notices its loss: `bin/mutate-guards --new` finds which one it is."""
    guards, known = {guard.key for guard in all_guards()}, read_known()
    assert len(guards) > 300
    assert not guards - known.keys(), "run bin/mutate-guards --new (with --tests PATH … it is quick)"
    assert not known.keys() - guards, "guards.csv knows guards that are gone: run bin/mutate-guards --new"
    gone = {test.split("::")[0] for test in known.values() if not (ROOT / test.split("::")[0]).exists()}
    assert not gone, "guards.csv names tests that are gone: run bin/mutate-guards --note"


@pytest.mark.slow
def test_lost_guards_are_noticed() -> None:
    if not (ROOT / ".venv/lianheng-web-dev.stamp").exists():
        pytest.skip("run through bin/test, which makes the environment first")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIANHENG_", "DATABASE_URL"))}
    done = subprocess.run([ROOT / "bin/mutate-guards", "--short"], env=kept, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) of (\d+) lost guards were noticed in", done.stdout)
    assert found and int(found[2]) >= 15, "guards.csv names tests that are gone: bin/mutate-guards --note"
