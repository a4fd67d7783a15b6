"""`lianheng restore DIR --into DATA`: take a copy back."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lianheng.web.shell.backup import BackupError
from lianheng.web.shell.postgres_tools import PostgresToolError
from lianheng.web.shell.restore import restore


class Command(BaseCommand):
    help = "Take a copy made by `lianheng backup` back into an empty data folder, and verify it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path, help="the copy")
        parser.add_argument("--into", metavar="DATA", type=Path, required=True, help="a new data folder")

    def handle(self, *args: Any, folder: Path, into: Path, **options: Any) -> None:
        try:
            said = restore(folder.absolute(), into.absolute())
        except (BackupError, PostgresToolError) as error:
            raise CommandError(f"nothing was restored: {error}") from None
        for line in said:
            self.stdout.write(line)
        self.stdout.write(f"restored; start it with LIANHENG_DATA={into.absolute()}")
        if not (into / "keys" / "secret_key").exists():
            self.stdout.write(f"put the keys back into {into.absolute() / 'keys'} before the start")
