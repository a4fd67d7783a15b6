"""`lianheng keys make`: the secrets of an office, made once, outside the database."""

import base64
import os
import secrets
import stat
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lianheng.engine.merkle_log.checkpoint import CheckpointError, SigningKey
from lianheng.web.trail.keys import NoKey, signing_key


class Command(BaseCommand):
    help = (
        "Make the secret key, the trail's signing key and the key of sealed fields; an existing one is never touched."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--name",
            default="lianheng/trail",
            help="the log's public name (origin), e.g. qijian.example.gov.cn/trail; used when the key is made",
        )

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        folder = Path(settings.KEYS)
        refuse_new_key_for_old_log(folder)
        try:
            signing = SigningKey.generate(name).to_text()
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            sealing = f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}"
            made_of = {"secret_key": secrets.token_urlsafe(64), "trail.key": signing, "fields.key": sealing}
            for file, content in made_of.items():
                made = make_once(folder / file, content + "\n")
                self.stdout.write(f"{'made' if made else 'kept'} {folder / file}")
            self.stdout.write(f"publish the trail's verifier key: {signing_key().vkey}")
        except OSError as error:
            raise CommandError(f"cannot make keys in {folder}: {error.strerror}", returncode=2) from None
        except CheckpointError as error:
            raise CommandError(f"--name: {error}", returncode=2) from None
        except NoKey as error:
            raise CommandError(str(error), returncode=2) from None


def refuse_new_key_for_old_log(keys: Path) -> None:
    """Refuse a new signing key where a log lies that another one signed: it would contradict itself from then on."""
    signed = Path(settings.CHECKPOINT_FILE)
    if (keys / "trail.key").exists() or not signed.exists() or not signed.stat().st_size:
        return
    raise CommandError(
        f"{signed} was signed with a key that is not in {keys}: copy the keys of your backup there and start again",
        returncode=2,
    )


def make_once(path: Path, content: str) -> bool:
    """Write a new file of mode 0600, whole or not at all; False if there is one already, whose mode is mended.

    A finished temporary file is linked to its name: of two runs at once one wins, and nobody reads half a key.
    """
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
            return True
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    if stat.S_IMODE(path.stat().st_mode) != 0o600:
        path.chmod(0o600)
    return False
