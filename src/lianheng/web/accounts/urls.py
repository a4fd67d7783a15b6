from django.urls import path

from lianheng.web.accounts import views

app_name = "accounts"
urlpatterns = [
    path("login/", views.login, name="login"),
    path("login/code/", views.second_step, name="second_step"),
    path("logout/", views.logout, name="logout"),
    path("me/password/", views.password, name="password"),
    path("me/second-factor/", views.second_factor, name="second_factor"),
]
