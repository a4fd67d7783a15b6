from django.apps import AppConfig


class ShellConfig(AppConfig):
    name = "lianheng.web.shell"
    verbose_name = "公共页面"

    def ready(self) -> None:
        from lianheng.web.shell.free_text import use_own_words
        from lianheng.web.shell.private_files import close_to_others
        from lianheng.web.shell.start_checks import when_started

        use_own_words()
        when_started(close_to_others)
