"""放行: a second administrator's word that a one-time code reached its person (decision 0009).

Who makes a code knows it. Where the person's acts decide scores or results, that alone must open nothing: the account
stays shut until a security administrator, who is somebody else, has asked the person and released it. What counts is
where the password comes from: replacing the code by a password of one's own releases nothing.
"""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F

from lianheng.web.accounts.directory import lock_person, require_admin
from lianheng.web.accounts.models import User
from lianheng.web.accounts.one_time_codes import has_expired
from lianheng.web.accounts.roles import RELEASED
from lianheng.web.accounts.scope import roles_of
from lianheng.web.accounts.services.conflicts import held_from
from lianheng.web.accounts.services.granting import SECURITY
from lianheng.web.shell.clock import now, today
from lianheng.web.shell.errors import Forbidden, InvalidInput, StaleForm, WrongState
from lianheng.web.trail.services import record


def is_shut(user: User) -> bool:
    """Say whether this account opens nothing today because its password waits for a release."""
    return user.code_from_id is not None and bool(roles_of(user) & RELEASED)


def waits_for_release(user: User) -> bool:
    """Say whether an administrator should see to a release: now, or before a role or stand-in begins."""
    return user.code_from_id is not None and held_from(user, today()).filter(role__in=RELEASED).exists()


@transaction.atomic
def release_passwords(*, actor: User, people: Mapping[int, int], reason: str) -> list[str]:
    """Release several (person → revision as shown): all, each with an entry of its own, or none. Return the names."""
    if not people:
        raise InvalidInput("请先勾选要放行的人")
    require_admin(actor, SECURITY, "放行密码")
    # Always in one order, so that two administrators never wait for each other.
    for pk in sorted(people):
        release_password(actor=actor, person_id=pk, revision=people[pk], reason=reason)
    return list(User.objects.filter(pk__in=people).order_by("username").values_list("name", flat=True))


@transaction.atomic
def release_password(*, actor: User, person_id: int, revision: int, reason: str) -> None:
    """Let a password that comes from another's one-time code open the account; `reason` says how it was checked."""
    person = lock_person(actor, person_id, SECURITY, "放行密码")
    if person.revision != revision:
        raise StaleForm(f"{person.name}的账号刚刚被别人改过。请刷新页面，核对后再放行；没有放行任何人。")
    if not waits_for_release(person):
        raise WrongState(f"{person.name}的密码不等放行")
    if actor.pk in {person.pk, person.code_from_id}:
        raise Forbidden("激活码不能由发码的人或本人放行，请由另一位安全管理员办理")
    if has_expired(person, now()):
        raise WrongState("这个激活码已过有效期，放行了也不能用。请系统管理员先重置密码")
    if not reason.strip():
        raise InvalidInput("请写怎样向本人核实的，例如“电话核实，激活码在本人手里”", "reason")
    User.objects.filter(pk=person.pk).update(code_from=None, revision=F("revision") + 1)
    details = {"reason": reason.strip()[:100], "code_from": person.code_from_id}
    record(actor=actor, action="accounts.password_released", subject=person, details=details)
