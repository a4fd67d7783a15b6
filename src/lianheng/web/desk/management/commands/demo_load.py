"""`lianheng demo load`: the demonstration city 衡阳, whole or not at all."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lianheng.web.desk.demo import loading, reset
from lianheng.web.desk.demo.accounts import DEMO_PASSWORD


class Command(BaseCommand):
    help = "Load the demonstration city (1,500 synthetic institutions, 2025 finished, 2026 running)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="throw the demonstration that is here away first")
        parser.add_argument("--if-empty", action="store_true", help="where data are, say which and end well")
        parser.add_argument("--scale", type=float, default=1.0, help="size of the city: 1 is full, 0.03 a corner of it")

    def handle(self, *, reset: bool, scale: float, if_empty: bool = False, **options: Any) -> None:
        if settings.MODE == "production":
            raise CommandError("production mode takes no demonstration data: set LIANHENG_MODE=demo", returncode=2)
        if not 0 < scale <= 1:
            raise CommandError(f"--scale {scale}: write a number above 0, up to 1", returncode=2)
        if reset:
            self._reset()
        elif loading.holds_data() and if_empty:
            self.stdout.write(loading.what_is_here())
            return
        elif loading.holds_data():
            raise CommandError(
                "the database holds data already: --reset throws a demonstration away and loads it anew", returncode=2
            )
        loading.load_demo(say=self.stdout.write, scale=scale)
        self.stdout.write(f"accounts: lianheng demo accounts (password of all: {DEMO_PASSWORD})")

    def _reset(self) -> None:
        if loading.holds_data() and not loading.is_demo():
            raise CommandError(
                "what is here is no demonstration: it stays; move the database away yourself", returncode=2
            )
        reset.empty_everything()
