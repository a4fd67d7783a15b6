from django.apps import AppConfig


class ShellConfig(AppConfig):
    name = "lianheng.web.shell"
    verbose_name = "公共页面"
