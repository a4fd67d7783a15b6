from django.apps import AppConfig


class UnitsConfig(AppConfig):
    name = "lianheng.web.units"
    verbose_name = "区划与单位"
