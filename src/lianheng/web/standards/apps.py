from django.apps import AppConfig


class StandardsConfig(AppConfig):
    name = "lianheng.web.standards"
    verbose_name = "标准"
