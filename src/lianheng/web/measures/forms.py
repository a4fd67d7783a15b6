"""Input of this room."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from lianheng.web.measures.models import Measure
from lianheng.web.shell.clock import today
from lianheng.web.shell.free_text import FreeText

GRADES = [("", "未填"), ("A", "A"), ("B", "B"), ("C", "C"), ("D", "D")]
YES_NO = [("", "未填"), ("yes", "是"), ("no", "否")]
PERIOD = r"^\d{4}(Q[1-4]|H[12]|-(0[1-9]|1[0-2]))?$"


def date_field(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class SourceForm(forms.Form):
    """Where numbers come from, and the day that they describe."""

    source = FreeText(label="数据来源", max_length=120, help_text="例如“2026年民意调查报告”。")
    as_of = date_field("数据日期", help_text="数据说的是哪一天的情况，不能在将来。")


class EntryForm(SourceForm):
    """What others supply for one institution: one field a measure, named v.<code>.

    Beside each lies, as was.<code>, the value that the page showed: who saves over another's change learns of it.
    """

    def __init__(self, measures: Sequence[Measure], values: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["as_of"].initial = today()
        for measure in measures:
            shown = values.get(measure.code, "")
            self.fields[f"v.{measure.code}"] = _field(measure, shown)
            self.fields[f"was.{measure.code}"] = forms.CharField(
                required=False, initial=shown, widget=forms.HiddenInput
            )

    def typed(self) -> dict[str, str]:
        return self._named("v.")

    def shown(self) -> dict[str, str]:
        return self._named("was.")

    def _named(self, prefix: str) -> dict[str, str]:
        return {name.removeprefix(prefix): text for name, text in self.cleaned_data.items() if name.startswith(prefix)}

    def over(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return what the form shows again over newer values: what was typed; else what stands there now."""
        again = {name: str(text) for name, text in self.data.items()}
        shown = self.shown()
        for code, text in self.typed().items():
            again[f"was.{code}"] = values.get(code, "")
            if text.strip() == shown[code]:
                again[f"v.{code}"] = values.get(code, "")
        return again


def _field(measure: Measure, value: str) -> forms.CharField:
    label = f"{measure.name}（{measure.item}）" if measure.item else measure.name
    if measure.kind in (Measure.GRADE, Measure.YES_NO):
        widget: forms.Widget = forms.Select(choices=GRADES if measure.kind == Measure.GRADE else YES_NO)
        return forms.CharField(label=label, required=False, initial=value, widget=widget)
    hint = "0 到 100 的指数，最多四位小数。" if measure.kind == Measure.INDEX else ""
    box = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.CharField(label=label, required=False, initial=value, max_length=30, help_text=hint, widget=box)


class ImportForm(SourceForm):
    file = forms.FileField(
        label="工作簿",
        help_text="用本页的模板填好的 .xlsx，最大 20 MB。先检查，不会写入。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )


class DrawForm(forms.Form):
    """What to draw from: a list, or one of its categories."""

    period = forms.RegexField(
        PERIOD, label="年度", max_length=7, error_messages={"invalid": "年度写成四位数字，例如 2026"}
    )
    part = forms.ChoiceField(label="复核哪张清单")

    def __init__(self, lists: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["part"].choices = [("", "请选清单"), *lists]  # type: ignore[attr-defined]


class RecheckForm(forms.Form):
    found = forms.CharField(
        label="现场核到的数",
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    note = FreeText(label="怎么核的", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
