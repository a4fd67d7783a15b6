from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

ACTIONS = {
    "units.divisions_loaded": "载入区划清单",
    "units.division_renamed": "区划更名",
    "units.division_moved": "区划划转",
    "units.division_merged": "区划合并",
    "units.division_ended": "区划撤销",
    "units.zone_counted_under": "改统计归属",
    "units.institution_created": "新设单位",
    "units.institution_changed": "修改单位",
    "units.institution_merged": "单位合并",
    "units.institution_ended": "单位撤销",
    "units.institutions_imported": "Excel 导入单位",
    "units.import_undone": "撤回单位导入",
    "units.profile_loaded": "载入城市配置",
    "units.unit_type_set": "调整单元类型",
    "shell.list_exported": "导出列表",
}


class UnitsConfig(AppConfig):
    name = "lianheng.web.units"
    verbose_name = "区划与单位"

    def ready(self) -> None:
        from lianheng.web.accounts.roles import ADMINISTRATORS, Role
        from lianheng.web.accounts.scope import roles_of
        from lianheng.web.shell import jobs, marking, start_checks, table_export
        from lianheng.web.shell.navigation import Place, register
        from lianheng.web.trail.queries import name_actions
        from lianheng.web.units import import_job
        from lianheng.web.units.division_search import fill_missing
        from lianheng.web.units.exports import record_export
        from lianheng.web.units.start_check import demo_data, holds_demonstration, undeclared

        post_migrate.connect(fill_missing, sender=self)
        start_checks.register(demo_data)
        start_checks.register_mode(undeclared)
        marking.holds_demonstration = holds_demonstration
        table_export.recorder = record_export
        jobs.register(import_job.CHECK_KIND, import_job.CHECK)
        jobs.register(import_job.KIND, import_job.IMPORT)
        jobs.register(import_job.UNDO_KIND, import_job.UNDO)
        name_actions(ACTIONS)

        def business(user: Any) -> bool:
            return bool(roles_of(user) - ADMINISTRATORS)

        def wide(user: Any) -> bool:
            return bool(roles_of(user) - ADMINISTRATORS - {Role.UNIT_ADMIN, Role.UNIT_LEADER, Role.ASSESSOR})

        register(
            Place("依据", "区划与单位", "units:tree", 60, wide),
            Place("依据", "单位名册", "units:institutions", 61, business),
            Place("依据", "清廉单元", "units:unit_types", 62, wide),
            Place("看全局", "县域图", "units:map", 60, wide),
        )
