"""`lianheng demo accounts`: who a visitor can be."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lianheng.web.desk.demo import loading
from lianheng.web.desk.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD


class Command(BaseCommand):
    help = "List the demonstration's accounts and what each can try."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        if not (loading.is_complete() and loading.is_demo()):
            raise CommandError(f"there are no demonstration accounts: {loading.what_is_here()}")
        self.stdout.write(f"demonstration accounts (password of all: {DEMO_PASSWORD}):")
        for username, who, what in DEMO_ACCOUNTS:
            self.stdout.write(f"  {username:<12} {who}：{what}")
