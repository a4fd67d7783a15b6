"""`lianheng trail prove SEQ --out FILE`: the proof file of one entry, for `lianheng trail verify-file`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from lianheng.web.trail.keys import NoKey, signing_key
from lianheng.web.trail.proofs import NotProvable, proof_file


class Command(BaseCommand):
    help = "Write a file that proves offline that one entry stands in the trail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("seq", type=int, help="number of the entry")
        parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="a new file")
        parser.add_argument("--with-content", action="store_true", help="open the details too; this is recorded")

    @transaction.atomic
    def handle(self, *args: Any, seq: int, out: Path, with_content: bool, **options: Any) -> None:
        try:
            text = proof_file(seq, with_content=with_content)
            # "x": a proof that was issued before is not overwritten. Inside the transaction: no file, no entry.
            with out.open("x", encoding="ascii", newline="\n") as file:
                file.write(text)
        except NotProvable as error:
            raise CommandError(str(error), returncode=1) from None
        except LookupError as error:
            raise CommandError(f"{error}: run 'lianheng trail verify'", returncode=1) from None
        except FileExistsError:
            raise CommandError(f"{out} exists already: choose another name", returncode=2) from None
        except OSError as error:
            raise CommandError(f"cannot write {out}: {error.strerror}", returncode=2) from None
        self.stdout.write(f"wrote {out}")
        try:
            self.stdout.write(f"check it with: lianheng trail verify-file {out} --key {signing_key().vkey}")
        except NoKey:
            self.stdout.write("check it with: lianheng trail verify-file and the log's published key")
