"""`lianheng city load FILE|hengyang`: which unit types the city runs, who leads them, how its office signs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lianheng.library.city_profile import shipped_profile
from lianheng.web.shell.errors import WrongState
from lianheng.web.units.services import load_city_profile
from lianheng.web.units.services.city import ProfileRefused


class Command(BaseCommand):
    help = "Load a city's profile (YAML), whole or not at all; another version replaces the one before."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        shipped = sorted(path.stem for path in shipped_profile("x").parent.glob("*.yaml"))
        parser.add_argument("file", help=f"the profile, or one that comes with the program: {', '.join(shipped)}")
        parser.add_argument("--catalogue", type=Path, help="folder of the catalogue named in it, if it is your own")

    def handle(self, *, file: str, catalogue: Path | None, **options: Any) -> None:
        path = shipped_profile(file) if file.isidentifier() and not Path(file).exists() else Path(file)
        if not path.is_file():
            raise CommandError(
                f"{file}: no such file, and no profile of this name comes with the program", returncode=2
            )
        try:
            done = load_city_profile(actor=None, path=path, catalogue=catalogue)
        except ProfileRefused as refusal:
            raise CommandError(f"{path}: nothing was loaded\n{refusal.english}", returncode=2) from refusal
        except WrongState as refusal:
            raise CommandError(f"{path}: nothing was loaded: this very file is in force already") from refusal
        city = done.city
        self.stdout.write(
            f"{city.name} ({city.division}): {len(done.enabled)} unit types on ({', '.join(done.enabled)}), "
            f"{len(done.changed)} new or changed, {done.lead_departments} lead departments, catalogue {done.catalogue}"
        )
        self.stdout.write(f"documents are issued by {city.office_name} as {city.office_code}〔year〕number")
        self.stdout.write(f"SHA-256 {done.sha256}")
