from django.urls import path

from lianheng.web.evidence import views

app_name = "evidence"
urlpatterns = [path("evidence/<int:evidence_id>/", views.download, name="download")]
