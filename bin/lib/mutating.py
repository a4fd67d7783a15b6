"""`bin/mutate-guards`: a guard whose loss no test notices is no guard.

Every test runs once to find which guards it reaches; then each guard is taken away in a fork of the prepared process,
and the tests that reach it run until one fails. tests/architecture/guards.csv keeps which one did.
"""

import argparse
import csv
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from environment import ROOT, say
from guards import Guard, guards_of

WEB = ROOT / "src/lianheng/web"
KNOWN = ROOT / "tests/architecture/guards.csv"
CITY = "tests/architecture/whole_city"
WHOLE = [CITY, "tests/architecture/test_access.py"]
# They work through other processes, which keep every guard, or build a whole demonstration city.
APART = (
    "shell/tests/test_backup.py",
    "shell/tests/test_worker.py",
    "shell/tests/test_serve.py",
    "desk/tests/test_demo.py",
    "trail/tests/test_parallel.py",
    "trail/tests/test_keys_make.py",
    "shell/tests/test_restore.py",
)
SAMPLE = 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/mutate-guards", description=__doc__)
    parser.add_argument("--all", action="store_true", help="every guard (the default)")
    parser.add_argument("--room", help="only the guards of one room")
    parser.add_argument("--new", action="store_true", help="only guards that guards.csv doesn't know, and note them")
    parser.add_argument("--note", action="store_true", help="note in guards.csv which test noticed")
    parser.add_argument("--short", action="store_true", help=f"{SAMPLE} guards by the tests of guards.csv")
    parser.add_argument("--tests", nargs="+", metavar="PATH", help="by these tests only (quick, for new ones)")
    arguments = parser.parse_args()
    started = time.monotonic()
    every, known = all_guards(), read_known()
    guards = [guard for guard in every if arguments.room in (None, _room(guard))]
    if arguments.new:
        guards = [guard for guard in guards if guard.key not in known]
    if arguments.short:
        guards = sample([guard for guard in guards if guard.key in known], SAMPLE)
    if not guards:
        if arguments.note or arguments.new:
            _note(every, known)
        say("no guards to take away")
        return 0
    short = sorted({known[guard.key].split("::")[0] for guard in guards}) if arguments.short else []
    run = _run(guards, known, arguments.short, short or arguments.tests or _tests())
    guards = run.guards
    for guard in run.survivors:
        say(f"SURVIVED {guard.path.relative_to(ROOT)}:{guard.line} {guard.function} without {guard.what}")
    if arguments.note or arguments.new:
        _note(every, known | run.noticed)
    noticed = len(guards) - len(run.survivors)
    say(f"{noticed} of {len(guards)} lost guards were noticed in {time.monotonic() - started:.0f} s")
    if run.broken:
        print("mutate-guards: with every guard in place these fail:", *run.broken, sep="\n  ", file=sys.stderr)
    return 1 if run.survivors or run.broken else 0


def all_guards() -> list[Guard]:
    files = [path for path in sorted(WEB.glob("*/**/*.py")) if not {"tests", "migrations"} & set(path.parts)]
    # Where the predicates themselves are made, the words mean something else.
    return [guard for path in files if path != WEB / "accounts/scope.py" for guard in guards_of(path, WEB)]


def read_known() -> dict[str, str]:
    """Return which test noticed the loss of which guard."""
    if not KNOWN.exists():
        return {}
    with KNOWN.open(encoding="utf-8", newline="") as file:
        return {row["guard"]: row["noticed_by"] for row in csv.DictReader(file)}


def sample(guards: list[Guard], size: int) -> list[Guard]:
    """Choose by the names of the guards and the files of the commit: other ones after each change, never by chance."""
    command = ["git", "rev-parse", "HEAD^{tree}"]
    tree = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    return sorted(guards, key=lambda guard: hashlib.sha256(f"{tree} {guard.key}".encode()).hexdigest())[:size]


def _note(every: list[Guard], known: dict[str, str]) -> None:
    with KNOWN.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["guard", "noticed_by"])
        writer.writerows([guard.key, known[guard.key]] for guard in every if guard.key in known)


def _room(guard: Guard) -> str:
    return guard.path.relative_to(WEB).parts[0]


def _tests() -> list[str]:
    return [*(str(path.relative_to(ROOT)) for path in sorted(WEB.glob("*/tests"))), *WHOLE]


def _run(guards: list[Guard], known: dict[str, str], known_only: bool, tests: list[str]):  # type: ignore[no-untyped-def]
    for name in [name for name in os.environ if name.startswith("LIANHENG_") or name == "DATABASE_URL"]:
        del os.environ[name]
    os.chdir(ROOT)
    import pytest

    from guard_runs import Plugin, Run
    from unguarding import Program

    shown = os.fdopen(os.dup(1), "w")
    run = Run(guards, Program(ROOT / "src"), known, known_only, lambda line: print(line, file=shown, flush=True))
    options = ["-p", "no:cacheprovider", "--capture=no", "--no-header"]
    options += [f"--ignore={ROOT / CITY / name}" for name in ("test_query_counts.py", "test_hostile.py")]
    options += [f"--ignore={WEB / name}" for name in APART]
    with tempfile.TemporaryFile() as said, _printing_to(said.fileno()):
        code = pytest.main([*options, *sorted(set(tests))], plugins=[Plugin(run)])
        sys.stdout.flush()
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            said.seek(0)
            run.broken.append(f"pytest ended with {code!r}: {said.read().decode()[-3000:]}")
    return run


@contextmanager
def _printing_to(place: int) -> Iterator[None]:
    """Keep what the tests print off the screen."""
    sys.stdout.flush()
    kept = os.dup(1), os.dup(2)
    os.dup2(place, 1)
    os.dup2(place, 2)
    yield
    sys.stdout.flush()
    os.dup2(kept[0], 1)
    os.dup2(kept[1], 2)


if __name__ == "__main__":
    sys.exit(main())
