from django.apps import AppConfig


class UnitsConfig(AppConfig):
    name = "lianheng.web.units"
    verbose_name = "区划与单位"

    def ready(self) -> None:
        from lianheng.web.shell import start_checks
        from lianheng.web.units.start_check import demo_data

        start_checks.register(demo_data)
