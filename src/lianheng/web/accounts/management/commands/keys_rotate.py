"""`lianheng keys rotate`: a new key for what is sealed in the database, and everything sealed anew under it."""

import os
import tempfile
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from lianheng.web.accounts.models import User
from lianheng.web.accounts.sealing import CannotOpen, factor_of, key_file, keys, new_key_line, open_sealed, seal
from lianheng.web.trail.services import record


class Command(BaseCommand):
    help = "Add a key for sealed fields and seal them anew; older keys stay, so that older backups still open."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            number = _add_key()
            done = _seal_anew(number)
        except CannotOpen as error:
            raise CommandError(f"nothing was sealed anew: {error}", returncode=1) from None
        except (OSError, ValueError) as error:
            raise CommandError(f"cannot use {key_file()}: {error}", returncode=2) from None
        self.stdout.write(f"key {number} made in {key_file()}; {done} second factors sealed anew: back the keys up now")


def _add_key() -> int:
    """Write the file anew beside its place and move it there: nobody reads half of it."""
    number = max(keys()) + 1
    old = key_file().read_text(encoding="ascii") if key_file().exists() else ""
    handle, draft = tempfile.mkstemp(dir=key_file().parent, prefix=".fields.key.")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(old + new_key_line(number))
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, key_file())
    return number


@transaction.atomic
def _seal_anew(number: int) -> int:
    people = list(User.objects.select_for_update().exclude(totp_secret=""))
    for user in people:
        place = factor_of(user.pk)
        User.objects.filter(pk=user.pk).update(totp_secret=seal(open_sealed(user.totp_secret, place), place))
    record(actor=None, action="accounts.keys_rotated", details={"key": number, "second_factors": len(people)})
    return len(people)
