"""A PostgreSQL server of our own for one test run: temporary folder, unix socket only, thrown away at the end."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from environment import apt_install, fail


def find_programs() -> Path:
    """Return the folder of initdb and pg_ctl, installing PostgreSQL where that is possible; fail loudly otherwise."""
    found = _programs()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        apt_install("postgresql")
        found = _programs()
    if found is None:
        fail("the tests need PostgreSQL and none is here: let the administrator run 'apt-get install postgresql'")
    return found


def _programs() -> Path | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    folders += [Path(on_path).parent] if on_path else []
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


@contextmanager
def throw_away_server() -> Iterator[str]:
    """Yield the DATABASE_URL of a running server; PostgreSQL refuses to run as root, so root steps down for it."""
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="lianheng-pg-", dir="/tmp"))
    step_down: list[str] = []
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        step_down = _stepping_down(nobody)
    data, control = folder / "data", str(programs / "pg_ctl")
    try:
        make = [str(programs / "initdb"), "-N", "-A", "trust", "-U", "lianheng", "-E", "UTF8", "--locale=C.UTF-8"]
        _run([*step_down, *make, "-D", str(data)], folder)
        options = f"-F -k {folder} -h '' -c shared_buffers=64MB"
        _run([*step_down, control, "-D", str(data), "-l", str(folder / "log"), "-w", "-o", options, "start"], folder)
        try:
            yield f"postgres://lianheng@/lianheng?host={folder}"
        finally:
            subprocess.run(
                [*step_down, control, "-D", str(data), "-m", "immediate", "stop"], cwd=folder, capture_output=True
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _stepping_down(user: pwd.struct_passwd) -> list[str]:
    if shutil.which("setpriv"):
        return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return ["runuser", "-u", user.pw_name, "--"]


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        fail(f"PostgreSQL for the tests does not start: {done.stdout.strip().splitlines()[-1:]}")
