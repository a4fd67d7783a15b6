"""The lists of this room."""

from collections.abc import Sequence
from typing import Any

from lianheng.web.accounts.models import User
from lianheng.web.shell.addresses import address
from lianheng.web.shell.tables import Column, Filter, Sort, Table
from lianheng.web.units import queries
from lianheng.web.units.list_names import LIST_NAMES, list_label
from lianheng.web.units.models import Division, Institution
from lianheng.web.units.naming import named_like

LISTS = [(code, list_label(code)) for code in LIST_NAMES]


class InstitutionTable(Table):
    """单位名册: the institutions of one person's scope."""

    name = "units.institutions"
    noun = "单位"
    model = Institution
    ancestors = (
        ("province",),
        ("city",),
        ("county",),
        ("town",),
        ("city", "business_line"),
        ("county", "business_line"),
    )
    sorts = (Sort("name", ("sort_key", "id"), unique=True), Sort("code", ("code",), unique=True))
    empty_text = "可以逐个新设，也可以用 Excel 导入。"

    def __init__(self, user: User) -> None:
        types, self.counties = queries.types_and_counties(user)
        self.type_names = {code: name for code, name, _ in types}
        # Every type, since rows of a switched-off one stay readable.
        offered = [(code, name if enabled else f"{name}（已停用）") for code, name, enabled in types]
        ownerships = dict(Institution.OWNERSHIP)
        self.columns: Sequence[Column] = (
            Column("name", "单位", link=True, sort="name"),
            Column("code", "编码", sort="code", css="nowrap"),
            Column("unit_type", "单元类型", value=lambda row: self.type_names.get(row.unit_type, "")),
            Column("list_code", "清单", value=lambda row: list_label(row.list_code), export=lambda row: row.list_code),
            Column("county", "县（市、区）", value=lambda row: self.counties.get(row.county, "")),
            Column("division", "所在区划", value=lambda row: row.division.name),
            Column("level", "层级", value=lambda row: row.get_level_display(), shown=False),
            Column("ownership", "所有制", value=lambda row: ownerships.get(row.ownership, ""), shown=False),
            Column("business_line", "条线", value=lambda row: self.type_names.get(row.business_line, ""), shown=False),
            Column("division_code", "区划代码", value=lambda row: row.division_id, shown=False),
        )
        self.filters: Sequence[Filter] = (
            Filter("q", "名称", apply=named_like, placeholder="任意两个字"),
            Filter("type", "单元类型", choices=offered, field="unit_type"),
            Filter("list", "清单", choices=LISTS, field="list_code"),
            Filter("county", "县（市、区）", choices=list(self.counties.items()), field="county"),
        )

    def row_url(self, row: Any) -> str:
        return address("units:institution", row.pk)


class DivisionTable(Table):
    """区划名录: the places of one level under a subtree."""

    name = "units.divisions"
    noun = "区划"
    model = Division
    ancestors = (("province", "level"), ("city", "level"), ("county", "level"))
    sorts = (Sort("code", ("code",), unique=True),)
    columns = (
        Column("name", "名称", link=True),
        Column("code", "代码", sort="code"),
        Column("parent", "上级代码", value=lambda row: row.parent_id),
        Column("statistical", "只作统计", value=lambda row: "是" if row.statistical else "", shown=False),
    )

    def row_url(self, row: Any) -> str:
        return address("units:division", row.pk)
