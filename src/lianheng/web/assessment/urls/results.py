from django.urls import path

from lianheng.web.assessment.views import objections, results

urlpatterns = [
    path("results/", results.result_list, name="results"),
    path("results/map/", results.result_map, name="result_map"),
    path("results/<int:result_id>/", results.result_page, name="result"),
    path("results/<int:result_id>/sheet/<str:form>/", results.result_sheet, name="result_sheet"),
    path("results/<int:result_id>/objection/", objections.raise_objection, name="raise_objection"),
    path("objections/", objections.objection_list, name="objections"),
    path("objections/<int:objection_id>/", objections.objection_page, name="objection"),
    path("objections/<int:objection_id>/answer/", objections.answer_objection, name="answer_objection"),
]
