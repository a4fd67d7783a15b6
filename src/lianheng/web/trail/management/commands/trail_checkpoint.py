"""`lianheng trail checkpoint`: sign the log as it stands now."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lianheng.web.trail.checkpoints import LogContradicted, write_checkpoint
from lianheng.web.trail.keys import NoKey


class Command(BaseCommand):
    help = "Sign the trail's head and append the checkpoint to the file outside the database."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            written = write_checkpoint()
        except NoKey as error:
            raise CommandError(str(error), returncode=2) from None
        except LogContradicted as error:
            raise CommandError(f"NOT signed: {error}", returncode=1) from None
        except OSError as error:
            path = settings.CHECKPOINT_FILE
            raise CommandError(f"cannot write {path}: {error.strerror}; nothing was signed", returncode=2) from None
        if written is None:
            self.stdout.write("the trail is empty: nothing to sign yet")
        else:
            done = "signed" if written.is_new else "already signed"
            self.stdout.write(f"{written.size} entries {done}; checkpoints lie in {settings.CHECKPOINT_FILE}")
            self.stdout.write(written.note)
