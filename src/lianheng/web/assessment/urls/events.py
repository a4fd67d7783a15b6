from django.urls import path

from lianheng.web.assessment.views import events

urlpatterns = [
    path("events/", events.events, name="events"),
    path("events/new/", events.choose_unit, name="choose_unit"),
    path("events/new/<int:institution_id>/", events.enter_event, name="enter_event"),
    path("events/<int:event_id>/", events.event, name="event"),
    path("events/<int:event_id>/confirm/", events.confirm_event, name="confirm_event"),
    path("events/<int:event_id>/reject/", events.reject_event, name="reject_event"),
]
