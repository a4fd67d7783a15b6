from django.apps import AppConfig
from django.db.models.signals import post_migrate


class StandardsConfig(AppConfig):
    name = "lianheng.web.standards"
    verbose_name = "标准"

    def ready(self) -> None:
        from lianheng.web.shell import navigation
        from lianheng.web.standards.search_rows import fill_missing
        from lianheng.web.trail.queries import name_actions

        post_migrate.connect(fill_missing, sender=self)

        navigation.register(
            navigation.Place("依据", "标准目录", "standards:index", 10, lambda user: True, tab=True),
            navigation.Place("依据", "制度文件", "standards:documents", 20, lambda user: True),
        )
        name_actions(
            {
                "standards.catalogue_loaded": "装载标准目录为草稿",
                "standards.workbook_imported": "从工作簿导入标准目录草稿",
                "standards.catalogue_published": "发布标准目录",
                "standards.draft_deleted": "删除标准目录草稿",
                "standards.list_exported": "导出标准清单",
                "standards.documents_loaded": "装载制度文件目录",
                "standards.document_filed": "归档制度文件",
                "standards.clause_added": "添加条款依据",
                "standards.clause_removed": "去掉条款依据",
            }
        )
