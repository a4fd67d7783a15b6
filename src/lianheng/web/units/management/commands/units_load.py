"""`lianheng units load FILE`: take in a list of divisions, whole or not at all."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lianheng.web.shell.clock import today
from lianheng.web.units.division_file import DivisionFileError
from lianheng.web.units.services import load_divisions


class Command(BaseCommand):
    """Progress goes to standard error, the one line of result to standard output."""

    help = "Load a list of divisions (CSV or .csv.gz: code,name,parent,level); all or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the list; a newer list turns its differences into history")
        parser.add_argument("--date", default="", help="day on which the list counts, YYYY-MM-DD (default: today)")
        parser.add_argument("--basis", default="", help="document the changes rest on, e.g. 湘政函〔2026〕1号")
        parser.add_argument("--under", default=None, help="code of the subtree that the list is complete for")
        parser.add_argument("--accept-endings", action="store_true", help="more than 5 %% of the rows really end")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            date = dt.date.fromisoformat(options["date"]) if options["date"] else today()
        except ValueError as error:
            raise CommandError(f"--date '{options['date']}': write a day as YYYY-MM-DD", returncode=2) from error
        if date > today():
            # What ends, ends at once on every page: nothing waits for a day to come.
            raise CommandError(f"--date {date}: a day to come (today is {today()}); load the list then", returncode=2)
        try:
            result = load_divisions(
                actor=None,
                path=options["file"],
                date=date,
                basis=options["basis"],
                under=options["under"],
                accept_endings=options["accept_endings"],
                say=lambda text: self.stderr.write(text),
            )
        except DivisionFileError as error:
            raise CommandError(f"{options['file']}: nothing was loaded\n{error}", returncode=2) from error
        self.stdout.write(
            f"{result.rows:,} divisions: {result.created:,} new, {result.renamed:,} renamed, {result.moved:,} moved, "
            f"{result.ended:,} ended, {result.unchanged:,} unchanged"
        )
