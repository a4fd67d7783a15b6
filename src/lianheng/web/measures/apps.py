from django.apps import AppConfig


class MeasuresConfig(AppConfig):
    name = "lianheng.web.measures"
    verbose_name = "数据项"

    def ready(self) -> None:
        from lianheng.web.accounts.roles import Role
        from lianheng.web.accounts.scope import roles_of
        from lianheng.web.measures import import_job
        from lianheng.web.shell import jobs
        from lianheng.web.shell.navigation import Place, register
        from lianheng.web.trail.queries import name_actions

        def enters(user: object) -> bool:
            return bool(roles_of(user) & {Role.SPECIAL_OFFICE, Role.THIRD_PARTY})  # type: ignore[arg-type]

        def checks(user: object) -> bool:
            return bool(roles_of(user) & {Role.SPECIAL_OFFICE, Role.LEAD_DEPARTMENT})  # type: ignore[arg-type]

        register(
            Place("办理", "数据录入", "measures:enter", 50, enters),
            Place("办理", "数据复核", "measures:rechecks", 55, checks),
        )
        jobs.register(import_job.CHECK_KIND, import_job.CHECK)
        jobs.register(import_job.KIND, import_job.IMPORT)
        jobs.register(import_job.UNDO_KIND, import_job.UNDO)
        name_actions(
            {
                "measures.values_entered": "录入数据",
                "measures.values_imported": "导入数据",
                "measures.import_undone": "撤回导入",
                "measures.values_exported": "导出数据",
                "measures.recheck_drawn": "抽取复核样本",
                "measures.value_rechecked": "复核数据",
            }
        )
