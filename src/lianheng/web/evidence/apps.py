from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "lianheng.web.evidence"
    verbose_name = "佐证材料"

    def ready(self) -> None:
        from lianheng.web.accounts.roles import ADMINISTRATORS
        from lianheng.web.accounts.scope import roles_of
        from lianheng.web.shell.navigation import Place, register
        from lianheng.web.trail.queries import name_actions

        def works_here(user: object) -> bool:
            return bool(roles_of(user) - ADMINISTRATORS)  # type: ignore[arg-type]

        register(Place("办理", "佐证材料", "evidence:list", 60, works_here))
        name_actions({"evidence.evidence_added": "上传佐证材料"})
