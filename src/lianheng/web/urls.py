"""Every address of the program; rooms bring their own lists."""

from django.urls import include, path

from lianheng.web.desk import views as desk
from lianheng.web.desk import workday_views
from lianheng.web.shell import job_views

handler404 = "lianheng.web.shell.views.not_found"
handler500 = "lianheng.web.shell.views.server_error"

urlpatterns = [
    path("", desk.home, name="home"),
    path("me/", desk.me, name="me"),
    path("search/", desk.search, name="search"),
    path("jobs/<int:job_id>/", job_views.job, name="job"),
    path("jobs/<int:job_id>/cancel/", job_views.cancel_job, name="cancel_job"),
    path("workdays/", workday_views.workday_years, name="workday_years"),
    path("", include("lianheng.web.accounts.urls")),
    path("people/", include("lianheng.web.desk.people_urls")),
    path("trail/", include("lianheng.web.desk.auditor_urls")),
    path("", include("lianheng.web.units.urls")),
    path("", include("lianheng.web.evidence.urls")),
    path("", include("lianheng.web.measures.urls")),
    path("standards/", include("lianheng.web.standards.urls")),
    path("", include("lianheng.web.assessment.urls")),
]
