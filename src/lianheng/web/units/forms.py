"""What people type about places and institutions."""

from typing import Any

from django import forms

from lianheng.web.accounts.models import User
from lianheng.web.shell.free_text import FreeText
from lianheng.web.units import queries
from lianheng.web.units.division_search import found_divisions
from lianheng.web.units.institution_data import InstitutionData
from lianheng.web.units.models import Institution
from lianheng.web.units.services.same_names import TICK
from lianheng.web.units.tables import LISTS


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ChangeForm(forms.Form):
    """Common to every change of a place: the day, the document, and which revision was shown."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    date = forms.DateField(label="生效日期", widget=DayInput())
    basis = FreeText(label="依据文件", max_length=120, help_text="例如：湘政函〔2026〕1号")


class RenameForm(ChangeForm):
    name = forms.CharField(label="新名称", min_length=2, max_length=80)
    field_order = ["name", "date", "basis"]


class MoveForm(ChangeForm):
    parent = forms.CharField(label="划转到（上级区划代码）", max_length=12)
    field_order = ["parent", "date", "basis"]


class MergeForm(ChangeForm):
    into = forms.CharField(label="并入（同级区划代码）", max_length=12)
    field_order = ["into", "date", "basis"]


class ZoneForm(forms.Form):
    """Under which county a statistics-only zone counts."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    under = forms.ChoiceField(label="计入", required=False)

    def __init__(self, *args: Any, counties: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["under"].choices = [("", "不并入，单列一行"), *counties]  # type: ignore[attr-defined]


class PlaceField(forms.CharField):
    """A place by its code or by its name; what a name finds is named, so that the right code can be taken over."""

    OFFERED = 10

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=80, **options)
        self.asked_by: User | None = None

    def clean(self, value: Any) -> str:
        text: str = super().clean(value).strip()
        if text.isdecimal() or self.asked_by is None:
            return text
        found = found_divisions(self.asked_by, text, self.OFFERED + 1)
        exact = [row for row, _ in found if row.name == text]
        if len(found) == 1 or (len(exact) == 1 and len(found) <= self.OFFERED):
            return str((exact or [found[0][0]])[0].pk)
        if not found:
            raise forms.ValidationError(f"您的范围内没有名称含“{text}”的区划。请换两个相邻的字，或者填区划代码")
        named = "；".join(f"{row.name} {where}" for row, where in found[: self.OFFERED])
        more = " 等" if len(found) > self.OFFERED else ""
        raise forms.ValidationError(f"名称含“{text}”的区划不止一个，请填其中一个的代码：{named}{more}")


class InstitutionForm(forms.Form):
    """An institution; unit types are those that the city runs, and the one that it already has (S01)."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    name = forms.CharField(label="单位名称", min_length=2, max_length=80)
    code = forms.CharField(label="单位编码", max_length=24, help_text="字母、数字和连字符，全市不重复")
    unit_type = forms.ChoiceField(label="单元类型", help_text="参加百分制考评的县市区用 Excel 导入，单元类型填“地区”")
    list_code = forms.ChoiceField(label="清单", required=False, choices=[("", "不按清单考评"), *LISTS])
    ownership = forms.ChoiceField(
        label="所有制", required=False, choices=[("", "—"), *Institution.OWNERSHIP], help_text="只有企业要选"
    )
    division = PlaceField(
        label="所在区划", help_text="填区划代码，或者名称里相邻的两个字以上；不止一个时会列出代码供选"
    )
    parent = forms.CharField(label="上级单位编码", max_length=24, required=False)
    business_line = forms.ChoiceField(label="主管条线", required=False, help_text="不选时与单元类型相同")
    date = forms.DateField(label="生效日期", widget=DayInput())
    basis = FreeText(label="依据文件", max_length=120, required=False)

    def __init__(self, *args: Any, asked_by: User, current: Institution | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["division"].asked_by = asked_by  # type: ignore[attr-defined]
        kinds = queries.unit_types()
        offered = [(k.pk, k.name) for k in kinds if k.enabled or (current is not None and k.pk == current.unit_type)]
        self.fields["unit_type"].choices = offered  # type: ignore[attr-defined]
        lines = [("", "与单元类型相同"), *((kind.pk, kind.name) for kind in kinds)]
        self.fields["business_line"].choices = lines  # type: ignore[attr-defined]
        self.current = current
        if current is not None and current.is_area:
            self.fields["unit_type"].required = False
            self.fields["unit_type"].choices = [("", "地区"), *offered]  # type: ignore[attr-defined]
        if TICK in self.data:
            self.ask_whether_same_name()

    def ask_whether_same_name(self) -> None:
        """Ask for the tick that another institution of this name is meant; only where there is one."""
        self.fields[TICK] = forms.BooleanField(label="同名的是另一个单位", required=False)

    def data_given(self) -> InstitutionData:
        """Return what was typed as the services want it."""
        given = self.cleaned_data
        names = ("code", "name", "division", "unit_type", "list_code", "ownership", "parent", "business_line")
        is_area = self.current is not None and self.current.is_area
        return InstitutionData(**{name: given[name].strip() for name in names}, is_area=is_area)


class EndInstitutionForm(ChangeForm):
    into = forms.CharField(label="并入（单位编码）", max_length=24, required=False, help_text="不填就是撤销")
    field_order = ["into", "date", "basis"]


class UnitTypeForm(forms.Form):
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    enabled = forms.BooleanField(label="启用", required=False)
    lead_department = forms.CharField(label="牵头部门", max_length=60)


class ImportForm(forms.Form):
    file = forms.FileField(label="Excel 文件（.xlsx）", help_text="从模板填起；有一行不对，整个文件都不导入")
