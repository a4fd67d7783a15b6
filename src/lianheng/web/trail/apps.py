from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TrailConfig(AppConfig):
    name = "lianheng.web.trail"
    verbose_name = "办理痕迹"

    def ready(self) -> None:
        from lianheng.web.shell import jobs, start_checks, ticks
        from lianheng.web.trail import checks  # noqa: F401  (registers itself)
        from lianheng.web.trail.checkpoints import write_checkpoint
        from lianheng.web.trail.guards import guard_after_migrate, why_not_to_start
        from lianheng.web.trail.queries import name_actions
        from lianheng.web.trail.services import record
        from lianheng.web.trail.standing import begin_production
        from lianheng.web.trail.standing import why_not_to_start as why_another_mode

        start_checks.register_mode(why_another_mode)
        start_checks.register(why_not_to_start)
        start_checks.when_started(begin_production)
        ticks.register("trail.checkpoint", write_checkpoint)
        jobs.recorder = record
        post_migrate.connect(guard_after_migrate, sender=self)
        name_actions(
            {
                "shell.job_cancelled": "停止后台作业",
                "act.refused": "请求未被受理",
                "trail.payload_erased": "按规定清除痕迹内容",
                "trail.production_begun": "数据库首次投入正式运行",
                "trail.trial_begun": "副本改作试用",
                "trail.proof_opened": "导出带内容的证明文件",
            }
        )
