"""A person's own log-ins and password."""

from django.db import transaction

from lianheng.web.accounts.models import User
from lianheng.web.shell.clock import now
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.services import record


@transaction.atomic
def change_password(*, actor: User, new: str) -> None:
    """Set one's own password; every other session of this person ends."""
    user = User.objects.select_for_update().get(pk=actor.pk)
    user.set_password(new)
    user.must_change_password, user.code_expires = False, None
    user.save(update_fields=["password", "must_change_password", "code_expires"])
    record(actor=actor, action="accounts.password_changed", subject=user)


@transaction.atomic
def note_log_in(user: User) -> None:
    User.objects.filter(pk=user.pk).update(last_login=now())
    record(actor=user, action="accounts.logged_in", subject=user)


@transaction.atomic
def note_log_out(user: User) -> None:
    record(actor=user, action="accounts.logged_out", subject=user)


@transaction.atomic
def note_failed_log_in(username: str) -> None:
    """Record a failure under the account; what was typed is kept nowhere, it may be a password.

    Names of nobody are only counted, and told by batch (`throttle.sweep_failures`): a flood of them fills no log.
    """
    user = User.objects.filter(username=username).first()
    if user is not None:
        record(actor=None, action="accounts.log_in_failed", subject=user, result=TrailEntry.REFUSED)
