"""`bin/bench [NAME …]`: run benchmarks, print them, write benchmarks/RESULTS.md.

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
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "benchmarks/RESULTS.md"
PACKAGES = ("django", "granian", "cryptography", "typst")
KNOWN = {"name", "cpu_seconds", "value", "unit", "limit", "n"}


def main() -> int:
    wanted = set(sys.argv[1:])
    files = [path for path in sorted((ROOT / "benchmarks").glob("bench_*.py")) if not wanted or path.stem[6:] in wanted]
    if not files:
        names = ", ".join(path.stem[6:] for path in sorted((ROOT / "benchmarks").glob("bench_*.py")))
        print(f"bench: no benchmark of that name; there are {names}", file=sys.stderr)
        return 2
    sections, failed = [], []
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
        sections.append((path, module.__doc__ or "", rows))
        for row in rows:
            print(
                f"{row['name']}: {_figure(row)}{_verdict(row)}   ({time.monotonic() - started:.0f} s in all)",
                flush=True,
            )
    if not wanted and not failed:
        PAGE.write_text(_page(sections))
    missed = [row["name"] for _, _, rows in sections for row in rows if _misses(row)]
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


def _page(sections: list[tuple[Path, str, list[dict[str, Any]]]]) -> str:
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    lines = [
        "# Benchmarks\n\n",
        "Made by `bin/bench`; do not edit. CPU seconds are user and system time of all processes involved;\n",
        "figures are medians of several runs after a warm-up. What is inside the time is said under each heading.\n\n",
        f"Commit {commit}, {dt.datetime.now(dt.UTC).date()}. Python {platform.python_version()}, ",
        f"SQLite {sqlite3.sqlite_version}, {versions}. {platform.system()} {platform.machine()}.\n",
    ]
    for path, docstring, rows in sections:
        lines.append(f"\n## {path.stem[6:]}\n\n{docstring.strip()}\n\n")
        lines.append("| measured | n | figure | limit | remarks |\n|---|---|---|---|---|\n")
        for row in rows:
            limit = "" if row.get("limit") is None else f"{'≥' if row.get('at_least') else '≤'} {row['limit']:g}"
            rest = ", ".join(f"{k} {v}" for k, v in row.items() if k not in KNOWN | {"at_least"})
            mark = " **missed**" if _misses(row) else ""
            lines.append(f"| {row['name']} | {row.get('n', '')} | {_figure(row)}{mark} | {limit} | {rest} |\n")
    return "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
