"""The two processes of an office, web and worker: started together, watched, stopped without leaving any behind."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from environment import fail, say

PR_SET_PDEATHSIG = 1
# Loaded here, not in the child between fork and exec, where loading a library is not safe.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
SECONDS_TO_START, SECONDS_TO_STOP = 60, 20
MOST_RESTARTS = 5


def _die_with_parent() -> None:
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Servers:
    """Web and worker as children in sessions of their own, so that only we decide how they are stopped."""

    def __init__(self, python: Path, settings: dict[str, str], host: str, port: int) -> None:
        self.python, self.settings, self.host, self.port = python, settings, host, port
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.restarts = 0

    def run(self, when_ready: Callable[[], None]) -> int:
        try:
            self._start("serve", "--host", self.host, "--port", str(self.port))
            self._start("worker")
            self._wait_until_it_answers()
            when_ready()
            self._watch()
        except KeyboardInterrupt:
            say("\nstopping …")
        finally:
            self._stop()
        say("stopped")
        return 0

    def _start(self, *words: str) -> None:
        command = [str(self.python), "-m", "lianheng.cli.main", *words]
        self.children[words[0]] = subprocess.Popen(
            command, env=self.settings, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_die_with_parent
        )

    def _wait_until_it_answers(self) -> None:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        for _ in range(SECONDS_TO_START * 10):
            if self.children["serve"].poll() is not None:
                fail("the web server did not start; its reason stands in the line above")
            try:
                socket.create_connection((host, self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        fail(f"the web server gave no answer in {SECONDS_TO_START} seconds")

    def _watch(self) -> None:
        """Wait until the web server ends; a worker that dies is started again and takes up what was left."""
        while self.children["serve"].poll() is None:
            if self.children["worker"].poll() is not None:
                self.restarts += 1
                if self.restarts > MOST_RESTARTS:
                    fail("the worker ended again and again; its reason stands in the lines above")
                say("the worker ended unexpectedly and is started again")
                self._start("worker")
            time.sleep(0.5)
        fail("the web server ended unexpectedly; its reason stands in the lines above")

    def _stop(self) -> None:
        # A second Ctrl-C must not leave children behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + SECONDS_TO_STOP
        for child in self.children.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.1, deadline - time.monotonic()))
            # What is left of the session (server workers that outlived their parent) goes too.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
