"""What administrators type about people."""

from typing import Any

from django import forms

from lianheng.web.accounts.directory import managed_institutions
from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.units.models import UnitType


def _date_input() -> forms.DateInput:
    """A browser's date field takes ISO dates alone, whatever the language of the page."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class InstitutionField(forms.CharField):
    """An institution by its code or its exact name, within what the administrator looks after."""

    OFFERED = 10

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", "所在单位")
        options.setdefault("help_text", "填单位编码，或者单位全称")
        super().__init__(max_length=80, **options)
        self.actor: User | None = None

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        assert self.actor is not None
        rows = managed_institutions(self.actor).filter(valid_to=None)
        wanted = ("pk", "code", "division__name")
        found = list(rows.filter(code=text).values_list(*wanted))
        found = found or list(rows.filter(name=text).order_by("code").values_list(*wanted)[: self.OFFERED + 1])
        if not found:
            raise forms.ValidationError(f"没有“{text}”这个单位，或者它不在您管的范围内")
        if len(found) > 1:
            named = "；".join(f"{code}（{place}）" for _, code, place in found[: self.OFFERED])
            more = " 等" if len(found) > self.OFFERED else ""
            raise forms.ValidationError(f"叫“{text}”的单位不止一个，请填其中一个的编码：{named}{more}")
        return int(found[0][0])


class ActorForm(forms.Form):
    """A form that knows who fills it in."""

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, InstitutionField):
                field.actor = actor


class NewPersonForm(ActorForm):
    username = forms.CharField(label="用户名", max_length=40, help_text="小写字母开头，3 到 40 个字符，建议用姓名拼音")
    name = forms.CharField(label="姓名", max_length=40)
    position = forms.CharField(label="职务", max_length=60, required=False)
    institution = InstitutionField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # The browser would cut what is too long without a word; the server says so.
            field.widget.attrs.pop("maxlength", None)


class MoveForm(ActorForm):
    institution = InstitutionField(label="调到")
    revision = forms.IntegerField(widget=forms.HiddenInput)


class HandOverForm(forms.Form):
    to = forms.CharField(label="接手人的用户名", max_length=40)


class ReasonForm(forms.Form):
    """A reason, and the state of the row that was looked at."""

    reason = forms.CharField(label="事由", max_length=100)
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)


class DisableForm(ReasonForm):
    """Switching an account off, also with work that lies open."""

    leave_open = forms.BooleanField(label="知道还有没办完的事，仍然停用", required=False)


class RevisionForm(forms.Form):
    revision = forms.IntegerField(widget=forms.HiddenInput)


class GrantForm(ActorForm):
    role = forms.ChoiceField(label="角色", choices=[("", "请选择"), *Role.choices])
    division = forms.CharField(
        label="区划代码",
        max_length=12,
        required=False,
        help_text="看、办这个区划及以下，例如 4304。业务角色在区划、条线、单位里至少填一项；三员不填就是管全部人员",
    )
    business_line = forms.ChoiceField(label="业务条线", required=False)
    institution = InstitutionField(
        label="只限一个单位", required=False, help_text="只办一个单位的事才填：单位编码或全称"
    )
    capture = forms.BooleanField(label="能办理（不勾选就只能看）", required=False, initial=True)
    valid_from = forms.DateField(label="从哪天起", widget=_date_input())
    valid_to = forms.DateField(label="到哪天止", required=False, widget=_date_input())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = [(unit_type.code, unit_type.name) for unit_type in UnitType.objects.all()]
        self.fields["business_line"].choices = [("", "不限条线"), *lines]  # type: ignore[attr-defined]


class ImportForm(forms.Form):
    file = forms.FileField(label="人员工作簿（.xlsx）", widget=forms.FileInput(attrs={"accept": ".xlsx"}))


class GrantsForm(forms.Form):
    file = forms.FileField(label="角色工作簿（.xlsx）", widget=forms.FileInput(attrs={"accept": ".xlsx"}))


class StandInForm(forms.Form):
    """请人代班: which of my roles, who, from when to when, why."""

    assignment = forms.TypedChoiceField(label="哪项角色", coerce=int)
    to = forms.CharField(label="代班人的用户名", max_length=40, help_text="本单位同事，或这项角色范围内单位的人员")
    valid_from = forms.DateField(label="从哪天起", widget=_date_input())
    valid_to = forms.DateField(label="到哪天止", widget=_date_input())
    reason = forms.CharField(label="事由", max_length=100)

    def __init__(self, *args: Any, roles: list[tuple[int, str]], colleagues: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignment"].choices = roles  # type: ignore[attr-defined]
        if colleagues:
            self.fields["to"].help_text += "。本单位：" + "、".join(colleagues)
