"""`lianheng workdays load FILE`: take in one year's arrangement of holidays, whole or not at all."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lianheng.web.desk.workday_services import load_workday_year
from lianheng.web.shell.errors import InvalidInput, WrongState
from lianheng.web.shell.workday_file import MAX_BYTES, WorkdayFileError


class Command(BaseCommand):
    help = "Load a year of holidays and make-up workdays (YAML: year, source, holidays, workdays)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="one year; it replaces what the office had for this year")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            with file.open("rb") as stream:
                content = stream.read(MAX_BYTES + 1)
            row = load_workday_year(actor=None, content=content, file_name=file.name)
        except OSError as error:
            raise CommandError(f"{file}: cannot be read: {error.strerror}", returncode=2) from error
        except InvalidInput as refusal:
            cause = refusal.__cause__
            lines = [p.english for p in cause.problems] if isinstance(cause, WorkdayFileError) else [refusal.message]
            raise CommandError(f"{file}: nothing was loaded\n" + "\n".join(lines), returncode=2) from refusal
        except WrongState as refusal:
            raise CommandError(f"{file}: nothing was loaded: this very file is in force already") from refusal
        self.stdout.write(
            f"{row.year}: {len(row.holidays)} holidays, {len(row.workdays)} make-up workdays, SHA-256 {row.sha256}"
        )
