"""`bin/mutate-guards`: a guard whose loss no test notices is no guard."""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from environment import ROOT, say
from guards import Mutant, mutants_of

ACCESS = "tests/architecture/test_access.py"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/mutate-guards", description=__doc__)
    parser.add_argument("--sample", type=int, metavar="N", help="only N guards, other ones after each commit")
    parser.add_argument("--all", action="store_true", help="every guard (the default)")
    parser.add_argument("--room", help="only the guards of one room")
    parser.add_argument("--log-in", action="store_true", help="only @login_required, against the access table alone")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lianheng-mutants-") as folder:
        copy = Path(folder)
        _copy_to(copy)
        mutants = _choose(copy, arguments.sample, arguments.room, arguments.log_in)
        if arguments.log_in:
            return _report(mutants, [mutant for mutant in mutants if _survives(copy, mutant, [ACCESS])])
        rooms = sorted({_room(copy, mutant) for mutant in mutants})
        broken = [room for room in rooms if not _passes(copy, _tests(copy, room))]
        if broken:
            print(f"mutate-guards: the tests of {', '.join(broken)} fail with every guard in place", file=sys.stderr)
            return 2
        survivors = [mutant for mutant in mutants if _survives(copy, mutant, _tests(copy, _room(copy, mutant)))]
    return _report(mutants, survivors)


def _report(mutants: list[Mutant], survivors: list[Mutant]) -> int:
    say(f"{len(mutants) - len(survivors)} of {len(mutants)} lost guards were noticed")
    return 1 if survivors else 0


def _copy_to(copy: Path) -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)


def _choose(copy: Path, sample: int | None, room: str | None, log_in: bool) -> list[Mutant]:
    web = copy / "src/lianheng/web"
    files = [path for path in sorted(web.glob("*/**/*.py")) if not {"tests", "migrations"} & set(path.parts)]
    # Where the predicates themselves are made, the words mean something else.
    files = [path for path in files if path != web / "accounts/scope.py"]
    found = [mutant for path in files for mutant in mutants_of(path) if room in (None, path.relative_to(web).parts[0])]
    if log_in:
        found = [mutant for mutant in found if mutant.what == "@login_required"]
    if sample is None or sample >= len(found):
        return found
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    return random.Random(commit).sample(found, sample)


def _room(copy: Path, mutant: Mutant) -> str:
    return mutant.path.relative_to(copy / "src/lianheng/web").parts[0]


def _tests(copy: Path, room: str) -> list[str]:
    own = f"src/lianheng/web/{room}/tests"
    return [ACCESS, own] if (copy / own).is_dir() else [ACCESS]


def _survives(copy: Path, mutant: Mutant, tests: list[str]) -> bool:
    whole = mutant.path.read_text()
    mutant.path.write_text(mutant.source)
    try:
        noticed = not _passes(copy, tests)
    finally:
        mutant.path.write_text(whole)
    where = f"{mutant.path.relative_to(copy)}:{mutant.line}"
    say(f"{'noticed ' if noticed else 'SURVIVED'} {where} without {mutant.what}")
    return not noticed


def _passes(copy: Path, tests: Sequence[str]) -> bool:
    settings = {name: value for name, value in os.environ.items() if not name.startswith("LIANHENG_")}
    settings |= {"PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header", *tests]
    done = subprocess.run(command, cwd=copy, env=settings, capture_output=True, text=True)
    # 5: no tests of that kind; anything else but 0 is a failure.
    return done.returncode in (0, 5)


if __name__ == "__main__":
    sys.exit(main())
