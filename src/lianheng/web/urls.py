"""Every address of the program; rooms bring their own lists."""

from django.urls import include, path

from lianheng.web.desk import views as desk

handler404 = "lianheng.web.shell.views.not_found"
handler500 = "lianheng.web.shell.views.server_error"

urlpatterns = [
    path("", desk.home, name="home"),
    path("me/", desk.me, name="me"),
    path("search/", desk.search, name="search"),
    path("", include("lianheng.web.accounts.urls")),
]
