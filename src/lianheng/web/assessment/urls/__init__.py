"""Addresses of the assessment year, by subject."""

from lianheng.web.assessment.urls import events, results, rounds, seats, sheets

app_name = "assessment"
urlpatterns = [
    *rounds.urlpatterns,
    *results.urlpatterns,
    *sheets.urlpatterns,
    *seats.urlpatterns,
    *events.urlpatterns,
]
