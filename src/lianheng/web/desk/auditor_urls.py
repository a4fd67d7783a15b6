from django.urls import path

from lianheng.web.desk import auditor_views as views

app_name = "auditor"
urlpatterns = [
    path("", views.trail, name="trail"),
    path("log-ins/", views.log_ins, name="log_ins"),
    path("export/", views.export, name="export"),
    path("checkpoints/", views.checkpoints, name="checkpoints"),
    path("<int:seq>/", views.entry, name="entry"),
]
