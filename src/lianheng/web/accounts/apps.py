from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "lianheng.web.accounts"
    verbose_name = "账号与权限"
