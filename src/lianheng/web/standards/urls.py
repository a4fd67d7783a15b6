from django.urls import path

from lianheng.web.standards.views import browse, documents, excel, versions

app_name = "standards"
urlpatterns = [
    path("", browse.index, name="index"),
    path("types/<slug:code>/", browse.unit_type, name="unit_type"),
    path("lists/<slug:code>/", browse.standard_list, name="list"),
    path("lists/<slug:code>/print/", browse.print_list, name="print"),
    path("lists/<slug:code>/export/", excel.export, name="export"),
    path("categories/<slug:code>/", browse.category, name="category"),
    path("items/<str:code>/", browse.item, name="item"),
    path("items/<str:code>/clauses/", documents.add_clause, name="add_clause"),
    path("clauses/<int:link_id>/remove/", documents.remove_clause, name="remove_clause"),
    path("search/", browse.search, name="search"),
    path("evaluation/", browse.evaluation, name="evaluation"),
    path("coverage/", browse.coverage, name="coverage"),
    path("versions/", versions.versions, name="versions"),
    path("versions/<int:version_id>/", versions.version, name="version"),
    path("versions/<int:version_id>/publish/", versions.publish, name="publish"),
    path("versions/<int:version_id>/delete/", versions.delete, name="delete"),
    path("template/", excel.template, name="template"),
    path("import/", excel.import_list, name="import"),
    path("import/confirm/", excel.confirm_import, name="confirm_import"),
    path("documents/", documents.documents, name="documents"),
    path("documents/<slug:slot>/", documents.document, name="document"),
    path("documents/<slug:slot>/file/", documents.file_document, name="file_document"),
    path("documents/<slug:slot>/download/", documents.download, name="download"),
]
