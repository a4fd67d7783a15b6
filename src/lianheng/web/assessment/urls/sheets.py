from django.urls import path

from lianheng.web.assessment.views import sheets

urlpatterns = [
    path("sheets/", sheets.sheets, name="sheets"),
    path("sheets/<int:sheet_id>/", sheets.sheet, name="sheet"),
    path("sheets/<int:sheet_id>/fill/", sheets.fill_sheet, name="fill_sheet"),
    path("sheets/<int:sheet_id>/submit/", sheets.submit_sheet, name="submit_sheet"),
    path("sheets/<int:sheet_id>/return/", sheets.return_sheet, name="return_sheet"),
    path("sheets/<int:sheet_id>/extension/", sheets.request_extension, name="request_extension"),
    path("extensions/", sheets.extensions, name="extensions"),
    path("extensions/<int:extension_id>/decide/", sheets.decide_extension, name="decide_extension"),
]
