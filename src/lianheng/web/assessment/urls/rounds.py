from django.urls import path

from lianheng.web.assessment.views import rounds, schemes, use

urlpatterns = [
    path("assessment/", rounds.round_list, name="rounds"),
    path("assessment/create/", rounds.create_round, name="create_round"),
    path("assessment/<int:round_id>/", rounds.round_page, name="round"),
    path("assessment/<int:round_id>/step/", rounds.take_step, name="take_step"),
    path("assessment/<int:round_id>/reopen/", rounds.reopen_round, name="reopen_round"),
    path("assessment/<int:round_id>/quarter/", rounds.freeze_quarter, name="freeze_quarter"),
    path("assessment/<int:round_id>/missing/", rounds.missing, name="missing"),
    path("assessment/<int:round_id>/notice/", rounds.issue_notice, name="issue_notice"),
    path("assessment/notices/<int:notice_id>/<str:form>/", rounds.notice_file, name="notice_file"),
    path("assessment/runs/<int:run_id>/package/", rounds.package, name="package"),
    path("assessment/runs/<int:run_id>/package/make/", rounds.make_package, name="make_package"),
    path("assessment/<int:round_id>/use/", use.use_page, name="use"),
    path("assessment/<int:round_id>/use/export/", use.export_linkage, name="export_linkage"),
    path("assessment/linkages/<int:linkage_id>/file/", use.linkage_file, name="linkage_file"),
    path("assessment/linkages/<int:linkage_id>/receipt/", use.note_receipt, name="note_receipt"),
    path("assessment/inclusions/<int:institution_id>/<int:year>/", use.inclusions, name="inclusions"),
    path("assessment/inclusions/<int:institution_id>/<int:year>/file/", use.file_inclusion, name="file_inclusion"),
    path("assessment/schemes/", schemes.scheme_list, name="schemes"),
    path("assessment/schemes/draft/", schemes.draft_schemes, name="draft_schemes"),
    path("assessment/schemes/upload/", schemes.upload_scheme, name="upload_scheme"),
    path("assessment/schemes/<int:scheme_id>/", schemes.scheme_page, name="scheme"),
    path("assessment/schemes/<int:scheme_id>/publish/", schemes.publish_scheme, name="publish_scheme"),
]
