"""`lianheng assess recompute`: the same results from a package, without a database."""

import argparse
import hashlib
import json
import sys
import zipfile
from pathlib import Path

LIMIT = 512 * 1024 * 1024


def add_parser(rooms: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the assessment commands that need no server."""
    assess = rooms.add_parser("assess", help="recompute a year's results from its package")
    acts = assess.add_subparsers(metavar="ACT", required=True)
    recompute = acts.add_parser("recompute", help="compute results from PACKAGE and compare them with those inside")
    recompute.add_argument("package", type=Path, metavar="PACKAGE")
    recompute.add_argument("--out", type=Path, help="also write the recomputed results.json here")
    recompute.set_defaults(run=run_recompute)


def run_recompute(arguments: argparse.Namespace) -> int:
    """Return 0 when the recomputed bytes equal the package's results, 1 when they differ, 2 when it cannot be read."""
    from lianheng.engine.scoring.scheme import SchemeError
    from lianheng.engine.scoring.year import PackageError, compute_year, results_bytes

    try:
        files = _read(arguments.package)
        results = results_bytes(compute_year(json.loads(files["year.json"])))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError, PackageError, SchemeError) as error:
        reason = str(error) or type(error).__name__
        print(f"lianheng assess recompute: {arguments.package}: not a usable package: {reason}", file=sys.stderr)
        return 2
    problems = _hash_problems(files)
    if arguments.out:
        arguments.out.write_bytes(results)
    if results != files["results.json"]:
        problems.append("the recomputed results differ from results.json in the package")
    for problem in problems:
        print(f"lianheng assess recompute: {problem}", file=sys.stderr)
    count = len(json.loads(results)["results"])
    print(f"{'DIFFERENT' if problems else 'EQUAL'}  {count} results  sha256 {hashlib.sha256(results).hexdigest()}")
    return 1 if problems else 0


def _read(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        if sum(info.file_size for info in archive.infolist()) > LIMIT:
            raise ValueError("it unpacks to more than 512 MB")
        return {name: archive.read(name) for name in ("year.json", "results.json", "manifest.json")}


def _hash_problems(files: dict[str, bytes]) -> list[str]:
    stated = json.loads(files["manifest.json"])["files"]
    return [
        f"{name} does not have the hash that manifest.json states"
        for name in ("year.json", "results.json")
        if stated.get(name) != hashlib.sha256(files[name]).hexdigest()
    ]
