"""`lianheng demo accounts`: who a visitor can be."""

from typing import Any

from django.core.management.base import BaseCommand

from lianheng.web.desk.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD


class Command(BaseCommand):
    help = "List the demonstration's accounts and what each can try."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"示范账号（口令都是 {DEMO_PASSWORD}）：")
        for username, who, what in DEMO_ACCOUNTS:
            self.stdout.write(f"  {username:<12} {who}：{what}")
