"""All eleven procurement indicators over 300,000 OCDS compiled releases (about 345 MB), JSON lines to OUT.json.

Inside the time: a process of its own from its start to its end (`lianheng models ocds`): imports, settings, reading and
checking every line, indicators, Meta, Maps, writing. Outside: making the releases. The peer needs 8.2 to 8.4 s CPU for
the same indicators on a file of this size, without its maps.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ocds_releases import write_releases

RELEASES, RUNS, LIMIT = 300_000, 3, 8.3
CODES = ("R003", "R018", "R024", "R025", "R028", "R030", "R035", "R036", "R038", "R048", "R058")


def run(releases: int = RELEASES, runs: int = RUNS) -> list[dict[str, Any]]:
    """Median CPU seconds with and without Maps."""
    with tempfile.TemporaryDirectory(prefix="bench-ocds-") as name:
        folder = Path(name)
        size = write_releases(folder / "releases.jsonl", releases)
        (folder / "settings.ini").write_text("".join(f"[{code}]\n" for code in CODES))
        rows = []
        for title, options in (("without Maps", ["--no-map"]), ("with Maps", [])):
            seconds = [_command(folder, options) for _ in range(runs)]
            rows.append(
                {
                    "name": f"eleven indicators {title}",
                    "cpu_seconds": statistics.median(seconds),
                    "limit": LIMIT,
                    "n": releases,
                    "megabytes": round(size / 1e6),
                    "peak_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
                }
            )
        return rows


def _command(folder: Path, options: list[str]) -> float:
    before = _cpu()
    command = [sys.executable, "-m", "lianheng.cli.main", "models", "ocds", str(folder / "releases.jsonl")]
    command += ["--settings", str(folder / "settings.ini"), "--out", str(folder / "out.json"), "--threads", "2"]
    subprocess.run([*command, *options], check=True, stdout=subprocess.DEVNULL)
    return _cpu() - before


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    for line in run():
        print(line)
