"""`lianheng assess recompute`: the same results from a package, without a database."""

import argparse
import hashlib
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

from lianheng.cli.package_proofs import ACTS, KEY, check_proofs, file_name
from lianheng.cli.trail_files import UsageError, read_key
from lianheng.engine.merkle_log.checkpoint import VerifierKey

FORMAT = "lianheng-package/2"
INSIDE = ", the key inside the package: compare it with the one that the office publishes, or give that with --key"
LIMIT = 512 * 1024 * 1024


def add_parser(rooms: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the assessment commands that need no server."""
    assess = rooms.add_parser("assess", help="recompute a year's results from its package")
    acts = assess.add_subparsers(metavar="ACT", required=True)
    recompute = acts.add_parser("recompute", help="compute results from PACKAGE and compare them with those inside")
    recompute.add_argument("package", type=Path, metavar="PACKAGE")
    recompute.add_argument("--out", type=Path, help="also write the recomputed results.json here")
    recompute.add_argument(
        "--key",
        metavar="VKEY_OR_FILE",
        help="the log's published verifier key NAME+ID+BASE64 or a file with it; without it the one in the package",
    )
    recompute.set_defaults(run=run_recompute)


def run_recompute(arguments: argparse.Namespace) -> int:
    """Return 0 when everything agrees, 1 when results or proofs contradict the package, 2 when it cannot be read.

    What agrees: the recomputed bytes with results.json, the files with manifest.json, and both with the acts in the
    signed log that the proof files show.
    """
    from lianheng.engine.scoring.scheme import SchemeError
    from lianheng.engine.scoring.year import PackageError, compute_year, results_bytes

    try:
        files = _read(arguments.package)
        manifest = json.loads(files["manifest.json"])
        if manifest["format"] != FORMAT:
            raise ValueError(f"it is of format {manifest['format']!r}, this program reads {FORMAT!r}")
        results = results_bytes(compute_year(json.loads(files["year.json"])))
        key = read_key(arguments.key) if arguments.key else VerifierKey.from_text(files[KEY].decode("ascii").strip())
        problems = _hash_problems(files, manifest)
        proved, refused = check_proofs(files, manifest, key)
        count = len(json.loads(files["results.json"])["results"])
    except UsageError as error:
        print(f"lianheng assess recompute: {error}", file=sys.stderr)
        return 2
    except (
        OSError,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        PackageError,
        SchemeError,
    ) as error:
        reason = str(error) or type(error).__name__
        print(f"lianheng assess recompute: {arguments.package}: not a usable package: {reason}", file=sys.stderr)
        return 2
    if arguments.out:
        arguments.out.write_bytes(results)
    if results != files["results.json"]:
        problems.append("the recomputed results differ from results.json in the package")
    problems += refused
    for problem in problems:
        print(f"lianheng assess recompute: {problem}", file=sys.stderr)
    print(f"{'DIFFERENT' if problems else 'EQUAL'}  {count} results  sha256 {hashlib.sha256(results).hexdigest()}")
    print(f"{'REFUSED' if refused else 'PROVED'}  {len(proved)} acts in the signed log")
    for sentence in proved:
        print(f"  {sentence}")
    print(f"  signed by {key.name}+{key.key_id.hex()}{'' if arguments.key else INSIDE}")
    return 1 if problems else 0


def _read(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        if sum(info.file_size for info in archive.infolist()) > LIMIT:
            raise ValueError("it unpacks to more than 512 MB")
        inside = set(archive.namelist())
        wanted = ["year.json", "results.json", "manifest.json", KEY]
        wanted += [name for name in map(file_name, ACTS) if name in inside]
        return {name: archive.read(name) for name in wanted}


def _hash_problems(files: dict[str, bytes], manifest: dict[str, Any]) -> list[str]:
    stated = manifest["files"]
    return [
        f"{name} does not have the hash that manifest.json states"
        for name in ("year.json", "results.json")
        if stated.get(name) != hashlib.sha256(files[name]).hexdigest()
    ]
