"""What an act is, and the bodies that several rooms share."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from city import PDF, City
from django.core.files.uploadedfile import SimpleUploadedFile

from lianheng.web.shell import incoming
from lianheng.web.shell.models import Job
from lianheng.web.shell.table_export import write_sheet

Data = Callable[[City], dict[str, Any]]
Before = Callable[[City], Any]


@dataclass(frozen=True)
class Act:
    """One valid use of an address."""

    by: str
    may: str
    data: Data = lambda city: {}
    before: Before = lambda city: None
    parts: dict[str, str] = field(default_factory=dict)
    actor: str = ""  # whose entry it becomes, if not `by`'s


def revision_of(model: Any, thing: str, **more: Any) -> Data:
    return lambda city: {"revision": model.objects.get(pk=city[thing].pk).revision, **more}


def upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("new.pdf", PDF + b"%new", "application/pdf")


def ready_check(thing: str, person: str, headings: list[str], row: Callable[[City], list[str]]) -> Before:
    """As if the person had uploaded this sheet and its dry run had found it ready."""

    def before(city: City) -> None:
        file = io.BytesIO()
        write_sheet(file, headings, [row(city)], "表")
        key = incoming.keep(city.people[person].pk, SimpleUploadedFile("x.xlsx", file.getvalue()))
        more = {"key": key, "source": "民意调查", "as_of": "2026-12-01"}
        Job.objects.filter(pk=city[thing].pk).update(arguments=city[thing].arguments | more)

    return before
