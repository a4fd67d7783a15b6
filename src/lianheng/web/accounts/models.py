"""People, the roles they hold where and when, and who stands in for whom."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from lianheng.web.accounts.roles import Role


class UserManager(BaseUserManager["User"]):
    """Finds people by user name; creating one is `services.create_account`'s business."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)


class User(AbstractBaseUser):
    """账号: a person who can log in. Rights come from assignments alone, never from this row."""

    username = models.CharField("用户名", max_length=40, unique=True)
    name = models.CharField("姓名", max_length=40)
    position = models.CharField("职务", max_length=60, blank=True)
    institution = models.ForeignKey(
        "units.Institution", models.PROTECT, null=True, blank=True, verbose_name="所在单位", related_name="people"
    )
    is_active = models.BooleanField("启用", default=True)
    is_demo = models.BooleanField(default=False)
    must_change_password = models.BooleanField(default=True)
    # Until when the one-time code opens a log-in; a password of one's own has no such end.
    code_expires = models.DateTimeField(null=True, blank=True)
    # Whose one-time code the password comes from, until a second administrator releases it (see `releasing`).
    code_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    # Sealed (see `sealing`): the database alone opens no second factor.
    totp_secret = models.CharField(max_length=200, blank=True)
    totp_last_step = models.BigIntegerField(default=0)
    # Part of the session's hash: adding one ends every session of this person.
    session_epoch = models.PositiveIntegerField(default=0)
    created = models.DateTimeField()
    revision = models.PositiveIntegerField(default=0)

    # The right by which this person acts at the moment; set by `scope.require_role`, read by the trail.
    acting: Any = None
    # What counts today, once it was read: on the object of one request only (see `scope.grants_of`).
    grants_today: Any = None

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    def get_session_auth_hash(self) -> str:
        return f"{super().get_session_auth_hash()}.{self.session_epoch}"

    def get_session_auth_fallback_hash(self) -> Any:
        for value in super().get_session_auth_fallback_hash():
            yield f"{value}.{self.session_epoch}"

    def __str__(self) -> str:
        return self.name


class Session(AbstractBaseSession):
    """会话: what one browser's visit keeps; its row knows the person, so that one query brings both."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")

    @classmethod
    def get_session_store_class(cls) -> type[Any]:
        from lianheng.web.accounts.sessions import SessionStore

        return SessionStore


class Assignment(models.Model):
    """角色任命: one role of one person, where (subtree, business line, one institution) and from when to when."""

    user = models.ForeignKey(User, models.PROTECT, related_name="assignments")
    role = models.CharField("角色", max_length=40, choices=Role)
    # Codes, not foreign keys: units lies above accounts. Empty means "not narrowed by this".
    division = models.CharField("区划", max_length=12, blank=True)
    business_line = models.CharField("业务条线", max_length=20, blank=True)
    institution = models.ForeignKey("units.Institution", models.PROTECT, null=True, blank=True, related_name="+")
    capture = models.BooleanField("可办理", default=True)
    valid_from = models.DateField("起")
    valid_to = models.DateField("止", null=True, blank=True)
    # Taken away before its last day, at this moment: it counts no longer from then on.
    ended = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "valid_from"], name="assignment_user")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="assignment_ends_after_start",
            )
        ]


class Delegation(models.Model):
    """AB岗: somebody stands in for an assignment's holder for some days."""

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="delegations")
    to_user = models.ForeignKey(User, models.PROTECT, related_name="stands_in")
    valid_from = models.DateField("起")
    valid_to = models.DateField("止")
    reason = models.CharField("事由", max_length=100)
    ended = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["to_user", "valid_from"], name="delegation_to")]


class RecoveryCode(models.Model):
    """恢复码: opens one log-in in place of the second factor, once. Only a hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    code = models.CharField(max_length=64)
    used = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "code"], name="recovery_code_once")]


class CodeSheet(models.Model):
    """激活码清单: the one-time codes of one import as a workbook, sealed; fetched once by who made it, then emptied."""

    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made = models.DateTimeField()
    people = models.PositiveIntegerField()
    sealed = models.BinaryField(blank=True)
    fetched = models.DateTimeField(null=True, blank=True)


class LoginFailure(models.Model):
    """登录失败: counts failures of one user name from one address, to slow them down; never locks an address."""

    username = models.CharField(max_length=40)
    address = models.CharField(max_length=45)
    failures = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["username", "address"], name="login_failure_once")]
