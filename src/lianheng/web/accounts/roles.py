"""Roles of the programme (procedures §1) and which pairs one person may not hold."""

from django.db import models


class Role(models.TextChoices):
    LEADING_GROUP = "leading_group", "领导小组"
    SPECIAL_OFFICE = "special_office", "工作专班"
    LEAD_DEPARTMENT = "lead_department", "牵头部门"
    RESPONSIBLE_DEPARTMENT = "responsible_department", "责任部门"
    UNIT_ADMIN = "unit_admin", "单位管理员"
    UNIT_LEADER = "unit_leader", "单位主要负责人"
    ORGAN_DISCIPLINE_COMMITTEE = "organ_discipline_committee", "机关纪委"
    SUPERVISION_ROOM = "supervision_room", "监督检查室"
    RESIDENT_INSPECTION_GROUP = "resident_inspection_group", "派驻机构"
    DISCIPLINE_OFFICE = "discipline_office", "案件监督管理／信访室"
    ASSESSOR = "assessor", "考评人员"
    THIRD_PARTY = "third_party", "第三方机构"
    INVITED_SUPERVISOR = "invited_supervisor", "特邀监督员"
    INTEGRITY_OBSERVER = "integrity_observer", "清廉观察员"
    PARTY_BRANCH = "party_branch", "党支部"
    EXTERNAL_MONITOR = "external_monitor", "外部监督账号"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDIT_ADMIN = "audit_admin", "审计管理员"


ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
# Who reads, by the role alone, what units of a scope handed in and what was found about them. An assessor reads the
# sheets of the own seats, a survey body the own work: decision 0007.
READERS = tuple(role for role in Role if role not in (Role.ASSESSOR, Role.THIRD_PARTY))
# These act for one institution: a wider place would let them see others.
OF_ONE_INSTITUTION = (Role.UNIT_ADMIN, Role.UNIT_LEADER, Role.PARTY_BRANCH)
# These see accounts or cases: a second factor is asked for at log-in.
SECOND_FACTOR = ADMINISTRATORS | {Role.DISCIPLINE_OFFICE, Role.SUPERVISION_ROOM, Role.RESIDENT_INSPECTION_GROUP}
# What these do decides scores, results or their publication. A password that comes from somebody's one-time code opens
# such an account only after a second administrator's release (decision 0009).
RELEASED = SECOND_FACTOR | {Role.LEADING_GROUP, Role.SPECIAL_OFFICE, Role.LEAD_DEPARTMENT, Role.ASSESSOR}


def conflicts(held: set[str], wanted: str) -> str | None:
    """Return the Chinese reason why `wanted` may not join `held`, or None."""
    others = held - {wanted}
    if wanted in ADMINISTRATORS and others:
        return "三员（系统、安全、审计管理员）必须是三个人，也不兼任业务角色"
    if others & ADMINISTRATORS:
        return "三员账号不能再授予业务角色"
    return None
