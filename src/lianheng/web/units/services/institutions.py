"""Institutions: set up, corrected, merged, ended."""

import dataclasses
import datetime as dt
import re
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.shell.batches import in_batches
from lianheng.web.shell.errors import InvalidInput, StaleForm, WrongState
from lianheng.web.trail.services import record
from lianheng.web.units.institution_data import InstitutionData
from lianheng.web.units.list_names import list_label, list_labels
from lianheng.web.units.models import NOW, Division, DivisionChange, Institution, InstitutionChange, UnitType
from lianheng.web.units.naming import index_names, sort_key
from lianheng.web.units.services.placing import place_at, place_institution
from lianheng.web.units.services.same_names import require_own_name

CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,23}")
OWNERSHIP_OF_LIST = {"Q": Institution.SOE, "M": Institution.PRIVATE}


@dataclass
class References:
    """What is on record, read once for a whole file or for one form."""

    unit_types: dict[str, UnitType]
    divisions: dict[str, Division]
    institutions: dict[str, int]


def references_for(data: list[InstitutionData]) -> References:
    """Read what these rows name."""
    divisions: dict[str, Division] = {}
    codes = sorted({row.division for row in data})
    for batch in in_batches(codes):
        found = Division.objects.filter(NOW, pk__in=batch)
        divisions.update({division.pk: division for division in found})
    institutions: dict[str, int] = {}
    wanted = sorted({code for row in data for code in (row.code, row.parent) if code})
    for batch in in_batches(wanted):
        institutions.update(Institution.objects.filter(code__in=batch).values_list("code", "pk"))
    return References({kind.pk: kind for kind in UnitType.objects.all()}, divisions, institutions)


def problems_of(data: InstitutionData, on_record: References, *, old: Institution | None = None) -> dict[str, str]:
    """Return what is wrong, by field, in words that say how to mend it."""
    found: dict[str, str] = {}
    if not data.code:
        found["code"] = "请填单位编码"
    elif not CODE.fullmatch(data.code):
        found["code"] = f"单位编码“{data.code[:24]}”只能用字母、数字和连字符，最多 24 位"
    elif data.code in on_record.institutions and (old is None or on_record.institutions[data.code] != old.pk):
        found["code"] = f"单位编码“{data.code}”已经有单位用了"
    if not 2 <= len(data.name) <= 80 or not data.name.isprintable():
        found["name"] = "单位名称要有 2 到 80 个字，不能换行"
    if data.division not in on_record.divisions:
        found["division"] = f"没有代码为“{data.division[:12]}”的区划，或者它已撤销"
    if data.parent and data.parent not in on_record.institutions:
        found["parent"] = f"没有编码为“{data.parent[:24]}”的上级单位"
    if data.parent and data.parent == data.code:
        found["parent"] = "上级单位不能是自己"
    return found | _type_problems(data, on_record, old)


def _type_problems(data: InstitutionData, on_record: References, old: Institution | None) -> dict[str, str]:
    kind = on_record.unit_types.get(data.unit_type)
    if kind is None:
        if data.is_area and not data.unit_type:
            return {"list_code": "地区不按清单考评，请把清单空着"} if data.list_code else {}
        names = "、".join(t.name for t in on_record.unit_types.values() if t.enabled)
        return {"unit_type": f"没有“{data.unit_type[:20]}”这个单元类型，可选：{names}"}
    if not kind.enabled and (old is None or old.unit_type != kind.pk):
        return {"unit_type": f"单元类型“{kind.name}”已停用，不能再新设单位"}
    found: dict[str, str] = {}
    if data.list_code and data.list_code not in kind.lists.split(","):
        found["list_code"] = f"{kind.name}类单位的清单是{list_labels(kind.lists)}，不是“{data.list_code[:2]}”"
    wanted = OWNERSHIP_OF_LIST.get(data.list_code)
    if wanted and data.ownership != wanted:
        label = dict(Institution.OWNERSHIP)[wanted]
        found["ownership"] = f"清单“{list_label(data.list_code)}”只用于{label}企业，请把所有制改为“{label}”，或者换清单"
    elif data.ownership and data.ownership not in dict(Institution.OWNERSHIP):
        found["ownership"] = "所有制只能是国有或民营"
    if data.business_line and data.business_line not in on_record.unit_types:
        found["business_line"] = f"没有“{data.business_line[:20]}”这个条线"
    return found


def build(data: InstitutionData, on_record: References, row: Institution, key: str = "") -> Institution:
    """Put checked data into a row (not saved); `key` is the name's sort key where it is known already."""
    row.code, row.name, row.sort_key = data.code, data.name, key or sort_key(data.name)
    row.unit_type, row.list_code, row.ownership = data.unit_type, data.list_code, data.ownership
    row.business_line = data.business_line or data.unit_type
    row.is_area = data.is_area
    row.parent_id = on_record.institutions.get(data.parent)
    division = on_record.divisions[data.division]
    row.level = division.level
    place_at(row, division)
    return row


def require_office(actor: User | None, place: Division | Institution, act: str) -> None:
    """The special office whose scope holds the place does it; the command line may too."""
    if actor is not None:
        require_role(actor, [Role.SPECIAL_OFFICE], place, act=act)


def _check(data: InstitutionData, old: Institution | None = None) -> References:
    on_record = references_for([data])
    problems = problems_of(data, on_record, old=old)
    if problems:
        field, message = next(iter(problems.items()))
        raise InvalidInput("；".join(problems.values()) if len(problems) > 1 else message, field)
    return on_record


@transaction.atomic
def create_institution(
    *,
    actor: User | None,
    data: InstitutionData,
    valid_from: dt.date,
    today: dt.date,
    basis: str = "",
    same_name: bool = False,
) -> Institution:
    """Set up an institution that exists today; the entry keeps the document that it rests on.

    `same_name` says that another one of this name in the same place is meant.
    """
    on_record = _check(data)
    require_office(actor, on_record.divisions[data.division], "新设单位")
    if valid_from > today:
        # Lists and counts show what stands now: nobody would see the day come.
        raise InvalidInput(f"生效日期最迟是今天（{today}）；将来才设立的单位，请到那天再登记", "date")
    if not same_name:
        require_own_name(data)
    row = build(data, on_record, Institution(valid_from=valid_from))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        # Somebody took the code at the same moment: say what is said of any code that is taken.
        _check(data)
        raise
    index_names([row])
    details = dataclasses.asdict(data) | {"basis": basis.strip()[:120]}
    record(actor=actor, action="units.institution_created", subject=row, details=details)
    return row


def lock_institution(actor: User | None, institution_id: int, revision: int, act: str) -> Institution:
    """Return the locked row if this person may change it and it is still as shown."""
    row = Institution.objects.select_for_update().get(pk=institution_id)
    require_office(actor, row, act)
    if row.revision != revision:
        raise StaleForm
    if row.valid_to is not None:
        raise WrongState(f"{row.name}已于 {row.valid_to} 撤销，不能再{act}")
    return row


@transaction.atomic
def edit_institution(
    *,
    actor: User | None,
    institution_id: int,
    revision: int,
    data: InstitutionData,
    date: dt.date,
    basis: str,
    today: dt.date,
    same_name: bool = False,
) -> Institution:
    """Change an institution from a day on; name, place, superior and type before stay readable."""
    row = lock_institution(actor, institution_id, revision, "修改单位")
    if date > today or date < row.valid_from:
        raise InvalidInput(f"生效日期要在 {row.valid_from} 与今天之间", "date")
    on_record = _check(data, old=row)
    require_office(actor, on_record.divisions[data.division], "把单位调整到那里")
    parent_id = on_record.institutions.get(data.parent)
    if parent_id is not None and _stands_above(row.pk, parent_id):
        raise InvalidInput("上级单位是这个单位自己的下级，不能绕成一圈", "parent")
    before = data_of(row)
    if not same_name and (data.name, data.division) != (before.name, before.division):
        require_own_name(data, but=row.pk)
    build(data, on_record, row)
    row.revision += 1
    row.save()
    place_institution(row.pk)
    if row.name != before.name:
        index_names([row])
    old = {k: v for k, v in dataclasses.asdict(before).items() if v != getattr(data, k)}
    kind = DivisionChange.RENAMED if "name" in old else DivisionChange.MOVED
    InstitutionChange.objects.create(institution=row, kind=kind, date=date, old=old, basis=basis.strip()[:120])
    changed = {key: [value, getattr(data, key)] for key, value in old.items()}
    details = {"changed": changed, "date": date.isoformat(), "basis": basis.strip()[:120]}
    record(actor=actor, action="units.institution_changed", subject=row, details=details)
    return row


def data_of(row: Institution) -> InstitutionData:
    """Return an institution as a person would say it."""
    return InstitutionData(
        code=row.code,
        name=row.name,
        division=row.division_id,
        unit_type=row.unit_type,
        list_code=row.list_code,
        ownership=row.ownership,
        parent=row.parent.code if row.parent else "",
        business_line=row.business_line,
        is_area=row.is_area,
    )


def _stands_above(institution_id: int, below: int) -> bool:
    """Say whether `below` has the institution among its superiors."""
    seen: set[int] = set()
    step: int | None = below
    while step is not None and step not in seen:
        if step == institution_id:
            return True
        seen.add(step)
        step = Institution.objects.filter(pk=step).values_list("parent_id", flat=True).first()
    return False


@transaction.atomic
def end_institution(
    *,
    actor: User | None,
    institution_id: int,
    revision: int,
    date: dt.date,
    basis: str,
    today: dt.date,
    into: int | None = None,
) -> None:
    """End an institution, or merge it into another (`into`), which takes over its subordinates."""
    row = lock_institution(actor, institution_id, revision, "合并" if into else "撤销")
    if not basis.strip():
        raise InvalidInput("请写依据文件", "basis")
    if date > today or date < row.valid_from:
        raise InvalidInput(f"生效日期要在 {row.valid_from} 与今天之间", "date")
    successor = _successor(row, into)
    below = Institution.objects.filter(NOW, parent=row)
    if successor is None and (count := below.count()):
        raise WrongState(f"{row.name}还有 {count} 个下级单位。请先调整它们的上级，或者用“合并”；现在没有改动")
    below.update(parent=successor, revision=F("revision") + 1)
    row.valid_to, row.revision = date, row.revision + 1
    row.save(update_fields=["valid_to", "revision"])
    kind = DivisionChange.MERGED if successor else DivisionChange.ENDED
    InstitutionChange.objects.create(
        institution=row, kind=kind, date=date, successor=successor, basis=basis.strip()[:120]
    )
    details = {"date": date.isoformat(), "basis": basis.strip()[:120], "into": successor.pk if successor else None}
    act = "units.institution_merged" if successor else "units.institution_ended"
    record(actor=actor, action=act, subject=row, details=details)


def _successor(row: Institution, into: int | None) -> Institution | None:
    if into is None:
        return None
    successor = Institution.objects.filter(NOW, pk=into, unit_type=row.unit_type).exclude(pk=row.pk).first()
    if successor is None or _stands_above(row.pk, successor.pk):
        raise InvalidInput("请选一个同类的、现有的、不是其下级的单位作为合并后的单位", "into")
    return successor
