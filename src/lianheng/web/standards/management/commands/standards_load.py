"""`lianheng standards load`: a catalogue's folder becomes a draft, or the live version."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from lianheng.library.catalogue import shipped
from lianheng.library.document_library import shipped_documents
from lianheng.library.problems import LibraryError
from lianheng.web.shell.errors import Refusal, WrongState
from lianheng.web.standards import services
from lianheng.web.standards.models import Catalogue


class Command(BaseCommand):
    help = "Load a standards catalogue as a draft version; with --publish make it the live one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, help="default: the catalogue that comes with the program")
        parser.add_argument("--publish", action="store_true", help="freeze the version and make it the live one")
        parser.add_argument("--documents", type=Path, help="document library (YAML) whose slots are made")

    @transaction.atomic
    def handle(self, *, folder: Path | None, publish: bool, documents: Path | None, **options: Any) -> None:
        if folder is None:
            folder, documents = shipped("hengyang"), documents or shipped_documents("hengyang")
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder: name one that holds catalogue.yaml", returncode=2)
        try:
            catalogue = services.load_catalogue(actor=None, folder=folder)
            if publish and catalogue.state == Catalogue.DRAFT:
                catalogue = services.publish_catalogue(
                    actor=None, catalogue_id=catalogue.pk, revision=catalogue.revision
                )
            slots = services.load_documents(actor=None, path=documents) if documents else None
        except Refusal as refusal:
            raise CommandError(_in_english(refusal), returncode=1) from refusal
        self._report(catalogue, slots)

    def _report(self, catalogue: Catalogue, slots: int | None) -> None:
        self.stdout.write(
            f"{catalogue.code} {catalogue.version}: {catalogue.lists.count()} lists, {catalogue.state}, "
            f"{len(catalogue.changes)} changes against the version before, fingerprint {catalogue.fingerprint}"
        )
        if slots is not None:
            self.stdout.write(f"document library: {slots} slots")
        if catalogue.state == Catalogue.DRAFT:
            self.stdout.write("a draft is seen by the office only: publish it on its page or with --publish")


def _in_english(refusal: Refusal) -> str:
    """Say in English what the page says in Chinese; the library's problems are English already."""
    cause = refusal.__cause__
    if isinstance(cause, LibraryError):
        return f"nothing was loaded, {len(cause.problems)} problems:\n" + "\n".join(map(str, cause.problems))
    if isinstance(refusal, WrongState):
        return "nothing was loaded: this version is published or in use already; give the folder a new version"
    return f"nothing was loaded: {refusal.message}"
