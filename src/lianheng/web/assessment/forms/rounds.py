"""Forms of a round."""

from django import forms

from lianheng.web.assessment.models import Linkage
from lianheng.web.shell.free_text import FreeText


class DateInput(forms.DateInput):
    input_type = "date"


class RoundForm(forms.Form):
    year = forms.IntegerField(label="年度", min_value=2020, max_value=2100)
    self_score_due = forms.DateField(label="自评截止", widget=DateInput(format="%Y-%m-%d"))
    assess_due = forms.DateField(label="打分截止", widget=DateInput(format="%Y-%m-%d"))


class RevisionForm(forms.Form):
    """Every act on a page carries the revision that the page showed."""

    revision = forms.IntegerField(widget=forms.HiddenInput)


class StepForm(RevisionForm):
    step = forms.CharField(max_length=40)
    opinion = FreeText(label="审核意见", max_length=500, required=False)


class ReopenForm(RevisionForm):
    reason = FreeText(label="重开理由", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class QuarterForm(forms.Form):
    quarter = forms.TypedChoiceField(label="季度", coerce=int, choices=[(n, f"第{n}季度") for n in (1, 2, 3, 4)])

    @classmethod
    def up_to(cls, last: int | None) -> "QuarterForm":
        """Return the form with the quarters that are over, the last one chosen."""
        form = cls(initial={"quarter": last})
        field = form.fields["quarter"]
        field.choices = field.choices[: last or 0]  # type: ignore[attr-defined]
        return form


class SchemeFileForm(forms.Form):
    """A scheme as a YAML file in the declared form."""

    year = forms.IntegerField(label="年度", min_value=2020, max_value=2100)
    version = forms.CharField(label="版本号", max_length=20)
    file = forms.FileField(label="方案文件（YAML）")


class LinkageForm(forms.Form):
    kind = forms.ChoiceField(label="挂钩的考核", choices=Linkage.KINDS)
    scale = forms.DecimalField(label="对方满分", max_digits=6, decimal_places=2)
    office = FreeText(label="接收单位", max_length=60)


class ReceiptForm(RevisionForm):
    receipt = FreeText(label="回执", max_length=120)
    receipt_on = forms.DateField(label="回执日期", widget=DateInput(format="%Y-%m-%d"))


class InclusionForm(forms.Form):
    kind = forms.CharField(max_length=24)
    date = forms.DateField(label="日期", required=False, widget=DateInput(format="%Y-%m-%d"))
    evidence = forms.IntegerField(required=False)


class ObjectionForm(forms.Form):
    item = forms.CharField(label="条目", max_length=12, required=False)
    reason = FreeText(label="理由", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class AnswerForm(RevisionForm):
    upheld = forms.TypedChoiceField(
        label="处理",
        choices=[("yes", "采纳"), ("no", "不采纳")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    points = forms.DecimalField(label="改为多少分", max_digits=6, decimal_places=2, required=False)
    answer = FreeText(label="答复", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
