from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TrailConfig(AppConfig):
    name = "lianheng.web.trail"
    verbose_name = "办理痕迹"

    def ready(self) -> None:
        from lianheng.web.shell import jobs, start_checks
        from lianheng.web.trail.guards import guard_after_migrate, why_not_to_start
        from lianheng.web.trail.queries import name_actions
        from lianheng.web.trail.services import record

        # SQLite rebuilds a table on ALTER and drops its triggers without a word: they are made again each time.
        post_migrate.connect(guard_after_migrate, sender=self)
        start_checks.register(why_not_to_start)
        jobs.recorder = record
        name_actions({"shell.job_cancelled": "取消后台作业"})
