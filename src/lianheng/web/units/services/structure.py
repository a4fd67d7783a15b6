"""Changes of single places: renamed, moved, merged, ended; each keeps what was before."""

import datetime as dt

from django.db import transaction
from django.db.models import F

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.shell.errors import InvalidInput, StaleForm, WrongState
from lianheng.web.trail.services import record
from lianheng.web.units.division_search import index_again
from lianheng.web.units.models import NOW, Division, DivisionChange, Institution
from lianheng.web.units.services.placing import place_institution, place_subtree


def lock_division(actor: User | None, code: str, revision: int, act: str) -> Division:
    """Return the locked division if this person may change the structure of its city; the command line may."""
    division = Division.objects.select_for_update().get(pk=code)
    if actor is not None:
        require_structure(actor, division, act)
    if division.revision != revision:
        raise StaleForm
    require_standing(division, act)
    return division


def require_structure(actor: User, division: Division, act: str) -> None:
    """Refuse who is not of the special office of the whole city; also before a form is shown."""
    city = Division(pk=division.city or division.pk, province=division.province, city=division.city)
    require_role(actor, [Role.SPECIAL_OFFICE], city, act=f"{act}（全市的区划）")


def require_standing(division: Division, act: str) -> None:
    """Refuse to change a place that has ended."""
    if division.valid_to is not None:
        raise WrongState(f"{division.name}已于 {division.valid_to} 撤销，不能再{act}")


def check_change(division: Division, date: dt.date, basis: str, today: dt.date) -> str:
    """Return the basis without blanks, or refuse a change without a document or on an impossible day."""
    if not basis.strip():
        raise InvalidInput("请写依据文件，例如“湘政函〔2026〕1号”", "basis")
    if date > today:
        raise InvalidInput(f"生效日期 {date} 晚于今天。请到生效那天再登记", "date")
    if date < division.valid_from:
        raise InvalidInput(f"生效日期早于{division.name}设立的日期 {division.valid_from}", "date")
    return basis.strip()[:120]


def _note(division: Division, kind: str, date: dt.date, basis: str, **old: str) -> None:
    DivisionChange.objects.create(division=division, kind=kind, date=date, basis=basis, **old)
    Division.objects.filter(pk=division.pk).update(revision=F("revision") + 1)


@transaction.atomic
def rename_division(
    *, actor: User | None, code: str, revision: int, name: str, date: dt.date, basis: str, today: dt.date
) -> None:
    """Give a place a new name from a day on."""
    division = lock_division(actor, code, revision, "更名")
    basis = check_change(division, date, basis, today)
    name = name.strip()
    if not 2 <= len(name) <= 80 or not name.isprintable():
        raise InvalidInput("名称要有 2 到 80 个字", "name")
    if name == division.name:
        raise InvalidInput("新名称与现在的名称相同", "name")
    _note(division, DivisionChange.RENAMED, date, basis, old_name=division.name)
    Division.objects.filter(pk=code).update(name=name)
    index_again(pk=code)
    details = {"from": division.name, "to": name, "date": date.isoformat(), "basis": basis}
    record(actor=actor, action="units.division_renamed", subject=division, details=details)


@transaction.atomic
def move_division(
    *, actor: User | None, code: str, revision: int, parent: str, date: dt.date, basis: str, today: dt.date
) -> None:
    """Put a place with all below it under another parent. Codes stay; who sees it follows the new parent."""
    division = lock_division(actor, code, revision, "划转")
    basis = check_change(division, date, basis, today)
    target = _target(division, parent, level=division.level - 1)
    if target.pk == division.parent_id:
        raise InvalidInput(f"{division.name}现在就属于{target.name}", "parent")
    _require_same_city(actor, target, "划转")
    _note(division, DivisionChange.MOVED, date, basis, old_parent=division.parent_id or "")
    place_subtree(code, target.pk)
    details = {"from": division.parent_id, "to": target.pk, "date": date.isoformat(), "basis": basis}
    record(actor=actor, action="units.division_moved", subject=division, details=details)


@transaction.atomic
def merge_division(
    *, actor: User | None, code: str, revision: int, into: str, date: dt.date, basis: str, today: dt.date
) -> None:
    """End a place and put its children and institutions under its successor of the same level."""
    division = lock_division(actor, code, revision, "合并")
    basis = check_change(division, date, basis, today)
    target = _target(division, into, level=division.level, field="into")
    _require_same_city(actor, target, "合并")
    for child in Division.objects.filter(NOW, parent=division):
        _note(child, DivisionChange.MOVED, date, basis, old_parent=code)
        place_subtree(child.pk, target.pk)
    for institution in Institution.objects.filter(division=division):
        Institution.objects.filter(pk=institution.pk).update(division=target, revision=F("revision") + 1)
        place_institution(institution.pk)
    _note(division, DivisionChange.MERGED, date, basis, successor=target.pk)
    Division.objects.filter(pk=code).update(valid_to=date)
    details = {"into": target.pk, "date": date.isoformat(), "basis": basis}
    record(actor=actor, action="units.division_merged", subject=division, details=details)


@transaction.atomic
def end_division(*, actor: User | None, code: str, revision: int, date: dt.date, basis: str, today: dt.date) -> None:
    """End a place that holds nothing any more."""
    division = lock_division(actor, code, revision, "撤销")
    basis = check_change(division, date, basis, today)
    children = Division.objects.filter(NOW, parent=division).count()
    bodies = Institution.objects.filter(NOW, division=division).count()
    if children or bodies:
        raise WrongState(
            f"{division.name}下面还有 {children} 个区划、{bodies} 个单位。请先划转，或者用“合并”一次办完；现在没有改动"
        )
    _note(division, DivisionChange.ENDED, date, basis)
    Division.objects.filter(pk=code).update(valid_to=date)
    record(
        actor=actor,
        action="units.division_ended",
        subject=division,
        details={"date": date.isoformat(), "basis": basis},
    )


@transaction.atomic
def count_zone_under(*, actor: User | None, code: str, revision: int, under: str) -> None:
    """Say under which county a statistics-only zone is counted in roll-ups; empty: as a row of its own."""
    division = lock_division(actor, code, revision, "调整统计归属")
    if not division.statistical:
        raise WrongState(f"{division.name}是行政区划，按自己的一行统计，不能并入别处")
    if under:
        county = Division.objects.filter(NOW, pk=under, level=3, city=division.city, statistical=False).first()
        if county is None:
            raise InvalidInput("只能并入同一个市的一个县（市、区）", "under")
    Division.objects.filter(pk=code).update(counted_under=under, revision=F("revision") + 1)
    details = {"from": division.counted_under, "to": under}
    record(actor=actor, action="units.zone_counted_under", subject=division, details=details)


def _target(division: Division, code: str, *, level: int, field: str = "parent") -> Division:
    target = Division.objects.filter(NOW, pk=code, level=level).exclude(pk=division.pk).first()
    if target is None:
        label = dict(Division.LEVELS).get(level, "")
        raise InvalidInput(f"没有代码为 {code[:12]} 的{label}级区划，或者它已撤销", field)
    return target


def _require_same_city(actor: User | None, target: Division, act: str) -> None:
    if actor is not None:
        city = Division.objects.get(pk=target.city or target.pk)
        require_role(actor, [Role.SPECIAL_OFFICE], city, act=f"{act}到{city.name}")
