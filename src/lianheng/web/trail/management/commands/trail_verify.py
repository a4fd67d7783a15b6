"""`lianheng trail verify`: is the log whole? Exit 0 yes, 1 no, 2 could not be checked."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lianheng.engine.merkle_log.checkpoint import VerifierKey
from lianheng.web.trail.keys import NoKey, key_path, read_verifier, signing_key
from lianheng.web.trail.verification import Report, verify


class Command(BaseCommand):
    help = "Recompute the whole trail and compare it with every signed checkpoint."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--against", metavar="FILE", type=Path, help="checkpoints fetched earlier, kept elsewhere")
        parser.add_argument(
            "--key", metavar="VKEY_OR_FILE", help="the log's verifier key (default: that of this server's trail.key)"
        )

    def handle(self, *args: Any, against: Path | None, key: str | None, **options: Any) -> None:
        exported = _read(against) if against else None
        report = verify(_verifier(key, exported), exported, str(against))
        for remark in report.remarks:
            self.stdout.write(f"NOTE: {remark}")
        for problem in report.problems:
            self.stdout.write(f"WRONG: {problem}")
        self.stdout.write(f"{report.size} entries, {report.checkpoints} checkpoints, {report.erased} contents erased")
        self.stdout.write(_coverage(report, exported is not None))
        if not report.is_whole:
            raise CommandError(f"the trail is NOT whole: {len(report.problems)} findings, see above", returncode=1)
        self.stdout.write(f"OK: the trail is whole; root {report.root.hex()}")


def _coverage(report: Report, is_exported: bool) -> str:
    kind = "exported" if is_exported else "stored"
    left = report.size - report.covered
    if report.covered == 0:
        return f"no {kind} checkpoint covers any entry yet"
    if left <= 0:
        return f"every entry is covered by {kind} checkpoints"
    first, last = report.covered, report.size - 1
    which = f"the newest entry {first} is" if left == 1 else f"the newest {left} entries, {first}–{last}, are"
    return f"{which} not covered by any {kind} checkpoint yet"


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}", returncode=2) from None


def _verifier(given: str | None, exported: str | None) -> VerifierKey | None:
    try:
        if given:
            return read_verifier(given)
        # A log without any key is one without checkpoints; `verify` says so where there are some.
        if not key_path().exists() and exported is None:
            return None
        return signing_key().verifier
    except NoKey as error:
        raise CommandError(str(error), returncode=2) from None
