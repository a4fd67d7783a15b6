"""The life of an account: made, switched off and on, given a new code, moved. The system administrator's acts."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from lianheng.web.accounts import handover
from lianheng.web.accounts.directory import (
    institution_model,
    lock_person,
    managed_institutions,
    manages_all,
    require_admin,
)
from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.names import name_problem
from lianheng.web.accounts.one_time_codes import end_of_code, hash_code, new_code
from lianheng.web.accounts.passwords import BadPassword, check_password_rules
from lianheng.web.accounts.roles import ADMINISTRATORS, Role
from lianheng.web.accounts.services.granting import end_assignment, end_sessions
from lianheng.web.shell.clock import now
from lianheng.web.shell.errors import Forbidden, InvalidInput, StaleForm, WrongState
from lianheng.web.trail.services import record

SYSTEM = (Role.SYSTEM_ADMIN,)
USERNAME_RULE = "用户名要 3 到 40 个字符，只用小写字母、数字、点、横线和下划线，以字母开头"


def username_problem(username: str) -> str | None:
    """Return why a user name cannot be used, or None."""
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    if not 3 <= len(username) <= 40 or not set(username) <= allowed or not username[0].isalpha():
        return USERNAME_RULE
    return None


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
    encoded: str = "",
) -> User:
    """Make an account without any role; `actor` None is the command line or the demonstration.

    `encoded` is this password as it was hashed before: the demonstration gives all its people one password, and
    hashing it anew for each would take most of its load. For demonstration accounts only.
    """
    if encoded and not is_demo:
        raise ValueError("only demonstration accounts share a hash")
    if actor is not None:
        require_admin(actor, SYSTEM, "新建账号")
        require_place(actor, institution_id)
    _require_free(username)
    user = User(
        username=username,
        name=name,
        position=position,
        institution_id=institution_id,
        is_demo=is_demo,
        must_change_password=must_change_password,
        created=now(),
    )
    _set_password(user, password, encoded)
    with _name_taken_meanwhile(username):
        user.save(force_insert=True)
    _record_created(actor, user)
    return user


def _set_password(user: User, password: str, encoded: str) -> None:
    try:
        check_password_rules(password, user)
    except BadPassword as error:
        raise InvalidInput(error.chinese, "password") from error
    if encoded:
        user.password = encoded
    else:
        user.set_password(password)


@transaction.atomic
def open_account(
    *, actor: User, username: str, name: str, position: str = "", institution_id: int | None = None
) -> tuple[User, str]:
    """Make an account with a one-time code, which is returned here and kept nowhere."""
    require_admin(actor, SYSTEM, "新建账号")
    require_place(actor, institution_id)
    problem = username_problem(username)
    if problem:
        raise InvalidInput(problem, "username")
    if not name.strip():
        raise InvalidInput("请填姓名", "name")
    problem = name_problem(name.strip())
    if problem:
        raise InvalidInput(problem, "name")
    _require_free(username)
    code = new_code()
    with _name_taken_meanwhile(username):
        user = User.objects.create(
            username=username,
            name=name.strip(),
            position=position.strip(),
            institution_id=institution_id,
            password=hash_code(code),
            must_change_password=True,
            code_expires=end_of_code(now()),
            code_from=actor,
            created=now(),
        )
    _record_created(actor, user)
    return user, code


def _require_free(username: str) -> None:
    if User.objects.filter(username=username).exists():
        raise InvalidInput(f"用户名“{username}”已经有人用了，请换一个", "username")


@contextmanager
def _name_taken_meanwhile(username: str) -> Iterator[None]:
    """Of two accounts of one name made at once, the second meets the constraint: it is told the same."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        _require_free(username)
        raise


def _record_created(actor: User | None, user: User) -> None:
    details = {"username": user.username, "name": user.name, "institution": user.institution_id}
    record(actor=actor, action="accounts.account_created", subject=user, details=details)


def require_place(actor: User, institution_id: int | None) -> None:
    """A local administrator puts people into institutions of their own places only."""
    if institution_id is None:
        if not manages_all(actor, Role.SYSTEM_ADMIN):
            raise InvalidInput("请选所在单位：您只管一部分单位的人员", "institution")
    elif not managed_institutions(actor, SYSTEM).filter(pk=institution_id).exists():
        raise InvalidInput("没有这个单位，或者它不在您管的范围内", "institution")


def _require_fresh(person: User, revision: int) -> None:
    if person.revision != revision:
        raise StaleForm


@transaction.atomic
def disable_account(*, actor: User, person_id: int, revision: int, reason: str, leave_open: bool = False) -> None:
    """Switch an account off; all its sessions end with this, and nobody stands in for it any more.

    Work that would lie with nobody then is told first: `leave_open` says that the actor knows.
    """
    person = lock_person(actor, person_id, SYSTEM, "停用账号")
    _require_fresh(person, revision)
    if not person.is_active:
        raise WrongState(f"{person.name}的账号已经停用")
    if person.pk == actor.pk:
        raise Forbidden("不能停用自己的账号，请由另一位系统管理员办理")
    if not reason.strip():
        raise InvalidInput("请写停用的事由，例如“调离”“退休”", "reason")
    _require_not_last(person)
    left = handover.left_behind(person)
    if left and not leave_open:
        raise InvalidInput(f"{left}。请先移交；急着停用的，勾选下面这一项", "leave_open")
    end_sessions(person, is_active=False)
    details = {"reason": reason.strip()[:100]} | ({"left": left} if left else {})
    record(actor=actor, action="accounts.account_disabled", subject=person, details=details)


def _require_not_last(person: User) -> None:
    """The last administrator of a kind stays: nobody could make another one."""
    for role in person.assignments.filter(role__in=ADMINISTRATORS, ended=None).values_list("role", flat=True):
        others = Assignment.objects.filter(role=role, ended=None, user__is_active=True).exclude(user=person)
        if not others.exists():
            raise WrongState(f"{person.name}是最后一位{Role(role).label}。请先另授一位，再停用这个账号")


@transaction.atomic
def enable_account(*, actor: User, person_id: int, revision: int) -> None:
    """Switch an account on again; it has the roles that were not ended meanwhile."""
    person = lock_person(actor, person_id, SYSTEM, "启用账号")
    _require_fresh(person, revision)
    if person.is_active:
        raise WrongState(f"{person.name}的账号正在使用，不用再启用")
    end_sessions(person, is_active=True)
    record(actor=actor, action="accounts.account_enabled", subject=person)


@transaction.atomic
def reset_password(*, actor: User, person_id: int, revision: int) -> str:
    """Replace the password by a one-time code, returned here and kept nowhere; the second factor stays.

    It guards the account against whoever knows the code, so that nobody need release it; unless it was set up when
    nobody had vouched for the account yet.
    """
    person = lock_person(actor, person_id, SYSTEM, "重置密码")
    _require_fresh(person, revision)
    if person.pk == actor.pk:
        raise Forbidden("自己的密码请用“改密码”更换")
    if not person.is_active:
        raise WrongState(f"{person.name}的账号已经停用，登录不了。请先启用，再重置密码")
    code = new_code()
    guarded = bool(person.totp_secret) and person.code_from_id is None
    changes = {"code_expires": end_of_code(now()), "code_from": None if guarded else actor}
    end_sessions(person, password=hash_code(code), must_change_password=True, **changes)
    record(actor=actor, action="accounts.password_reset", subject=person)
    return code


@transaction.atomic
def move_person(*, actor: User, person_id: int, revision: int, institution_id: int, today: dt.date) -> int:
    """Put a person into another institution; roles held in the one institution they leave end. Returns how many."""
    person = lock_person(actor, person_id, SYSTEM, "调整所在单位")
    _require_fresh(person, revision)
    require_place(actor, institution_id)
    if institution_id == person.institution_id:
        raise InvalidInput("这就是现在的单位，不用调整", "institution")
    left = person.institution_id
    ended = 0
    if left is not None:
        for assignment in person.assignments.select_for_update().filter(institution=left, ended=None):
            end_assignment(actor, person, assignment, "调离原单位")
            ended += 1
    end_sessions(person, institution_id=institution_id)
    names = dict(institution_model()._default_manager.filter(pk__in=[left, institution_id]).values_list("pk", "name"))
    details = {"from": left, "to": institution_id, "from_name": names.get(left, ""), "to_name": names[institution_id]}
    record(actor=actor, action="accounts.person_moved", subject=person, details=details | {"roles_ended": ended})
    return ended


@transaction.atomic
def hand_over_work(*, actor: User, person_id: int, to_id: int) -> handover.Moved:
    """Give what lies open with one person to another, through what each room registered; tell what could not go."""
    person = lock_person(actor, person_id, SYSTEM, "移交在办事项")
    to = lock_person(actor, to_id, SYSTEM, "移交在办事项")
    if to.pk == person.pk:
        raise InvalidInput("接手的人不能是本人", "to")
    if not to.is_active:
        raise InvalidInput(f"{to.name}的账号已停用，不能接手", "to")
    moved = handover.move_all(actor, person, to)
    stays = sum(moved.stays.values())
    if not moved.done and not stays:
        raise WrongState(f"{person.name}名下没有在办事项，不用移交")
    if not moved.done:
        raise InvalidInput(f"没有一件能移交给{to.name}。{handover.told(moved.stays)}", "to")
    details = {"to": to.pk, "to_name": to.name, "moved": moved.done, "stays": dict(moved.stays)}
    record(actor=actor, action="accounts.work_handed_over", subject=person, details=details)
    return moved
