"""`bin/up`: from a bare clone to a running office. Standard library only; every trouble is one line."""

import argparse
import datetime as dt
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
# `--today` moves it on; the day lies beside the database, where the settings look for it too.
DEMO_TODAY = "2026-12-08"
DAY_FILE = "demo-today"


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
    _refuse_unusable_day(arguments, settings)
    _refuse_taken_port(arguments.host, arguments.port)
    with hold_data_folder(data):
        python = environment.ensure("web")
        office = Office(python, data, settings)
        office.look_at_what_is_here()
        if arguments.reset_demo:
            office.remove_demo()
        office.make_keys()
        office.set_day(arguments.today)
        office.prepare_database(arguments.scale, reset=arguments.reset_demo)
        servers = Servers(python, settings, arguments.host, arguments.port)
        return servers.run(lambda: office.welcome(arguments.host, arguments.port))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/up", description="Install, prepare and run Lianheng; Ctrl-C stops it.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen at (default 8000)")
    parser.add_argument("--reset-demo", action="store_true", help="throw the demonstration city away and load it anew")
    parser.add_argument("--today", type=_day, help="move the demonstration on to this day (YYYY-MM-DD); it stays there")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="size of a demonstration that is loaded now (default 1)"
    )
    return parser.parse_args()


def _day(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no day: write YYYY-MM-DD, e.g. 2026-12-18") from None


def _settings() -> dict[str, str]:
    """Return the environment of every part of the program; what the office has set stays as it is."""
    settings = dict(os.environ)
    settings.setdefault("LIANHENG_DATA", str(ROOT / "data"))
    settings.setdefault("LIANHENG_MODE", "demo")
    settings["PYTHONUNBUFFERED"] = "1"
    return settings


def _refuse_unusable_day(arguments: argparse.Namespace, settings: dict[str, str]) -> None:
    """The demonstration's day only moves on: its log tells what was done in the order of the days."""
    if arguments.today is None:
        return
    if settings["LIANHENG_MODE"] != "demo":
        fail("--today is for the demonstration: an office works on the days of the calendar")
    if "LIANHENG_TODAY" in settings:
        fail("--today and LIANHENG_TODAY both name a day: unset LIANHENG_TODAY")
    reached = DEMO_TODAY if arguments.reset_demo else _reached(Path(settings["LIANHENG_DATA"]))
    if arguments.today < reached:
        fail(
            f"--today {arguments.today}: the demonstration stands at {reached} already and only moves on "
            "(--reset-demo begins anew)"
        )


def _reached(data: Path) -> str:
    """Return the day at which the demonstration of a data folder stands."""
    try:
        return (data / DAY_FILE).read_text().strip() or DEMO_TODAY
    except OSError:
        return DEMO_TODAY


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
        self.is_demo = settings["LIANHENG_MODE"] == "demo"

    def look_at_what_is_here(self) -> None:
        """Leave an office's database alone in another mode, before a key, a day or a table is written."""
        if self.is_sqlite_here and not self.database.exists():
            return
        asked = subprocess.run(
            self._command(["standing", "--check"]), env=self.settings, capture_output=True, text=True
        )
        if asked.returncode:
            fail((asked.stderr.strip().splitlines() or ["no message"])[-1].removeprefix("lianheng standing: "))
        if asked.stdout.strip() == "office" and self.settings["LIANHENG_MODE"] != "production":
            # `standing --check` says so itself in demo mode only: the suite, in test mode, works on unmarked data.
            fail(
                f"this database holds an office's own data, and LIANHENG_MODE is {self.settings['LIANHENG_MODE']}: "
                "set LIANHENG_MODE=production (the office's environment file does: set -a; . FILE; set +a)"
            )
        if asked.stdout.strip() == "trial":
            # On the clock, without a demonstration: only the mark on pages and documents is another.
            self.is_demo = False

    def make_keys(self) -> None:
        if (self.keys / "secret_key").exists() or "LIANHENG_SECRET_KEY" in self.settings:
            return
        self._run("making keys", ["keys", "make"])
        say(f"made the secret key and the signing key in {self.keys} (readable by you alone): keep a copy elsewhere")

    def prepare_database(self, scale: float, *, reset: bool) -> None:
        """Migrate; where a demonstration is asked for and nothing is there yet, load it."""
        if self.is_demo and self.is_sqlite_here and not self.database.exists():
            self._build_beside(scale)
            return
        self._run("bringing the database up to date", ["migrate", "--verbosity", "0"])
        if self.is_demo and not (self.is_sqlite_here and _holds_demo(self.database)):
            # A load is one transaction: an interrupted one leaves an empty database.
            how = "--reset" if reset else "--if-empty"
            self._load_demo([how, "--scale", str(scale)], self.settings)

    def _build_beside(self, scale: float) -> None:
        """Build a new demonstration beside and move it in when it is whole."""
        new = self.data / "new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        settings = self.settings | {"LIANHENG_DATA": str(new), "LIANHENG_KEYS": str(self.keys)}
        self._run("making the database", ["migrate", "--verbosity", "0"], settings)
        self._load_demo(["--scale", str(scale)], settings)
        self._move_in(new)

    def _load_demo(self, words: Sequence[str], settings: dict[str, str]) -> None:
        say("the demonstration city (loading it takes some minutes, once) …")
        self._run("loading the demonstration city", ["demo", "load", *words], settings, show=True)

    def set_day(self, wanted: str | None) -> None:
        """Let the demonstration stand at its day, which is kept for the next start and for commands beside it."""
        if wanted and not self.is_demo:
            fail("--today is for the demonstration: this database is an office's")
        if self.is_demo and "LIANHENG_TODAY" not in self.settings:
            day = self.settings["LIANHENG_TODAY"] = wanted or _reached(self.data)
            (self.data / DAY_FILE).write_text(f"{day}\n")

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
        """Forget the demonstration; anything that is not one is left alone. PostgreSQL's is emptied by the load."""
        if self.settings["LIANHENG_MODE"] != "demo":
            fail("--reset-demo is for the demonstration: unset LIANHENG_MODE")
        if not self.is_demo:
            fail("--reset-demo is for the demonstration: this database is an office's")
        if self.is_sqlite_here and self.database.exists():
            if not _holds_demo(self.database):
                fail(f"{self.database} holds no demonstration city: move it away yourself if it may go")
            for name in ("", "-wal", "-shm"):
                _remove(self.data / f"lianheng.sqlite3{name}")
            for name in ("checkpoints.txt", "evidence"):
                _remove(self.data / name)
        _remove(self.data / DAY_FILE)

    def welcome(self, host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        say(f"\n廉衡 Lianheng is running: http://{shown}:{port}/    (data in {self.data}; Ctrl-C stops it)")
        if self.settings["LIANHENG_MODE"] == "demo" and not self.is_demo:
            say("a trial on a copy of an office's data: it runs on the clock, and its results count for nothing")
        if self.is_demo:
            say(f"the demonstration stands at {self.settings['LIANHENG_TODAY']}; bin/up --today moves it on")
            asked = subprocess.run(
                self._command(["demo", "accounts"]), env=self.settings, capture_output=True, text=True
            )
            say((asked.stdout or asked.stderr).rstrip())

    def _run(
        self, what: str, words: Sequence[str], settings: dict[str, str] | None = None, *, show: bool = False
    ) -> None:
        # A session of its own: on Ctrl-C we stop the step ourselves and say one line, not two tracebacks.
        step = subprocess.Popen(
            self._command(words),
            env=settings or self.settings,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        last = "no message"
        try:
            for line in step.stdout or ():
                last = line.rstrip() or last
                if show:
                    say(f"  {line.rstrip()}")
            step.wait()
        except KeyboardInterrupt:
            os.killpg(step.pid, signal.SIGTERM)
            step.wait()
            raise
        if step.returncode:
            fail(f"{what} failed: {last}")

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
