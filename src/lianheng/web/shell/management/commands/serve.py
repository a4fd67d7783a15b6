"""`lianheng serve`: the web server, after the checks that make a start refuse."""

import socket
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections

from lianheng.web.shell.start_checks import reasons_not_to_start, started

WORKERS = 2


class Command(BaseCommand):
    help = "Run the web server; refuses to start on an unsafe set-up."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--check", action="store_true", help="only say whether the server would start")

    def handle(self, *, host: str, port: int, check: bool, **options: Any) -> None:
        reasons = reasons_not_to_start()
        if reasons:
            raise CommandError("will not start: " + "; ".join(reasons))
        if check:
            self.stdout.write("ready to start")
            return
        _refuse_taken(host, port)
        started()
        # One blocking thread a worker is the fastest on SQLite; PostgreSQL pages wait for its answers.
        threads = 1 if connection.vendor == "sqlite" else 4
        connections.close_all()
        _run(host, port, threads)


def _refuse_taken(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise CommandError(f"cannot listen at {host}:{port} ({error}): choose another with --port") from error


def _run(host: str, port: int, threads: int) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from lianheng.web.shell.web_server import WebServer

    # Where `collectstatic` would write; the files are served from the program itself, but the folder is looked for.
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    WebServer(
        "lianheng.web.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=WORKERS,
        blocking_threads=threads,
        websockets=False,
        log_access=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    ).serve()
