"""催办: reminders of sheets that are not handed in, by the office or by the clock three working days ahead."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.assessment.closing import earliest_due
from lianheng.web.assessment.models import Round, Sheet
from lianheng.web.assessment.services.rounds import city_of, lock_round
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import WrongState
from lianheng.web.shell.workdays import add_working_days
from lianheng.web.trail.services import record

DAYS_AHEAD = 3


@transaction.atomic
def remind_sheets(*, actor: User, round_id: int, revision: int) -> int:
    """Remind every institution that has not handed its sheet in and still may, at most once a day; return how many."""
    round_ = lock_round(round_id, revision=revision, state=Round.LAUNCHED)
    require_role(actor, [Role.SPECIAL_OFFICE], city_of(round_), "催办自评")
    require_somebody_late(round_)
    return _remind(actor, _waited_for(round_))


def require_somebody_late(round_: Round) -> None:
    """Refuse a reminder that would reach nobody; the page asks before it offers."""
    if not _waited_for(round_).exists():
        raise WrongState("没有要催的：都已提交，或者补报期已过，或者今天已经催过")


def _waited_for(round_: Round) -> QuerySet[Sheet]:
    """Return the sheets that may still come in: a unit whose late days are over could not follow a reminder."""
    open_ = round_.sheets.filter(due__gte=earliest_due(today(), round_.late_days))
    return open_.exclude(state=Sheet.SUBMITTED).exclude(reminded_on=today())


def remind_before_due() -> int:
    """Remind, once, what is due within three working days; the worker's minute tick calls this."""
    day = today()
    horizon = add_working_days(day, DAYS_AHEAD)
    if not _due(day, horizon).exists():
        return 0
    with transaction.atomic():
        return _remind(None, _due(day, horizon))


def _due(day: dt.date, horizon: dt.date) -> QuerySet[Sheet]:
    return Sheet.objects.filter(round__state=Round.LAUNCHED, due__gte=day, due__lte=horizon, reminders=0).exclude(
        state=Sheet.SUBMITTED
    )


def _remind(actor: User | None, sheets: QuerySet[Sheet]) -> int:
    rows = list(sheets.select_for_update(of=("self",)).order_by("id"))
    for sheet in rows:
        sheet.reminders += 1
        sheet.reminded_on = today()
        sheet.save(update_fields=["reminders", "reminded_on"])
        record(
            actor=actor,
            action="assessment.sheet_reminded",
            subject=sheet,
            unit=f"institution:{sheet.institution_id}",
            details={"due": sheet.due.isoformat(), "times": sheet.reminders},
        )
    return len(rows)
