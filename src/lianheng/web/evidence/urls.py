from django.urls import path

from lianheng.web.evidence import views

app_name = "evidence"
urlpatterns = [
    path("evidence/", views.evidence_list, name="list"),
    path("evidence/add/<int:institution_id>/", views.add_evidence, name="add_evidence"),
    path("evidence/<int:evidence_id>/", views.download, name="download"),
]
