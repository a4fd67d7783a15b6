from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "lianheng.web.evidence"
    verbose_name = "佐证材料"
