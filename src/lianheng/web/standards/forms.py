"""Input of this room."""

from collections.abc import Iterable
from typing import Any

from django import forms

from lianheng.web.standards.models import PolicyDocument


class ImportForm(forms.Form):
    """A workbook, and the version that it becomes."""

    version = forms.CharField(label="新版本号", max_length=20, help_text="例如 2026.2；已有的版本号不能再用。")
    file = forms.FileField(
        label="工作簿",
        help_text="用模板或导出的清单修改后的 .xlsx 文件，最大 5 MB。先试运行，不会写入。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )


class ConfirmForm(forms.Form):
    """What a dry run found, signed for the person who ran it."""

    token = forms.CharField(max_length=2_000_000)


class RevisionForm(forms.Form):
    """The revision that the page showed."""

    revision = forms.IntegerField(min_value=0)


class DocumentForm(forms.ModelForm[PolicyDocument]):
    """Number, date and file of a document."""

    issued = forms.DateField(label="发文日期", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    file = forms.FileField(label="文件", help_text="PDF、OFD 或 Word，最大 20 MB。")
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    class Meta:
        model = PolicyDocument
        fields = ["title", "number", "issuer", "issued", "supersedes"]
        labels = {"supersedes": "代替的旧文件"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].required = self.fields["issuer"].required = True
        self.fields["number"].help_text = "例如 衡发〔2021〕1号"


class ClauseForm(forms.Form):
    """A document and the clause of it on which an item rests."""

    slot = forms.ChoiceField(label="制度文件")
    clause = forms.CharField(label="条款", max_length=60, help_text="例如 第二部分第（四）项")

    def __init__(self, *args: Any, documents: Iterable[PolicyDocument] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = PolicyDocument.objects.order_by("slot") if documents is None else documents
        self.fields["slot"].choices = [(row.slot, row.title) for row in rows]  # type: ignore[attr-defined]
