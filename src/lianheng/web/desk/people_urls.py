from django.urls import path

from lianheng.web.desk import people_grants_views as many
from lianheng.web.desk import people_import_views as imports
from lianheng.web.desk import people_release_views as releases
from lianheng.web.desk import people_stand_in_views as stand_ins
from lianheng.web.desk import people_views as views
from lianheng.web.desk import people_why_views as why

app_name = "people"
urlpatterns = [
    path("", views.people, name="people"),
    path("new/", views.new_person, name="new"),
    path("import/", imports.import_people, name="import"),
    path("import/start/", imports.start_import, name="start_import"),
    path("import/template/", imports.template, name="template"),
    path("codes/<int:sheet_id>/", imports.codes, name="codes"),
    path("grants/", many.grants, name="grants"),
    path("grants/start/", many.start_grants, name="start_grants"),
    path("grants/template/", many.template, name="grants_template"),
    path("why/", why.why, name="why"),
    path("releases/", releases.releases, name="releases"),
    path("check/", views.scope_lint, name="lint"),
    path("stand-ins/", stand_ins.stand_ins, name="stand_ins"),
    path("stand-ins/<int:delegation_id>/end/", stand_ins.end_stand_in, name="end_stand_in"),
    path("roles/<int:assignment_id>/end/", views.end_role, name="end_role"),
    path("<int:person_id>/", views.person, name="person"),
    path("<int:person_id>/disable/", views.disable, name="disable"),
    path("<int:person_id>/enable/", views.enable, name="enable"),
    path("<int:person_id>/reset/", views.reset, name="reset"),
    path("<int:person_id>/release/", views.release, name="release"),
    path("<int:person_id>/move/", views.move, name="move"),
    path("<int:person_id>/hand-over/", views.hand_over, name="hand_over"),
    path("<int:person_id>/grant/", views.grant, name="grant"),
    path("<int:person_id>/clear-factor/", views.clear_factor, name="clear_factor"),
]
