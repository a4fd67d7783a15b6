from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    name = "lianheng.web.assessment"
    verbose_name = "考评"

    def ready(self) -> None:
        from lianheng.web.assessment import measure_year
        from lianheng.web.assessment.jobs import register_jobs
        from lianheng.web.assessment.panels import assessment_panel
        from lianheng.web.assessment.services.reminding import remind_before_due
        from lianheng.web.assessment.unit_acts import may_read
        from lianheng.web.shell import ticks
        from lianheng.web.trail.queries import name_actions
        from lianheng.web.units import panels, unit_acts

        _register_places()
        _register_open_work()
        name_actions(ACTIONS)
        measure_year.start()
        register_jobs()
        ticks.register("assessment.remind", remind_before_due)
        panels.register(assessment_panel)
        unit_acts.register(may_read)


def _register_places() -> None:
    """Put the room's pages into the navigation of those who may open them."""
    from lianheng.web.accounts.models import User
    from lianheng.web.accounts.roles import Role
    from lianheng.web.accounts.scope import roles_of
    from lianheng.web.assessment.queries import EVENT_ROLES, reads_results, reads_sheets, works_here
    from lianheng.web.shell.navigation import Place, register

    def assesses(user: User) -> bool:
        return Role.ASSESSOR in roles_of(user)

    def handles_events(user: User) -> bool:
        return bool(roles_of(user) & set(EVENT_ROLES))

    register(
        Place("办理", "考评表", "assessment:sheets", 10, reads_sheets, tab=True),
        Place("办理", "考评打分", "assessment:seats", 20, assesses, tab=True),
        Place("办理", "认定事件", "assessment:events", 30, handles_events),
        Place("评价", "年度考评", "assessment:rounds", 10, works_here, tab=True),
        Place("评价", "考评结果", "assessment:results", 20, reads_results, tab=True),
        Place("评价", "异议", "assessment:objections", 30, reads_results),
        Place("依据", "考评方案", "assessment:schemes", 30, works_here),
    )


def _register_open_work() -> None:
    """Say what becomes of the seats of somebody who leaves or moves."""
    from lianheng.web.accounts import handover
    from lianheng.web.assessment.services import handing_over

    handover.register(
        handover.OpenWork(
            "考评席位",
            handing_over.hand_over_seats,
            handing_over.count_open_seats,
            others="停用账号以后由工作专班在“席位安排”里自动安排空着的席位",
            stranded=handing_over.count_stranded_seats,
            stranded_words="要回避，已算空着：请移交给别人，或者由工作专班在“席位安排”里自动安排",
        )
    )


ACTIONS = {
    "assessment.scheme_drafted": "拟定考评方案",
    "assessment.scheme_published": "发布考评方案",
    "assessment.round_created": "筹备年度考评",
    "assessment.round_launched": "启动自评，发出考评表",
    "assessment.self_scoring_closed": "结束自评，冻结数据",
    "assessment.moderation_started": "开始分差复核",
    "assessment.results_computed": "计算结果",
    "assessment.round_reviewed": "审核结果",
    "assessment.notice_opened": "开始公示",
    "assessment.round_published": "公布结果",
    "assessment.round_locked": "归档",
    "assessment.round_reopened": "重开考评",
    "assessment.snapshot_frozen": "冻结数据快照",
    "assessment.sheet_filled": "填报",
    "assessment.sheet_reminded": "催办",
    "assessment.sheet_submitted": "提交考评表",
    "assessment.sheet_returned": "退回考评表",
    "assessment.extension_requested": "申请延期",
    "assessment.extension_decided": "决定延期",
    "assessment.assessors_seated": "安排考评人员",
    "assessment.assessor_replaced": "更换考评人员",
    "assessment.scores_saved": "保存打分",
    "assessment.scores_finished": "完成打分",
    "assessment.third_seated": "指定第三人复核",
    "assessment.event_entered": "登记事件",
    "assessment.event_confirmed": "认定事件",
    "assessment.event_rejected": "不予认定",
    "assessment.objection_raised": "提出异议",
    "assessment.objection_answered": "答复异议",
    "assessment.notice_issued": "印发通报",
    "assessment.package_made": "生成数据包",
    "assessment.package_downloaded": "下载数据包",
    "assessment.inclusion_filed": "登记四纳入",
    "assessment.linkage_exported": "报送挂钩结果",
    "assessment.receipt_noted": "登记回执",
}
