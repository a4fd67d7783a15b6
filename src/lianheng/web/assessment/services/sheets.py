"""考评表: filling, handing in, returning, extending."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import transaction

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_other_hand, require_role
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.errors import InvalidSheet
from lianheng.web.assessment.models import Extension, Round, Sheet
from lianheng.web.assessment.queries import asked_measures
from lianheng.web.measures.services import InvalidValues, read_values, store_values
from lianheng.web.measures.services.values import SELF_REPORTED
from lianheng.web.shell.clock import local_day, now, today
from lianheng.web.shell.errors import InvalidInput, StaleForm, WrongState
from lianheng.web.shell.plain_numbers import read_number
from lianheng.web.shell.workdays import add_working_days
from lianheng.web.trail.services import record

MAY_FILL = (Role.UNIT_ADMIN, Role.UNIT_LEADER)
MAY_RETURN = (Role.SPECIAL_OFFICE, Role.LEAD_DEPARTMENT)
MOST_EXTENSIONS = 2


def _lock_sheet(sheet_id: int, revision: int, *also: str) -> Sheet:
    """Return the locked sheet with its round, and what the act needs of it besides."""
    rows = Sheet.objects.select_for_update(of=("self",)).select_related("round", *also)
    # The scheme's content is long and known by its fingerprint already.
    sheet = (rows.defer("scheme__content") if "scheme" in also else rows).get(pk=sheet_id)
    if sheet.revision != revision:
        raise StaleForm
    return sheet


def last_day(sheet: Sheet) -> dt.date:
    """Return the last day on which the sheet may still come in, the late window included."""
    return add_working_days(sheet.due, sheet.round.late_days)


def _require_open(sheet: Sheet) -> None:
    if sheet.round.state != Round.LAUNCHED:
        raise WrongState(f"{sheet.round.name}现在是“{sheet.round.get_state_display()}”，自评已经结束")
    if sheet.state == Sheet.SUBMITTED:
        raise WrongState("这份考评表已经提交；要改请工作专班退回")
    if today() > last_day(sheet):
        raise WrongState(f"补报期到 {last_day(sheet)} 已过。确有原因请申请延期，由工作专班决定")


@transaction.atomic
def fill_sheet(
    *,
    actor: User,
    sheet_id: int,
    revision: int,
    values: Mapping[str, str],
    self_points: Mapping[str, str] | None = None,
    evidence: Mapping[str, Sequence[int]] | None = None,
) -> Sheet:
    """Save what an institution reports for one sheet: one act, however many fields. Blank fields stay missing."""
    sheet = _lock_sheet(sheet_id, revision, "scheme", "institution")
    require_role(actor, MAY_FILL, sheet, "填报考评表")
    _require_open(sheet)
    read, points = _read(sheet, values, self_points or {})
    changed = store_values(
        actor=actor,
        institution=sheet.institution,
        period=sheet.period,
        values=read,
        source=SELF_REPORTED,
        as_of=today(),
        evidence=evidence,
    )
    if changed or points != sheet.self_points or evidence:
        sheet.self_points = points
        sheet.revision += 1
        sheet.save(update_fields=["self_points", "revision"])
        told = {"values": {code: list(pair) for code, pair in changed.items()}, "self_points": points}
        unit = f"institution:{sheet.institution_id}"
        details = {"period": sheet.period, **told}
        record(actor=actor, action="assessment.sheet_filled", subject=sheet, unit=unit, details=details)
    return sheet


def _read(
    sheet: Sheet, values: Mapping[str, str], self_points: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the canonical values and the points given to oneself; all that is wrong is told at once."""
    unknown = set(values) - {use.code for use in asked_measures(sheet.scheme)}
    if unknown:
        raise InvalidInput("这张表不收这些数据项：" + "、".join(sorted(unknown)[:5]))
    points, errors = _self_points(sheet, self_points)
    try:
        read = read_values(values)
    except InvalidValues as error:
        raise InvalidSheet(errors | error.errors) from error
    if errors:
        raise InvalidSheet(errors)
    return read, points


def _self_points(sheet: Sheet, typed: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    items = {item.code: item for item in engine_scheme(sheet.scheme).items}
    points, errors = dict(sheet.self_points), {}
    for code, text in typed.items():
        if not text.strip():
            points.pop(code, None)
            continue
        value = read_number(text)
        if value is None:
            errors[f"self.{code}"] = f"{code} 自评分要填数字"
            continue
        if code not in items or not 0 <= value <= items[code].points:
            limit = items[code].points if code in items else 0
            errors[f"self.{code}"] = f"{code} 自评分要在 0 到 {limit} 之间"
        else:
            points[code] = f"{value:f}"
    return points, errors


@transaction.atomic
def submit_sheet(*, actor: User, sheet_id: int, revision: int) -> Sheet:
    """Hand a sheet in; after the due date it counts as late, after the late window it is refused."""
    try:
        sheet = _lock_sheet(sheet_id, revision)
    except StaleForm:
        # A second click is nobody else's change.
        if Sheet.objects.filter(pk=sheet_id, state=Sheet.SUBMITTED, submitted_by=actor).exists():
            raise WrongState("您刚才已经提交，不用再提交一次") from None
        raise
    require_role(actor, MAY_FILL, sheet, "提交考评表")
    _require_open(sheet)
    sheet.state, sheet.late = Sheet.SUBMITTED, today() > sheet.due
    sheet.submitted_by, sheet.submitted_at, sheet.return_reason = actor, now(), ""
    sheet.revision += 1
    sheet.save()
    record(
        actor=actor,
        action="assessment.sheet_submitted",
        subject=sheet,
        unit=f"institution:{sheet.institution_id}",
        details={"late": sheet.late},
    )
    return sheet


def require_returnable(actor: User, sheet: Sheet) -> None:
    """Refuse who may not send a sheet back, and a sheet that cannot go back now; also before the form is shown."""
    require_role(actor, MAY_RETURN, sheet, "退回考评表")
    if sheet.state != Sheet.SUBMITTED or sheet.round.state != Round.LAUNCHED:
        raise WrongState("只有自评期间已经提交的考评表可以退回")
    require_other_hand(actor, [sheet.submitted_by_id], local_day(sheet.submitted_at), "退回")
    if sheet.seats.exclude(done_at=None).exists():
        raise WrongState("这份考评表已经有考评人员打完分，不能再退回")


@transaction.atomic
def return_sheet(*, actor: User, sheet_id: int, revision: int, reason: str) -> Sheet:
    """Send a sheet back for correction, by somebody else than who handed it in."""
    sheet = _lock_sheet(sheet_id, revision)
    require_returnable(actor, sheet)
    if not reason.strip():
        raise InvalidInput("请写明退回理由：缺什么、改什么", "reason")
    sheet.state, sheet.return_reason = Sheet.RETURNED, reason.strip()[:200]
    sheet.revision += 1
    sheet.save()
    record(
        actor=actor,
        action="assessment.sheet_returned",
        subject=sheet,
        unit=f"institution:{sheet.institution_id}",
        details={"reason": sheet.return_reason},
    )
    return sheet


def require_extendable(actor: User, sheet: Sheet) -> None:
    """Refuse who may not ask for more time, and a sheet that gets none any more; also before the form is shown."""
    require_role(actor, MAY_FILL, sheet, "申请延期")
    if sheet.round.state != Round.LAUNCHED or sheet.state == Sheet.SUBMITTED:
        raise WrongState("只有自评期间还没有提交的考评表可以申请延期")
    if today() > sheet.due:
        raise WrongState("延期要在截止日期之前申请")
    if sheet.extensions.count() >= MOST_EXTENSIONS:
        raise WrongState("一份考评表最多申请两次延期")


@transaction.atomic
def request_extension(*, actor: User, sheet_id: int, revision: int, new_due: dt.date, reason: str) -> Extension:
    """Ask for more time before the due date, with a reason; at most two requests a sheet."""
    sheet = _lock_sheet(sheet_id, revision)
    require_extendable(actor, sheet)
    if new_due <= sheet.due:
        raise InvalidInput("新的日期要晚于现在的截止日期", "new_due")
    if not reason.strip():
        raise InvalidInput("请写明延期理由", "reason")
    extension = Extension.objects.create(
        sheet=sheet, reason=reason.strip()[:200], asked_by=actor, asked_at=now(), new_due=new_due
    )
    record(
        actor=actor,
        action="assessment.extension_requested",
        subject=sheet,
        unit=f"institution:{sheet.institution_id}",
        details={"new_due": new_due.isoformat(), "reason": extension.reason},
    )
    return extension


def require_asked_by_other(actor: User, extension: Extension) -> None:
    require_other_hand(actor, [extension.asked_by_id], local_day(extension.asked_at), "延期审批")


@transaction.atomic
def decide_extension(*, actor: User, extension_id: int, granted: bool) -> Extension:
    """Grant or refuse an extension; never by who asked for it."""
    extension = (
        Extension.objects.select_for_update(of=("self",)).select_related("sheet__institution").get(pk=extension_id)
    )
    sheet = Sheet.objects.select_for_update(of=("self",)).select_related("round").get(pk=extension.sheet_id)
    require_role(actor, [Role.SPECIAL_OFFICE], sheet, "决定延期")
    if extension.granted is not None:
        raise WrongState("这个延期申请已经决定过了")
    if sheet.state == Sheet.SUBMITTED or sheet.round.state != Round.LAUNCHED:
        raise WrongState("这份考评表已经提交，或者自评已经结束，延期申请不用再决定")
    require_asked_by_other(actor, extension)
    extension.granted, extension.decided_by, extension.decided_at = granted, actor, now()
    extension.save()
    if granted:
        sheet.due = extension.new_due
        sheet.revision += 1
        sheet.save(update_fields=["due", "revision"])
    record(
        actor=actor,
        action="assessment.extension_decided",
        subject=sheet,
        unit=f"institution:{sheet.institution_id}",
        details={"granted": granted, "due": sheet.due.isoformat()},
    )
    return extension
