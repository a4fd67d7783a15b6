"""Loading a year's arrangement of holidays: whole or not at all, one entry of the trail."""

import hashlib

from django.db import transaction

from lianheng.web.accounts.directory import manages_all
from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.shell import workdays
from lianheng.web.shell.clock import now
from lianheng.web.shell.errors import Forbidden, InvalidInput, WrongState
from lianheng.web.shell.models import WorkdayYear
from lianheng.web.shell.workday_file import WorkdayFileError, parse
from lianheng.web.trail.services import record


@transaction.atomic
def load_workday_year(*, actor: User | None, content: bytes, file_name: str) -> WorkdayYear:
    """Store the year that a file holds in place of what the office had for it; `actor` None is the command line."""
    # The calendar counts for everybody's limits, so a county's administrator does not change it.
    if actor is not None and not manages_all(actor, Role.SYSTEM_ADMIN):
        raise Forbidden("工作日历全市通用，由管全部单位的系统管理员装入")
    try:
        found = parse(content)
    except WorkdayFileError as error:
        raise InvalidInput(f"没有装入：{error.chinese}", "file") from error
    sha256 = hashlib.sha256(content).hexdigest()
    before = WorkdayYear.objects.select_for_update().filter(year=found.year).first()
    if before is not None and before.sha256 == sha256:
        raise WrongState(f"{found.year} 年的安排和这个文件一模一样，不用再装")
    row, _ = WorkdayYear.objects.update_or_create(
        year=found.year,
        defaults={
            "source": found.source,
            "holidays": [day.isoformat() for day in found.holidays],
            "workdays": [day.isoformat() for day in found.workdays],
            "file_name": file_name[:120],
            "sha256": sha256,
            "loaded_by": actor.pk if actor else None,
            "loaded": now(),
        },
    )
    details = {
        "year": found.year,
        "source": found.source,
        "file": file_name[:120],
        "sha256": sha256,
        "holidays": len(found.holidays),
        "workdays": len(found.workdays),
        "replaces": before.sha256 if before else "",
    }
    record(actor=actor, action="desk.workday_year_loaded", subject=row, details=details)
    transaction.on_commit(workdays.announce)
    return row
