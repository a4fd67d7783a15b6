"""The administrators' and everybody's places of people in the navigation, and the words of desk's own entries."""

from collections.abc import Callable, Iterable
from typing import Any

from lianheng.web.accounts.directory import READERS_OF_NAMES, has_role
from lianheng.web.accounts.roles import ADMINISTRATORS, Role
from lianheng.web.shell import navigation
from lianheng.web.shell.navigation import Place
from lianheng.web.trail.queries import name_actions


def _held(*roles: str) -> Callable[[Any], bool]:
    wanted: Iterable[str] = frozenset(roles)
    return lambda user: has_role(user, wanted)


def register() -> None:
    """Called from desk's AppConfig.ready."""
    audit, security = _held(Role.AUDIT_ADMIN), _held(Role.SECURITY_ADMIN)
    navigation.register(
        Place("我的", "代班", "people:stand_ins", 80, lambda user: not has_role(user, ADMINISTRATORS)),
        Place("管理", "人员", "people:people", 10, _held(*ADMINISTRATORS, *READERS_OF_NAMES), tab=True),
        Place("管理", "检查授权", "people:lint", 20, security, tab=True),
        Place("管理", "为什么能看到", "people:why", 30, _held(Role.SECURITY_ADMIN, Role.AUDIT_ADMIN), tab=True),
        Place("管理", "办理痕迹", "auditor:trail", 40, audit, tab=True),
        Place("管理", "登录记录", "auditor:log_ins", 50, audit, tab=True),
        Place("管理", "检查点", "auditor:checkpoints", 60, audit),
        Place("管理", "工作日历", "workday_years", 70, _held(Role.SYSTEM_ADMIN), tab=True),
    )
    name_actions(
        {
            "accounts.sight_explained": "查询为什么能看到",
            "desk.workday_year_loaded": "装入工作日历",
            "trail.entry_opened": "打开痕迹内容",
            "trail.entries_exported": "导出办理痕迹",
        }
    )
