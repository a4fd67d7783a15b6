"""Input of this room."""

from django import forms

from lianheng.web.shell.free_text import FreeText


class EvidenceForm(forms.Form):
    """A file, what it is called and the day that it bears."""

    file = forms.FileField(
        label="文件", help_text="PDF、图片、Word、Excel、OFD 或纯文本，最大 20 MB。同一份材料只要交一次。"
    )
    title = FreeText(label="名称", max_length=120, required=False, help_text="不填就用文件名。")
    dated = forms.DateField(
        label="材料日期",
        required=False,
        help_text="材料本身写的日期。",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
