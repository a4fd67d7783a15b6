from django.apps import AppConfig


class ShellConfig(AppConfig):
    name = "lianheng.web.shell"
    verbose_name = "公共页面"

    def ready(self) -> None:
        from lianheng.web.shell.free_text import use_own_words

        use_own_words()
