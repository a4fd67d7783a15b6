"""Schemes of a year: drafted from the catalogue or a file, checked and frozen when published."""

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785
from django.db import transaction

from lianheng.engine.scoring.scheme import Scheme as EngineScheme
from lianheng.engine.scoring.scheme import SchemeError
from lianheng.web.accounts.models import User
from lianheng.web.accounts.scope import require_other_hand
from lianheng.web.assessment.errors import InvalidScheme
from lianheng.web.assessment.models import Scheme
from lianheng.web.measures.models import Measure
from lianheng.web.shell.clock import now, today
from lianheng.web.shell.errors import InvalidInput, StaleForm, WrongState
from lianheng.web.standards.models import Catalogue
from lianheng.web.standards.permission import require_office
from lianheng.web.trail.services import record
from lianheng.web.units.list_names import part_label
from lianheng.web.units.models import UnitType
from lianheng.web.units.services import lock_city

# What the column of a scheme's name holds.
LONGEST_NAME = 80


@transaction.atomic
def draft_schemes(*, actor: User, catalogue_id: int, year: int) -> list[Scheme]:
    """Draft a year's schemes from published standards: a list for each enabled unit type, and the evaluation."""
    require_office(actor, "拟定考评方案")
    # Without the city's profile there are no unit types, and of all schemes only the evaluation would be drafted.
    lock_city()
    catalogue = Catalogue.objects.select_for_update().get(pk=catalogue_id)
    if catalogue.state != Catalogue.PUBLISHED:
        raise WrongState("只能按已发布的标准目录拟定考评方案，请先发布标准")
    enabled = {code for kind in UnitType.objects.filter(enabled=True) for code in kind.lists.split(",")}
    wanted = [code for code in catalogue.content["schemes"] if code in enabled or code == "E"]
    drafted = [
        _draft(actor, year, catalogue.content["schemes"][code], catalogue)
        for code in wanted
        if not Scheme.objects.filter(code=code, year=year, version=catalogue.version).exists()
    ]
    for scheme in drafted:
        record(actor=actor, action="assessment.scheme_drafted", subject=scheme, details={"year": year})
    return drafted


@transaction.atomic
def upload_scheme(*, actor: User, year: int, version: str, content: Mapping[str, Any]) -> Scheme:
    """Draft a scheme from a file in the declared form; it is checked at once and again when published."""
    require_office(actor, "拟定考评方案")
    _checked(content)
    _check_heading(content)
    _canonical(content)
    code = str(content["list"])
    # Of two at once the second waits here and finds the version taken.
    lock_city()
    if Scheme.objects.filter(code=code, year=year, version=version).exists():
        raise InvalidInput(f"{year} 年度“{part_label(code)}”的方案已有版本 {version}，请换一个版本号", "version")
    scheme = _draft(actor, year, content, None, version)
    record(actor=actor, action="assessment.scheme_drafted", subject=scheme, details={"year": year, "version": version})
    return scheme


def _draft(
    actor: User, year: int, content: Mapping[str, Any], catalogue: Catalogue | None, version: str = ""
) -> Scheme:
    return Scheme.objects.create(
        code=content["list"],
        version=version or (catalogue.version if catalogue else ""),
        year=year,
        list_code=content["list"],
        name=content["name"],
        content=content,
        fingerprint=hashlib.sha256(_canonical(content)).hexdigest(),
        catalogue=catalogue,
        drafted_by=actor,
        drafted_on=today(),
    )


def _check_heading(content: Mapping[str, Any]) -> None:
    lists = {"E", *(code for kind in UnitType.objects.all() for code in kind.lists.split(",") if code)}
    if content["list"] not in lists:
        raise InvalidInput(f"文件里的 list 要是本市的一张清单：{'、'.join(sorted(lists))}", "content")
    if not isinstance(content["name"], str) or not 0 < len(content["name"].strip()) <= LONGEST_NAME:
        raise InvalidInput(f"文件里的 name 要是方案的名称，不超过 {LONGEST_NAME} 个字", "content")


def _canonical(content: Mapping[str, Any]) -> bytes:
    try:
        canonical = rfc8785.dumps(dict(content))
    except rfc8785.CanonicalizationError as error:
        raise InvalidInput("方案里有存不下的数（太大、无穷大或者不是数），请核对", "content") from error
    if b"\\u0000" in canonical:
        raise InvalidInput("方案里有看不见的控制字符（NUL），请删去", "content")
    return canonical


def require_publisher(actor: User, scheme: Scheme) -> None:
    """Refuse who drafted the scheme, or stands in for who did; the page asks before it offers."""
    require_other_hand(actor, [scheme.drafted_by_id], scheme.drafted_on or today(), "发布考评方案")


@transaction.atomic
def publish_scheme(*, actor: User, scheme_id: int, revision: int) -> Scheme:
    """Check a scheme and freeze it, by another hand than drafted it: points add up, measures are known, no circles."""
    require_office(actor, "发布考评方案")
    scheme = Scheme.objects.select_for_update().get(pk=scheme_id)
    if scheme.revision != revision:
        raise StaleForm
    if scheme.state != Scheme.DRAFT:
        raise WrongState("这个方案已经发布，内容不能再改")
    require_publisher(actor, scheme)
    checked = _checked(scheme.content)
    unknown = checked.check_measures(set(Measure.objects.values_list("code", flat=True)))
    if unknown:
        raise InvalidInput("方案用到没有登记的数据项：" + "；".join(str(problem) for problem in unknown[:10]))
    scheme.state, scheme.published_by, scheme.published_at = Scheme.PUBLISHED, actor, now()
    scheme.revision += 1
    scheme.save()
    record(
        actor=actor,
        action="assessment.scheme_published",
        subject=scheme,
        details={"year": scheme.year, "version": scheme.version, "fingerprint": scheme.fingerprint},
    )
    return scheme


def _checked(content: Mapping[str, Any]) -> EngineScheme:
    try:
        return EngineScheme.from_dict(content)
    except SchemeError as error:
        raise InvalidScheme(error.problems) from error
