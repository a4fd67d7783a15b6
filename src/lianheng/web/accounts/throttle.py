"""Slows guessing: each failure of a user name from an address doubles the wait. No address is ever locked out."""

import datetime as dt

from django.db import transaction
from django.db.models import Count, F, Sum

from lianheng.web.accounts.models import LoginFailure
from lianheng.web.trail.services import record

FREE_FAILURES = 3
LONGEST_WAIT = 300
FORGOTTEN_AFTER = dt.timedelta(days=1)


def seconds_to_wait(username: str, address: str, moment: dt.datetime) -> int:
    """Return how long this name must wait at this address before the next try counts; 0 is now."""
    row = LoginFailure.objects.filter(username=username[:40], address=address).first()
    if row is None or row.not_before <= moment:
        return 0
    return int((row.not_before - moment).total_seconds()) + 1


@transaction.atomic
def count_failure(username: str, address: str, moment: dt.datetime) -> None:
    """Remember a failure; from the fourth on the wait is 2, 4, 8 … seconds up to five minutes."""
    row, _ = LoginFailure.objects.select_for_update().get_or_create(
        username=username[:40], address=address, defaults={"not_before": moment}
    )
    over = row.failures + 1 - FREE_FAILURES
    wait = min(2**over, LONGEST_WAIT) if over > 0 else 0
    LoginFailure.objects.filter(pk=row.pk).update(
        failures=F("failures") + 1, not_before=moment + dt.timedelta(seconds=wait)
    )


@transaction.atomic
def sweep_failures(moment: dt.datetime) -> None:
    """Forget failures a day after their wait, with one entry for all: who typed an unknown name is nobody's act."""
    over = LoginFailure.objects.filter(not_before__lt=moment - FORGOTTEN_AFTER)
    counts = over.aggregate(names=Count("pk"), failures=Sum("failures"))
    if counts["names"]:
        over.delete()
        record(actor=None, action="accounts.failures_swept", subject=None, details=counts)


def forget_failures(username: str, address: str) -> None:
    LoginFailure.objects.filter(username=username[:40], address=address).delete()
