"""The real program on a data folder of its own: commands, web server, worker; the day is chosen at each start."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


@dataclass
class Office:
    """One data folder and the processes that work on it."""

    data: Path
    today: str
    port: int = 0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        # What the suite itself runs under (test mode) must not leak into the program.
        mine = {name: value for name, value in os.environ.items() if not name.startswith(("LIANHENG_", "DJANGO_"))}
        mine.pop("DATABASE_URL", None)
        return mine | {
            "DJANGO_SETTINGS_MODULE": "lianheng.web.settings",
            "LIANHENG_DATA": str(self.data),
            "LIANHENG_MODE": "demo",
            "LIANHENG_TODAY": self.today,
            "LIANHENG_SQLITE_SYNCHRONOUS": "NORMAL",
        }

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `lianheng WORDS` in this office."""
        return self.python("-m", "lianheng.cli.main", *words)

    def python(self, *words: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([sys.executable, *words], cwd=ROOT, env=self.settings, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return done

    def prepare(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.command("keys", "make")
        self.command("migrate", "--verbosity", "0")

    def start(self) -> None:
        """Start web server and worker, and wait until the log-in page answers."""
        self.port = self.port or _free_port()
        self.processes = [self._spawn("serve", "--port", str(self.port)), self._spawn("worker")]
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert all(process.poll() is None for process in self.processes), self.log()
            assert time.monotonic() < deadline, f"no answer within {START_SECONDS} s\n{self.log()}"
            time.sleep(0.1)

    def _spawn(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.data / f"{words[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "lianheng.cli.main", *words],
                cwd=ROOT,
                env=self.settings,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/login/", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def log(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-4000:] for path in sorted(self.data.glob("*.log")))

    def stop(self) -> None:
        for process in self.processes:
            _signal(process, signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()
        self.processes = []

    def restart_on(self, today: str) -> None:
        """Go on another day: the fixed date of a demonstration is read at the start."""
        self.stop()
        self.today = today
        self.start()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
