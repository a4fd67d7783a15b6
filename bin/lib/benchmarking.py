"""`bin/bench [NAME …]`: run benchmarks, print them, write their sections of benchmarks/RESULTS.md.

A benchmark is a file benchmarks/bench_NAME.py with `run() -> dict | list[dict]`: "name", "cpu_seconds" (or "value" and
"unit"), "limit", "n", and whatever else is worth a remark. What is inside the time stands in its docstring.
"""

import datetime as dt
import importlib.util
import platform
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "benchmarks/RESULTS.md"
PACKAGES = ("django", "numpy", "scipy", "duckdb")
HEAD = """# Benchmarks

Made by `bin/bench`; do not edit. CPU seconds are user and system time of all processes involved; figures are medians of
several runs after a warm-up. What is inside the time is said under each heading.
"""
KNOWN = {"name", "cpu_seconds", "value", "unit", "limit", "n"}


def main() -> int:
    wanted = set(sys.argv[1:])
    files = [path for path in sorted((ROOT / "benchmarks").glob("bench_*.py")) if not wanted or path.stem[6:] in wanted]
    if not files:
        names = ", ".join(path.stem[6:] for path in sorted((ROOT / "benchmarks").glob("bench_*.py")))
        print(f"bench: no benchmark of that name; there are {names}", file=sys.stderr)
        return 2
    missed, failed = [], []
    for path in files:
        started = time.monotonic()
        try:
            module = _load(path)
            found = module.run()
        except Exception as error:  # one broken benchmark must not hide the others
            print(f"{path.stem}: FAILED: {error!r}", file=sys.stderr)
            failed.append(path.stem)
            continue
        rows = found if isinstance(found, list) else [found]
        for row in rows:
            print(
                f"{row['name']}: {_figure(row)}{_verdict(row)}   ({time.monotonic() - started:.0f} s in all)",
                flush=True,
            )
        _write(path.stem[6:], _section(path.stem[6:], module.__doc__ or "", rows))
        missed += [row["name"] for row in rows if _misses(row)]
    if missed:
        print(f"over the limit: {', '.join(missed)}", file=sys.stderr)
    return 1 if failed or missed else 0


def _load(path: Path) -> Any:
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    sys.modules[path.stem] = module
    sys.path.insert(0, str(path.parent))
    specification.loader.exec_module(module)
    return module


def _measured(row: dict[str, Any]) -> float:
    return float(row["cpu_seconds"] if "cpu_seconds" in row else row["value"])


def _figure(row: dict[str, Any]) -> str:
    return f"{_measured(row):.4g} {'s CPU' if 'cpu_seconds' in row else row.get('unit', '')}".strip()


def _misses(row: dict[str, Any]) -> bool:
    """Above a limit; where more is better ("at_least": True), below it."""
    limit = row.get("limit")
    if limit is None:
        return False
    return _measured(row) < float(limit) if row.get("at_least") else _measured(row) > float(limit)


def _verdict(row: dict[str, Any]) -> str:
    if row.get("limit") is None:
        return ""
    return f" (limit {'≥' if row.get('at_least') else '≤'} {row['limit']:g}{', MISSED' if _misses(row) else ''})"


def _write(name: str, section: str) -> None:
    """Put a section in the place of the one before; the others keep the commit and day of their own run."""
    sections = dict(_sections(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else ()) | {name: section}
    there = {path.stem[6:] for path in (ROOT / "benchmarks").glob("bench_*.py")}
    PAGE.write_text(HEAD + "".join(sections[each] for each in sorted(sections) if each in there), encoding="utf-8")


def _sections(page: str) -> Iterator[tuple[str, str]]:
    for text in page.split("\n## ")[1:]:
        yield text.split("\n", 1)[0].strip(), "\n## " + text


def _section(name: str, docstring: str, rows: list[dict[str, Any]]) -> str:
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    lines = [
        f"\n## {name}\n\n",
        f"Commit {commit}, {dt.datetime.now(dt.UTC).date()}, Python {platform.python_version()}, SQLite ",
        f"{sqlite3.sqlite_version}, {versions}, {platform.system()} {platform.machine()}.\n\n{docstring.strip()}\n\n",
        "| measured | n | figure | limit | remarks |\n|---|---|---|---|---|\n",
    ]
    for row in rows:
        limit = "" if row.get("limit") is None else f"{'≥' if row.get('at_least') else '≤'} {row['limit']:g}"
        rest = ", ".join(f"{k} {v}" for k, v in row.items() if k not in KNOWN | {"at_least"})
        mark = " **missed**" if _misses(row) else ""
        lines.append(f"| {row['name']} | {row.get('n', '')} | {_figure(row)}{mark} | {limit} | {rest} |\n")
    return "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
