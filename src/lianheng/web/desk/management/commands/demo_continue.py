"""`lianheng demo continue`: the rest of the demonstration city does what waits for it in the running year."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lianheng.web.desk.demo import continuing, loading
from lianheng.web.shell.errors import WrongState


class Command(BaseCommand):
    help = (
        "Let units hand in, assessors score and third persons decide, as far as the running year's state asks for it."
    )

    def handle(self, **options: Any) -> None:
        try:
            continuing.continue_year(self.stdout.write)
        except WrongState as refusal:
            raise CommandError(
                f"nothing was done: it needs a demonstration that stands at a day ({loading.what_is_here()}); "
                "start it with bin/up first"
            ) from refusal
