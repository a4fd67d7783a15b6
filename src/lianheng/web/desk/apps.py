from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "lianheng.web.desk"
    verbose_name = "我的工作台"

    def ready(self) -> None:
        from lianheng.web.desk import inbox
        from lianheng.web.shell import context, navigation

        context.badge = inbox.count_for
        navigation.register(navigation.Place("我的", "待办", "home", 0, lambda user: True, tab=True))
