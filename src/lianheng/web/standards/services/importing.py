"""Importing a workbook as a new draft version. The dry run uses the same reading and writes nothing."""

import re

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.shortcuts import get_object_or_404

from lianheng.library import catalogue as library
from lianheng.library.catalogue.checks import all_codes, check
from lianheng.web.accounts.models import User
from lianheng.web.shell.errors import InvalidInput, WrongState
from lianheng.web.standards.models import Catalogue
from lianheng.web.standards.permission import require_office
from lianheng.web.standards.services.loading import published, store_draft
from lianheng.web.standards.stored import values_of
from lianheng.web.standards.workbook.changes import Changes, apply_changes, find_changes
from lianheng.web.standards.workbook.reading import Reading, read_workbook
from lianheng.web.units.queries import lead_departments

REMOVED = "导入工作簿时删去"


@transaction.atomic
def try_workbook(*, actor: User, catalogue_id: int, version: str, upload: UploadedFile) -> tuple[Reading, Changes]:
    """试运行: read a workbook against the live version and return its errors and changes; nothing is written."""
    base = _base(actor, catalogue_id, version)
    reading = read_workbook(upload)
    changes = find_changes(values_of(base), reading, lead_departments())
    if not reading.errors and not changes:
        raise InvalidInput(f"工作簿和 {base.version} 版完全一样，没有可导入的改动", "file")
    return reading, changes


@transaction.atomic
def import_workbook(*, actor: User, catalogue_id: int, version: str, changes: Changes, sha256: str) -> Catalogue:
    """Make a draft version from the live one with the changes that a dry run found; all of them or none."""
    base = _base(actor, catalogue_id, version)
    old = values_of(base)
    new = apply_changes(base.content["catalogue"], changes, version)
    problems = check(new)
    if problems:
        raise InvalidInput("没有导入：" + "；".join(map(str, problems[:20])), "file")
    gone = sorted(set(all_codes(old)) - set(all_codes(new)))
    crosswalk = tuple(library.Crossing(code, (), REMOVED) for code in gone)
    return store_draft(
        actor=actor,
        loaded=new,
        crosswalk=crosswalk,
        how={"from": "workbook", "sha256": sha256},
        action="standards.workbook_imported",
    )


def _base(actor: User, catalogue_id: int, version: str) -> Catalogue:
    require_office(actor, "导入标准目录")
    base = get_object_or_404(Catalogue.objects.select_for_update(), pk=catalogue_id)
    live = published(base.code)
    if live is None or live.pk != base.pk:
        raise WrongState("导入要以现行版本为底本；页面打开之后已发布了新版本，请刷新后重新试运行")
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z.\-]{0,19}", version):
        raise InvalidInput("版本号用数字、字母、点和短横线，最多 20 个字符，例如 2026.2", "version")
    taken = Catalogue.objects.filter(code=base.code, version=version).first()
    if taken is not None:
        raise InvalidInput(f"已经有 {version} 版（{taken.get_state_display()}），请换一个版本号", "version")
    return base
