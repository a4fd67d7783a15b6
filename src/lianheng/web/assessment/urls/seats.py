from django.urls import path

from lianheng.web.assessment.views import seating, seats

urlpatterns = [
    path("seats/", seats.seats, name="seats"),
    path("seats/<int:seat_id>/", seats.seat, name="seat"),
    path("seats/<int:seat_id>/scores/", seats.save_scores, name="save_scores"),
    path("seats/<int:seat_id>/replace/", seating.replace_assessor, name="replace_assessor"),
    path("sheets/<int:sheet_id>/third/", seating.seat_third, name="seat_third"),
    path("assessment/<int:round_id>/seats/", seating.seating, name="seating"),
    path("assessment/<int:round_id>/seats/fill/", seating.seat_assessors, name="seat_assessors"),
    path("assessment/<int:round_id>/moderation/thirds/", seating.seat_thirds, name="seat_thirds"),
    path("assessment/<int:round_id>/moderation/", seating.moderation, name="moderation"),
]
