"""`lianheng standing`: what this database is, and the one act that makes a copy of an office's a trial."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from lianheng.web.desk.demo import loading
from lianheng.web.shell import worker_lease
from lianheng.web.shell.start_checks import pending_migrations, reasons_of_the_mode
from lianheng.web.trail.modes import AnotherModeError
from lianheng.web.trail.standing import begin_trial, standing


class Command(BaseCommand):
    help = "Say in one word what this database is: production, trial, demonstration, office (undeclared) or empty."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="end with 1 where LIANHENG_MODE does not fit it")
        parser.add_argument(
            "--make-trial", action="store_true", help="make a COPY of an office's database a trial; it stays one"
        )

    def handle(self, *, check: bool, make_trial: bool, **options: Any) -> None:
        if make_trial:
            _make_trial()
        reasons = reasons_of_the_mode() if check else []
        if reasons:
            raise CommandError("; ".join(reasons))
        self.stdout.write(_word())


def _word() -> str:
    declared = standing()
    if declared:
        return declared
    try:
        if loading.is_complete() and loading.is_demo():
            return "demonstration"
        return "office" if loading.holds_data() else "empty"
    except Error:  # no tables yet
        return "empty"


def _make_trial() -> None:
    pending = pending_migrations()
    if pending:
        raise CommandError(pending)
    if _word() in {"empty", "demonstration"}:
        raise CommandError(f"this database is {_word()}: a trial is made of a copy of an office's", returncode=2)
    if worker_lease.is_held():
        raise CommandError("an office is running on this data folder: make a copy (lianheng backup, restore) first")
    try:
        begin_trial()
    except AnotherModeError as error:
        raise CommandError(str(error), returncode=2) from None
