from django.apps import AppConfig


class MeasuresConfig(AppConfig):
    name = "lianheng.web.measures"
    verbose_name = "数据项"
