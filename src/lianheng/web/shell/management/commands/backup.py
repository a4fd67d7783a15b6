"""`lianheng backup DIR`: copy the office while it runs."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lianheng.web.shell import backup
from lianheng.web.shell.postgres_tools import PostgresToolError


class Command(BaseCommand):
    help = "Copy database, evidence and (on request) keys into a new folder, while the office runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path, help="a new folder")
        parser.add_argument(
            "--with-keys", action="store_true", help="copy the keys too (mode 0600): keep them away from the rest"
        )

    def handle(self, *args: Any, folder: Path, with_keys: bool, **options: Any) -> None:
        try:
            done = backup.make(folder.absolute(), with_keys=with_keys)
        except (backup.BackupError, PostgresToolError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{folder}: {done.rows} rows, {done.files} files, {done.size / 1e6:.1f} MB")
        if not with_keys:
            self.stdout.write("without the keys: copy them apart, or use --with-keys and move keys/ elsewhere")
