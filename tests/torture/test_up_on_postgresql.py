"""`bin/up` on an empty PostgreSQL: a corner of the city is loaded, once, and its accounts work. About a minute."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "bin/lib"))

pytestmark = pytest.mark.torture


def start(environment: dict[str, str], port: int, *words: str) -> "tuple[subprocess.Popen[str], str]":
    """Start and read until the accounts have been printed."""
    command = [ROOT / "bin/up", "--port", str(port), *words]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    seen = ""
    for line in process.stdout:
        seen += line
        if "assessor01" in line or "no demonstration accounts" in line:
            return process, seen
    raise AssertionError(seen)


def stop(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0


def log_in(port: int, username: str, password: str) -> str:
    """Log in as a browser does and return the first page."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    address = f"http://127.0.0.1:{port}/login/"
    form = browser.open(address).read().decode()
    token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token
    typed = {"username": username, "password": password, "csrfmiddlewaretoken": token[1]}
    page: str = browser.open(address, urllib.parse.urlencode(typed).encode()).read().decode()
    return page


def test_an_empty_postgresql_gets_a_demonstration_that_can_be_used(tmp_path: Path) -> None:
    import postgres

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIANHENG_")}
    with postgres.throw_away_server() as url:
        environment = kept | {"LIANHENG_DATA": str(tmp_path / "data")}
        environment["DATABASE_URL"] = url.replace("@/lianheng?", "@/postgres?")
        process, seen = start(environment, port, "--scale", "0.02")
        assert "the demonstration city is complete" in seen
        assert "待办" in log_in(port, "office", "Demo-2026-lh")
        stop(process)
        process, seen = start(environment, port, "--today", "2026-12-18")
        assert "the demonstration city is here: " in seen and "complete" not in seen
        assert "2026-12-18" in log_in(port, "office", "Demo-2026-lh")
        stop(process)
