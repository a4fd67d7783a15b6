"""The second factor: time-based codes (RFC 6238) and one-time recovery codes."""

import datetime as dt
import hashlib
import logging

import pyotp
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from lianheng.web.accounts.directory import lock_person
from lianheng.web.accounts.models import RecoveryCode, User
from lianheng.web.accounts.one_time_codes import new_code
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.sealing import CannotOpen, factor_of, open_sealed, seal
from lianheng.web.accounts.services.granting import end_sessions
from lianheng.web.shell.clock import now
from lianheng.web.shell.errors import InvalidInput, StaleForm, WrongState
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.services import record

logger = logging.getLogger(__name__)
RECOVERY_CODES = 10
STEP_SECONDS = 30
# One step to either side: a phone's clock may be half a minute off.
TOLERATED_STEPS = 1


def real_moment() -> dt.datetime:
    """Return the real time: a phone keeps it, even where the demonstration stands at a fixed date."""
    return timezone.now()


def new_secret() -> str:
    """Return a fresh secret of 160 bits; it is kept in the session until a code proves that the phone has it."""
    return pyotp.random_base32()


def address(user: User, secret: str) -> str:
    """Return the otpauth address that the QR code carries."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name="廉衡")


def matching_step(secret: str, code: str, moment: dt.datetime, after: int) -> int | None:
    """Return the step that a code belongs to, later than `after`; None when it is wrong or was used before."""
    current = int(moment.timestamp()) // STEP_SECONDS
    for step in range(current - TOLERATED_STEPS, current + TOLERATED_STEPS + 1):
        if step > after and constant_time_compare(pyotp.TOTP(secret).generate_otp(step), code):
            return step
    return None


@transaction.atomic
def set_up_second_factor(*, actor: User, secret: str, code: str, moment: dt.datetime) -> list[str]:
    """Keep the secret once a code of it was typed; return the recovery codes, shown now and never again."""
    user = User.objects.select_for_update().get(pk=actor.pk)
    if user.totp_secret:
        raise WrongState("动态口令已经设置好了。换手机请先请安全管理员清除")
    step = matching_step(secret, clean_code(code), moment, 0)
    if step is None:
        raise InvalidInput("动态口令不对。请看手机上现在显示的 6 位数，并核对手机时间是否准确", "code")
    user.totp_secret, user.totp_last_step = seal(secret, factor_of(user.pk)), step
    user.save(update_fields=["totp_secret", "totp_last_step"])
    user.recovery_codes.all().delete()
    codes = [new_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, code=_hash(user.pk, code)) for code in codes)
    record(actor=user, action="accounts.second_factor_set_up", subject=user, details={"recovery_codes": len(codes)})
    return codes


def clean_code(code: str) -> str:
    return "".join(code.split()).upper()


def _hash(user_id: int, code: str) -> str:
    # 80 random bits: a fast hash is enough; the user's number keeps equal codes of two people apart.
    return hashlib.sha256(f"{user_id}:{code}".encode()).hexdigest()


def _secret_of(user: User) -> str:
    try:
        return open_sealed(user.totp_secret, factor_of(user.pk)) if user.totp_secret else ""
    except CannotOpen:
        logger.exception("the second factor of user %s cannot be opened", user.pk)
        raise WrongState(
            "动态口令现在无法核对：服务器上缺少它的密钥。请系统运维放回密钥文件，或请安全管理员清除后重新设置"
        ) from None


@transaction.atomic
def check_second_factor(*, user_id: int, code: str, moment: dt.datetime) -> bool:
    """Say whether a typed code opens the log-in, and use it up: no code opens twice, of two at once one fails."""
    user = User.objects.select_for_update().get(pk=user_id)
    typed = clean_code(code)
    secret = _secret_of(user)
    step = matching_step(secret, typed, moment, user.totp_last_step) if secret else None
    if step is not None:
        User.objects.filter(pk=user.pk).update(totp_last_step=step)
        return True
    used = user.recovery_codes.filter(code=_hash(user.pk, typed), used=None).update(used=moment)
    if used:
        left = user.recovery_codes.filter(used=None).count()
        record(actor=user, action="accounts.recovery_code_used", subject=user, details={"left": left})
        return True
    record(actor=None, action="accounts.second_factor_failed", subject=user, result=TrailEntry.REFUSED)
    return False


@transaction.atomic
def clear_second_factor(*, actor: User, person_id: int, revision: int, reason: str) -> None:
    """Take a lost phone's factor away; the person sets up a new one at the next log-in.

    The security administrator does this and the system administrator resets passwords: it takes both to enter
    somebody else's account. Accounts without a second factor are kept by `releasing`.
    """
    person = lock_person(actor, person_id, (Role.SECURITY_ADMIN,), "清除动态口令")
    if person.revision != revision:
        raise StaleForm
    if not person.totp_secret:
        raise WrongState(f"{person.name}没有设置动态口令")
    if not reason.strip():
        raise InvalidInput("请写清除的事由，例如“手机遗失，本人书面申请”", "reason")
    person.recovery_codes.all().delete()
    end_sessions(person, totp_secret="", totp_last_step=0)
    details = {"reason": reason.strip()[:100], "at": now().isoformat()}
    record(actor=actor, action="accounts.second_factor_cleared", subject=person, details=details)
