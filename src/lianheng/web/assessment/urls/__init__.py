"""Addresses of the assessment year, by subject."""

from lianheng.web.assessment.urls import results, rounds

app_name = "assessment"
urlpatterns = [*rounds.urlpatterns, *results.urlpatterns]
