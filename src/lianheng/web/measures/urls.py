from django.urls import path

from lianheng.web.measures import import_views, recheck_views, views

app_name = "measures"
urlpatterns = [
    path("measures/values/<int:value_id>/", views.value, name="value"),
    path("measures/enter/", views.enter, name="enter"),
    path("measures/enter/<int:institution_id>/", views.enter_values, name="enter_values"),
    path("measures/import/<slug:list_code>/", import_views.import_values, name="import_values"),
    path("measures/import/<slug:list_code>/template/", import_views.template, name="template"),
    path("measures/imports/checks/<int:job_id>/", import_views.checked_import, name="checked_import"),
    path("measures/imports/confirm/", import_views.confirm_import, name="confirm_import"),
    path("measures/imports/<int:import_id>/undo/", import_views.undo_import, name="undo_import"),
    path("measures/rechecks/", recheck_views.rechecks, name="rechecks"),
    path("measures/rechecks/draw/", recheck_views.draw_recheck, name="draw_recheck"),
    path("measures/rechecks/draws/<int:draw_id>/", recheck_views.draw, name="draw"),
    path("measures/rechecks/<int:recheck_id>/", recheck_views.enter_recheck, name="enter_recheck"),
]
