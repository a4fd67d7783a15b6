"""`bin/up` starts, says one line for each trouble, and stops without leaving anything behind."""

import os
import re
import signal
import socket
import stat
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from repository import ROOT

pytestmark = pytest.mark.slow

UP = ROOT / "bin/up"


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    if not (ROOT / ".venv/lianheng-web-dev.stamp").exists():
        pytest.skip("run through bin/test, which makes the environment first")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIANHENG_", "DATABASE_URL"))}
    # Production: no demonstration city has to be loaded, which has tests of its own.
    return kept | {"LIANHENG_DATA": str(tmp_path / "data"), "LIANHENG_MODE": "production"}


@pytest.fixture
def port() -> int:
    return _free_port()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


@pytest.fixture
def running(environment: dict[str, str], port: int) -> Iterator[subprocess.Popen[str]]:
    process = _start(environment, port)
    _wait_for(process, "is running")
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()


def _start(environment: dict[str, str], port: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [UP, "--port", str(port)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _wait_for(process: "subprocess.Popen[str]", words: str) -> None:
    assert process.stdout
    seen = []
    for line in process.stdout:
        seen.append(line)
        if words in line:
            return
    raise AssertionError("".join(seen))


def _refusal(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run([UP, *arguments], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    [line] = done.stderr.strip().splitlines()
    return line


def _processes_of(data: Path) -> list[int]:
    """Processes whose environment names this data folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"LIANHENG_DATA={data}\0".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def test_it_answers_alone_and_stops_without_orphans(
    running: "subprocess.Popen[str]", environment: dict[str, str], port: int
) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/login/") as response:
        assert "登录" in response.read().decode()
    data = Path(environment["LIANHENG_DATA"])
    keys = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (data / "keys").iterdir()}
    assert keys == dict.fromkeys(("secret_key", "trail.key", "fields.key"), 0o600)
    assert data.stat().st_mode & 0o077 == 0
    assert not [path for path in data.rglob("*") if path.stat().st_mode & 0o007 and path.name != "up.lock"]
    assert "already started" in _refusal(environment, "--port", str(_free_port()))
    assert len(_processes_of(data)) >= 4, "up, web with its workers, worker"
    running.send_signal(signal.SIGINT)
    assert running.wait(30) == 0
    assert running.stdout and "WARNING" not in running.stdout.read()
    assert _processes_of(data) == []
    # The environment file forgotten: an office's own data are no demonstration, and nothing is written there.
    before = sorted((path, path.stat().st_mtime_ns) for path in data.rglob("*") if path.name != "up.lock")
    forgotten = {name: value for name, value in environment.items() if name != "LIANHENG_MODE"}
    assert "this database is in production" in _refusal(forgotten, "--port", str(port))
    assert sorted((path, path.stat().st_mtime_ns) for path in data.rglob("*") if path.name != "up.lock") == before


def test_killed_it_takes_its_children_along(running: "subprocess.Popen[str]", environment: dict[str, str]) -> None:
    running.kill()
    running.wait()
    data = Path(environment["LIANHENG_DATA"])
    deadline = time.monotonic() + 30
    while _processes_of(data) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert _processes_of(data) == []


def test_a_taken_port_is_named(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = _refusal(environment, "--port", str(port))
    assert f"127.0.0.1:{port}" in line and "--port" in line


def test_a_folder_that_cannot_be_written_is_named(environment: dict[str, str]) -> None:
    # /proc refuses everybody, root too.
    line = _refusal(environment | {"LIANHENG_DATA": "/proc/lianheng"})
    assert "cannot write in /proc/lianheng" in line and "LIANHENG_DATA" in line


def test_an_old_python_is_named(tmp_path: Path, environment: dict[str, str]) -> None:
    # Stands for Python 3.10: answers the question for its version, and the question whether it is new enough.
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        script = tmp_path / name
        script.write_text("#!/bin/sh\ncase $2 in *version_info*) exit 1;; *) echo found 3.10.12;; esac\n")
        script.chmod(0o755)
    line = _refusal(environment | {"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert re.search(r"needs Python 3\.11 or newer \(found 3\.10\.12\)", line)


def test_an_interrupted_start_goes_on(environment: dict[str, str], port: int) -> None:
    # From the first milliseconds, in which the shell looks for Python and Python itself starts.
    for seconds in (*(0.02 * step for step in range(1, 20)), 1.0, 2.0):
        process = _start(environment, port)
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
        assert "Traceback" not in output
        assert process.returncode in {130, -signal.SIGINT}, output
    process = _start(environment, port)
    _wait_for(process, "is running")
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
