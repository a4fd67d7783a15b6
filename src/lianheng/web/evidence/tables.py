"""The list of evidence."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from lianheng.web.evidence.models import Evidence
from lianheng.web.shell.clock import local_day
from lianheng.web.shell.tables import Column, Filter, Sort, Table
from lianheng.web.units.models import Institution
from lianheng.web.units.naming import named_like


def by_institution(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Narrow rows of institutions to those whose name holds the text."""
    return rows.filter(institution__in=named_like(Institution.objects.all(), text).values("pk"))


def readable_size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(1, size // 1024)} KB"


class EvidenceTable(Table):
    """佐证材料: what the institutions of one person's scope have handed in, the newest first."""

    name = "evidence.evidence"
    noun = "佐证材料"
    model = Evidence
    ancestors = (("city",), ("county",), ("town",), ("city", "business_line"), ("institution",))
    columns = (
        Column("title", "名称", link=True, sub=lambda row: row.filename if row.filename != row.title else ""),
        Column("institution", "单位", value=lambda row: row.institution.name),
        Column("dated", "材料日期", value=lambda row: row.dated.isoformat() if row.dated else "", css="nowrap"),
        Column("size", "大小", value=lambda row: readable_size(row.file.size), css="num"),
        Column("created", "上传", value=lambda row: local_day(row.created).isoformat(), sort="new", css="nowrap"),
        Column("by", "上传人", value=lambda row: row.uploaded_by.name),
    )
    filters = (
        Filter("q", "名称", field="title__icontains", placeholder="材料名称"),
        Filter("unit", "单位", apply=by_institution, placeholder="单位名称任意两个字"),
    )
    sorts = (Sort("new", ("id",), label="上传先后", unique=True),)
    default_sort = "-new"
    empty_text = "填考评表时上传的材料都会在这里，以后可以直接引用，不用再交。"

    def row_url(self, row: Any) -> str:
        return reverse("evidence:download", args=[row.pk])
