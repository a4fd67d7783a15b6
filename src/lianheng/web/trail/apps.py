from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TrailConfig(AppConfig):
    name = "lianheng.web.trail"
    verbose_name = "办理痕迹"

    def ready(self) -> None:
        from lianheng.web.trail import checks  # noqa: F401  (registers itself)
        from lianheng.web.trail.guards import guard_after_migrate
        from lianheng.web.trail.queries import name_actions

        post_migrate.connect(guard_after_migrate, sender=self)
        name_actions(
            {
                "act.refused": "请求未被受理",
                "trail.payload_erased": "按规定清除痕迹内容",
                "trail.proof_opened": "导出带内容的证明文件",
            }
        )
