from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "lianheng.web.accounts"
    verbose_name = "账号与权限"

    def ready(self) -> None:
        from lianheng.web.accounts.start_check import demo_accounts
        from lianheng.web.shell import start_checks

        start_checks.register(demo_accounts)
