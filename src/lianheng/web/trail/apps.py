from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TrailConfig(AppConfig):
    name = "lianheng.web.trail"
    verbose_name = "办理痕迹"

    def ready(self) -> None:
        from lianheng.web.trail.guards import guard_after_migrate

        # SQLite rebuilds a table on ALTER and drops its triggers without a word: they are made again each time.
        post_migrate.connect(guard_after_migrate, sender=self)
