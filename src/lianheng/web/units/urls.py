from django.urls import path

from lianheng.web.units import division_views, import_views, institution_views, type_views

app_name = "units"
urlpatterns = [
    path("units/", division_views.tree, name="tree"),
    path("units/map/", division_views.county_map_page, name="map"),
    path("units/<str:code>/", division_views.division, name="division"),
    path("units/<str:code>/level/<int:level>/", division_views.divisions_of_level, name="level"),
    path("units/<str:code>/change/", division_views.change_division, name="change_division"),
    path("units/<str:code>/rename/", division_views.rename_division, name="rename_division"),
    path("units/<str:code>/move/", division_views.move_division, name="move_division"),
    path("units/<str:code>/merge/", division_views.merge_division, name="merge_division"),
    path("units/<str:code>/end/", division_views.end_division, name="end_division"),
    path("units/<str:code>/zone/", division_views.count_zone_under, name="count_zone_under"),
    path("institutions/", institution_views.institutions, name="institutions"),
    path("institutions/new/", institution_views.create_institution, name="create_institution"),
    path("institutions/import/", import_views.check_import, name="check_import"),
    path("institutions/import/<int:job_id>/", import_views.checked_import, name="checked_import"),
    path("institutions/import/run/", import_views.import_institutions, name="import_institutions"),
    path("institutions/import/template/", import_views.template, name="import_template"),
    path("institutions/import/<int:import_id>/undo/", import_views.undo_import, name="undo_import"),
    path("institutions/<int:institution_id>/", institution_views.institution, name="institution"),
    path("institutions/<int:institution_id>/edit/", institution_views.edit_institution, name="edit_institution"),
    path("institutions/<int:institution_id>/end/", institution_views.end_institution, name="end_institution"),
    path("unit-types/", type_views.unit_types, name="unit_types"),
    path("unit-types/<str:code>/set/", type_views.set_unit_type, name="set_unit_type"),
]
