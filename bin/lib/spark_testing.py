"""`bin/test-spark`: every model's cases on Spark, and the note of the last pass. Standard library only.

The note holds the hash of the models and of the engine; `--if-changed` runs nothing where it is still the same.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import environment
from environment import ROOT, fail, say

SPARK_VENV = ROOT / ".venv-spark"
TESTS = "src/lianheng/engine/redflags/tests/backends/test_spark.py"
NOTE = ROOT / "src/lianheng/engine/redflags/tests/backends/spark-pass.txt"
# What decides the rows of a query: the models, their registers, and the modules between them and the back end.
MODULES = ("backends", "binding", "cases", "query", "spark", "trial", "types")


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/test-spark", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--if-changed", action="store_true", help="only where models or engine differ from the last pass"
    )
    parser.add_argument(
        "--seconds", type=int, metavar="N", help="fail where the cases take longer (without installing)"
    )
    arguments = parser.parse_args()
    now = fingerprint()
    if arguments.if_changed and NOTE.exists() and NOTE.read_text(encoding="utf-8").split()[:1] == [now]:
        say("models and engine are as at the last pass on Spark")
        return 0
    _find_java()
    python = environment.ensure("spark", venv=SPARK_VENV, more=("pytest", "pytest-xdist", "hypothesis"))
    # Two sessions, each with a share of the models: Spark thinks on one core about each query.
    command = [str(python), "-W", "ignore", "-m", "pytest", "-p", "no:cacheprovider", "-q", "-n", "2", TESTS]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"LIANHENG_TEST_SPARK": "1"}, timeout=arguments.seconds
        )
    except subprocess.TimeoutExpired:
        fail(f"the cases took more than {arguments.seconds} seconds on Spark: run it on a machine that is not busy")
    if done.returncode == 0:
        NOTE.write_text(f"{now}\n", encoding="utf-8")
        say(f"passed; commit {NOTE.relative_to(ROOT)}")
    return done.returncode


def fingerprint() -> str:
    """SHA-256 over the names and contents of everything that a pass speaks of."""
    digest = hashlib.sha256()
    for path in sorted(_files()):
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    library, engine = ROOT / "src/lianheng/library", ROOT / "src/lianheng/engine/redflags"
    for name in ("model.yaml", "query.sql", "tests.yaml"):
        yield from (library / "models").glob(f"*/{name}")  # not libraries of their own, which run on DuckDB alone
    yield from (library / "models").glob("prepare.sql")
    yield from (library / "registers").glob("*.yaml")
    yield from (engine / f"{name}.py" for name in MODULES)
    yield from (engine / "tests/backends" / name for name in ("parity.py", "test_spark.py"))


def _find_java() -> None:
    if shutil.which("java"):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        fail("Spark needs Java: let the administrator run 'apt-get install default-jre-headless'")
    say("installing a Java runtime …")
    environment.apt_install("default-jre-headless")


if __name__ == "__main__":
    sys.exit(main())
