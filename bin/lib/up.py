"""`bin/up`: from a bare clone to a running office. Standard library only; every trouble is one line."""

import argparse
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import environment
from environment import ROOT, fail, say
from locking import hold_data_folder
from processes import Servers

# The demonstration city stands still at this day, so that lights and due dates look the same every time.
DEMO_TODAY = "2026-12-08"


def main() -> int:
    arguments = _parse()
    signal.signal(signal.SIGTERM, _stop_like_ctrl_c)
    try:
        # bin/up blocks both until here.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
        return _bring_up(arguments)
    except KeyboardInterrupt:
        say("\nstopped; run bin/up again to go on")
        return 130


def _bring_up(arguments: argparse.Namespace) -> int:
    settings = _settings()
    data = Path(settings["LIANHENG_DATA"])
    _refuse_taken_port(arguments.host, arguments.port)
    with hold_data_folder(data):
        python = environment.ensure("web")
        office = Office(python, data, settings)
        office.make_keys()
        if arguments.reset_demo:
            office.remove_demo()
        office.prepare_database()
        servers = Servers(python, settings, arguments.host, arguments.port)
        return servers.run(lambda: office.welcome(arguments.host, arguments.port))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/up", description="Install, prepare and run Lianheng; Ctrl-C stops it.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen at (default 8000)")
    parser.add_argument("--reset-demo", action="store_true", help="throw the demonstration city away and load it anew")
    return parser.parse_args()


def _settings() -> dict[str, str]:
    """Return the environment of every part of the program; what the office has set stays as it is."""
    settings = dict(os.environ)
    settings.setdefault("LIANHENG_DATA", str(ROOT / "data"))
    settings.setdefault("LIANHENG_MODE", "demo")
    if settings["LIANHENG_MODE"] == "demo":
        settings.setdefault("LIANHENG_TODAY", DEMO_TODAY)
    settings["PYTHONUNBUFFERED"] = "1"
    return settings


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            fail(f"cannot listen at {host}:{port} ({error}): choose another with --port")


def _stop_like_ctrl_c(*_: object) -> None:
    raise KeyboardInterrupt


class Office:
    """One data folder: keys, database, evidence."""

    def __init__(self, python: Path, data: Path, settings: dict[str, str]) -> None:
        self.python, self.data, self.settings = python, data, settings
        self.database = data / "lianheng.sqlite3"
        self.is_sqlite_here = "DATABASE_URL" not in settings
        self.keys = Path(settings.get("LIANHENG_KEYS", data / "keys"))

    def make_keys(self) -> None:
        if (self.keys / "secret_key").exists() or "LIANHENG_SECRET_KEY" in self.settings:
            return
        self._run("making keys", ["keys", "make"])
        say(f"made the secret key and the signing key in {self.keys} (readable by you alone): keep a copy elsewhere")

    def prepare_database(self) -> None:
        """Migrate; a new demonstration is built beside and moved in when it is whole."""
        is_demo = self.settings["LIANHENG_MODE"] == "demo"
        if not self.is_sqlite_here or self.database.exists() or not is_demo:
            self._run("bringing the database up to date", ["migrate", "--verbosity", "0"])
            return
        new = self.data / "new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        settings = self.settings | {"LIANHENG_DATA": str(new), "LIANHENG_KEYS": str(self.keys)}
        self._run("making the database", ["migrate", "--verbosity", "0"], settings)
        say("loading the demonstration city (once) …")
        self._run("loading the demonstration city", ["demo", "load"], settings)
        self._move_in(new)

    def _move_in(self, new: Path) -> None:
        with sqlite3.connect(new / "lianheng.sqlite3") as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        # The database comes last: its presence says that everything before it is there.
        for name in ("evidence", "checkpoints.txt", "lianheng.sqlite3"):
            if (new / name).exists():
                _remove(self.data / name)
                os.replace(new / name, self.data / name)
        shutil.rmtree(new, ignore_errors=True)

    def remove_demo(self) -> None:
        """Forget the demonstration; anything that is not one is left alone."""
        if not self.is_sqlite_here or self.settings["LIANHENG_MODE"] != "demo":
            fail("--reset-demo is for the demonstration on SQLite: unset DATABASE_URL and LIANHENG_MODE")
        if not self.database.exists():
            return
        if not _holds_demo(self.database):
            fail(f"{self.database} holds no demonstration city: move it away yourself if it may go")
        for name in ("lianheng.sqlite3", "lianheng.sqlite3-wal", "lianheng.sqlite3-shm", "checkpoints.txt", "evidence"):
            _remove(self.data / name)

    def welcome(self, host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        say(f"\n廉衡 Lianheng is running: http://{shown}:{port}/    (data in {self.data}; Ctrl-C stops it)")
        if self.settings["LIANHENG_MODE"] == "demo":
            command = self._command(["demo", "accounts"])
            say(subprocess.run(command, env=self.settings, capture_output=True, text=True).stdout.rstrip())

    def _run(self, what: str, words: Sequence[str], settings: dict[str, str] | None = None) -> None:
        # A session of its own: on Ctrl-C we stop the step ourselves and say one line, not two tracebacks.
        step = subprocess.Popen(
            self._command(words),
            env=settings or self.settings,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            output, _ = step.communicate()
        except KeyboardInterrupt:
            os.killpg(step.pid, signal.SIGTERM)
            step.wait()
            raise
        if step.returncode:
            lines = [line for line in output.splitlines() if line.strip()] or ["no message"]
            fail(f"{what} failed: {lines[-1]}")

    def _command(self, words: Sequence[str]) -> list[str]:
        return [str(self.python), "-m", "lianheng.cli.main", *words]


def _holds_demo(database: Path) -> bool:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return bool(connection.execute("SELECT count(*) FROM units_cityprofile WHERE is_demo").fetchone()[0])
    except sqlite3.Error:
        return False
    finally:
        connection.close()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
