"""`bin/test`: everything that must hold before a commit. Standard library only."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import environment
import postgres
from environment import ROOT, fail, say

ENGINE_VENV = ROOT / ".venv-engine"
ENGINE_FOLDERS = ("src/lianheng/engine", "src/lianheng/library", "src/lianheng/cli")
WEB_FOLDERS = ("src/lianheng/web", "tests/architecture")
POSTGRES_FOLDERS = ("src/lianheng/web", "src/lianheng/engine/redflags/tests/backends")
# The same programs that `dev` pins, without Django and everything that brings it along.
ENGINE_TOOLS = ("pytest", "hypothesis", "openpyxl", "pdfplumber", "fonttools")


@dataclass
class Outcome:
    """How one part ended: its tests with their seconds, and what it printed."""

    part: str
    ok: bool
    output: str
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    times: list[tuple[float, str]] = field(default_factory=list)


def main() -> int:
    arguments = _parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    wanted = arguments.parts or list(PARTS)
    started = time.monotonic()
    _prepare(wanted)
    # Two at a time on two cores; the browser has the machine to itself, for it waits on the clock.
    together = [part for part in wanted if part != "journeys"]
    with ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        outcomes = list(pool.map(_run_part, together))
    if "journeys" in wanted:
        outcomes.append(_run_part("journeys"))
    return _report(outcomes, time.monotonic() - started)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/test", description="Install what tests need and run everything.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these parts: {', '.join(PARTS)}")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.parts) - set(PARTS))
    if unknown:
        parser.error(f"no part named {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return arguments


def _prepare(wanted: Sequence[str]) -> None:
    """Install first and one after another, so that a missing thing is named before anything runs."""
    environment.ensure("web,dev")
    if "engines" in wanted:
        environment.ensure("letters,statistics,registers,oracles", venv=ENGINE_VENV, more=ENGINE_TOOLS)
    if "postgres" in wanted:
        postgres.find_programs()
    if "journeys" in wanted:
        _find_browser()


def _find_browser() -> None:
    names = ("chromium", "chromium-browser", "google-chrome")
    if any(shutil.which(name) for name in names):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        fail("the journeys need Chromium: let the administrator run 'apt-get install chromium fonts-noto-cjk'")
    say("installing Chromium and Chinese fonts …")
    environment.apt_install("chromium", "fonts-noto-cjk", together=True)


def _lint() -> Outcome:
    started = time.monotonic()
    done = _call(["make", "--no-print-directory", "--keep-going", "lint"], {})
    ok = done.returncode == 0
    return Outcome("lint", ok, done.stdout, time.monotonic() - started, passed=int(ok), failed=int(not ok))


def _engines() -> Outcome:
    python = ENGINE_VENV / "bin" / "python"
    if subprocess.run([python, "-c", "import django"], capture_output=True).returncode == 0:
        fail(f"{ENGINE_VENV.name} holds Django, so it proves nothing: remove the folder and start again")
    return _pytest("engines", python, ENGINE_FOLDERS)


def _web() -> Outcome:
    return _pytest("web", environment.VENV / "bin" / "python", WEB_FOLDERS)


def _postgres() -> Outcome:
    with postgres.throw_away_server() as url:
        return _pytest("postgres", environment.VENV / "bin" / "python", POSTGRES_FOLDERS, DATABASE_URL=url)


def _journeys() -> Outcome:
    return _pytest("journeys", environment.VENV / "bin" / "python", ("tests/journeys",), "-m", "journey")


# The longest first, so that two at a time end together.
PARTS: dict[str, Callable[[], Outcome]] = {
    "postgres": _postgres,
    "web": _web,
    "engines": _engines,
    "lint": _lint,
    "journeys": _journeys,
}


def _run_part(part: str) -> Outcome:
    outcome = PARTS[part]()
    word = "ok" if outcome.ok else "FAILED"
    say(f"\n=== {part}: {word} ({outcome.seconds:.0f} s)\n{outcome.output.rstrip()}")
    return outcome


def _pytest(part: str, python: Path, folders: Sequence[str], *options: str, **variables: str) -> Outcome:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lianheng-report-") as scratch:
        report = Path(scratch) / "report.xml"
        command = [str(python), "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}", "-rs", *options]
        done = _call([*command, *folders], variables)
        outcome = Outcome(part, done.returncode == 0, done.stdout, time.monotonic() - started)
        if report.exists():
            _count(outcome, report)
    if not outcome.ok and not outcome.failed:
        # It stopped before any test could fail, or found none: that is a failure too.
        outcome.failed = 1
    return outcome


def _count(outcome: Outcome, report: Path) -> None:
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            outcome.failed += 1
        elif "skipped" in kinds:
            outcome.skipped += 1
        else:
            outcome.passed += 1
        name = f"{outcome.part}: {case.get('classname')}::{case.get('name')}"
        outcome.times.append((float(case.get("time", 0)), name))


def _call(command: Sequence[str], variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    settings = {name: value for name, value in os.environ.items() if not name.startswith("LIANHENG_")}
    for name in ("LIANHENG_TESTDATA",):
        if name in os.environ:
            settings[name] = os.environ[name]
    settings.pop("DATABASE_URL", None)
    return subprocess.run(
        command, cwd=ROOT, env=settings | variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _report(outcomes: list[Outcome], seconds: float) -> int:
    times = sorted((time for outcome in outcomes for time in outcome.times), reverse=True)
    say("\nthe ten slowest:")
    for spent, name in times[:10]:
        say(f"  {spent:6.2f} s  {name}")
    for outcome in outcomes:
        word = "ok" if outcome.ok else "FAILED"
        counts = f"{outcome.passed} passed, {outcome.failed} failed, {outcome.skipped} skipped"
        say(f"{outcome.part:10} {word:7} {counts} in {outcome.seconds:.0f} s")
    say(f"all parts in {seconds:.0f} s")
    failed = sum(outcome.failed for outcome in outcomes)
    say(f"{sum(outcome.passed for outcome in outcomes)} passed, {failed} failed")
    return 1 if failed or not all(outcome.ok for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
