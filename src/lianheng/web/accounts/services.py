"""Every write about people: accounts, roles, passwords, log-ins."""

import datetime as dt

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from lianheng.web.accounts import roles
from lianheng.web.accounts.models import Assignment, User
from lianheng.web.shell.clock import now
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.services import record


@transaction.atomic
def create_account(
    *,
    actor: User | None,
    username: str,
    name: str,
    password: str,
    position: str = "",
    institution_id: int | None = None,
    is_demo: bool = False,
    must_change_password: bool = True,
) -> User:
    """Make an account without any role; `actor` None is the command line or the demonstration."""
    if User.objects.filter(username=username).exists():
        raise InvalidInput(f"用户名“{username}”已经有人用了，请换一个", "username")
    user = User(
        username=username,
        name=name,
        position=position,
        institution_id=institution_id,
        is_demo=is_demo,
        must_change_password=must_change_password,
        created=now(),
    )
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput("；".join(error.messages), "password") from error
    user.set_password(password)
    user.save(force_insert=True)
    record(actor=actor, action="accounts.account_created", subject=user, details={"username": username, "name": name})
    return user


@transaction.atomic
def grant_role(
    *,
    actor: User | None,
    user_id: int,
    role: str,
    valid_from: dt.date,
    valid_to: dt.date | None = None,
    division: str = "",
    business_line: str = "",
    institution_id: int | None = None,
    capture: bool = True,
) -> Assignment:
    """Give a person a role somewhere from a day on; ends the person's sessions so that it counts at once."""
    user = User.objects.select_for_update().get(pk=user_id)
    held = {a.role for a in user.assignments.all() if a.valid_to is None or a.valid_to >= valid_from}
    reason = roles.conflicts(held, role)
    if reason:
        raise InvalidInput(reason, "role")
    if role not in roles.ADMINISTRATORS and not (division or business_line or institution_id):
        raise InvalidInput("请写明角色的范围：区划、条线或单位，至少一项", "division")
    if valid_to and valid_to < valid_from:
        raise InvalidInput("截止日期早于开始日期", "valid_to")
    assignment = Assignment.objects.create(
        user=user,
        role=role,
        division=division,
        business_line=business_line,
        institution_id=institution_id,
        capture=capture,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    details = {"role": role, "division": division, "line": business_line, "institution": institution_id}
    record(actor=actor, action="accounts.role_granted", subject=user, details=details | {"capture": capture})
    return assignment


@transaction.atomic
def change_password(*, actor: User, new: str) -> None:
    """Set one's own password; every other session of this person ends."""
    user = User.objects.select_for_update().get(pk=actor.pk)
    user.set_password(new)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
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
    """Record a failure under the account if there is one; what was typed is kept nowhere, it may be a password."""
    user = User.objects.filter(username=username).first()
    record(actor=None, action="accounts.log_in_failed", subject=user, result=TrailEntry.REFUSED)
