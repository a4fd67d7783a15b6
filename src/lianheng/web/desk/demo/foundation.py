"""What stands before any year: places, profile, standards, documents, institutions, people."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path
from random import Random

import rfc8785

import lianheng.library
from lianheng.library.catalogue import shipped
from lianheng.library.city_profile import shipped_profile
from lianheng.library.document_library import load_documents, shipped_documents
from lianheng.web.accounts.models import User
from lianheng.web.desk.demo import files
from lianheng.web.desk.demo.accounts import People, make_people
from lianheng.web.desk.demo.institutions import census
from lianheng.web.desk.demo.places import read_places
from lianheng.web.standards import services as standards
from lianheng.web.standards.models import Catalogue, PolicyDocument
from lianheng.web.units.institution_sheet import SheetRow
from lianheng.web.units.models import Institution
from lianheng.web.units.services import import_institutions, load_city_profile, load_divisions

LIBRARY = Path(lianheng.library.__file__).parent
# The slot that stays empty, so that the meter of documents shows one.
EMPTY_SLOT = "D11"


@dataclass
class Demo:
    """What the years are played with: people, the catalogue, institutions by code, one source of chance."""

    people: People
    catalogue: Catalogue
    rng: Random
    scale: float

    def institution(self, name: str) -> Institution:
        return Institution.objects.get(name=name)


def lay_foundation(*, rng: Random, scale: float, today: dt.date) -> Demo:
    """Load and make everything that an office has before its first year."""
    load_divisions(actor=None, path=LIBRARY / "divisions" / "hengyang-430400.csv.gz", date=today)
    load_city_profile(actor=None, path=shipped_profile("hengyang"), is_demo=True)
    draft = standards.load_catalogue(actor=None, folder=shipped("hengyang"))
    catalogue = standards.publish_catalogue(actor=None, catalogue_id=draft.pk, revision=draft.revision)
    standards.load_documents(actor=None, path=shipped_documents("hengyang"))
    _found_institutions(rng, scale, today)
    people = make_people()
    _file_documents(people["office"], today)
    return Demo(people, catalogue, rng, scale)


def _found_institutions(rng: Random, scale: float, today: dt.date) -> None:
    data = census(read_places(), rng, scale)
    rows = [SheetRow(number, row) for number, row in enumerate(data, start=2)]
    listing = rfc8785.dumps([[row.code, row.name] for row in data])
    import_institutions(
        actor=None, rows=rows, file_name="演示单位.xlsx", sha256=hashlib.sha256(listing).hexdigest(), valid_from=today
    )


def _file_documents(office: User, today: dt.date) -> None:
    """File ten of the eleven documents."""
    for document in load_documents(shipped_documents("hengyang")).documents:
        slot = PolicyDocument.objects.filter(slot=document.code).first()
        if slot is None or document.code == EMPTY_SLOT or not document.kind:
            continue
        issued = dt.date.fromisoformat(document.date)
        standards.file_document(
            actor=office,
            slot=document.code,
            revision=slot.revision,
            upload=files.policy_paper(document.title, document.number, issued),
            title=document.title,
            number=document.number,
            issuer=document.issuer,
            issued=issued,
            today=today,
        )
