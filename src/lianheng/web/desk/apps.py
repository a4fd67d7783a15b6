from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "lianheng.web.desk"
    verbose_name = "我的工作台"

    def ready(self) -> None:
        from lianheng.web.accounts import handover
        from lianheng.web.desk import inbox, people_places, sources
        from lianheng.web.shell import context, navigation
        from lianheng.web.trail.queries import name_actions

        context.badge = inbox.count_for
        sources.connect()
        handover.register_duties(inbox.count_by_role)
        name_actions({"desk.demo_loaded": "装载演示城市"})
        navigation.register(navigation.Place("我的", "待办", "home", 0, lambda user: True, tab=True))
        people_places.register()
