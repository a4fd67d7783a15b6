"""Free text of the business rooms: no identity card and no mobile number of anybody gets in."""

import re
import unicodedata

from django import forms
from django.core import validators
from django.core.exceptions import ValidationError

# Six digits of a place, a birthday, three digits and a check character; and eleven digits that begin with 13 to 19.
# People also write them in groups: 3-4-4 and 6-8-4.
_GAP = r"[ \-]?"
_BIRTHDAY = r"(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_IDENTITY = re.compile(rf"(?<![0-9A-Za-z])[1-9]\d{{5}}{_GAP}{_BIRTHDAY}{_GAP}\d{{3}}[0-9Xx](?![0-9A-Za-z])", re.ASCII)
_MOBILE = re.compile(rf"(?<!\d)1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)", re.ASCII)


def personal_number(text: str) -> str:
    """Return what kind of personal number stands in a text, or nothing; full-width digits are digits."""
    plain = unicodedata.normalize("NFKC", text)
    if _IDENTITY.search(plain):
        return "身份证号"
    return "手机号" if _MOBILE.search(plain) else ""


def personal_number_refused(text: str) -> str:
    """Return what to tell somebody whose text holds a personal number, or nothing."""
    kind = personal_number(text)
    return f"这里像是写了{kind}。不写个人姓名、证件号和电话，请删去或改写" if kind else ""


def no_personal_number(text: str) -> None:
    """Validate a form field."""
    message = personal_number_refused(text)
    if message:
        raise ValidationError(message, code="personal")


class FreeText(forms.CharField):
    """A sentence or two in a person's own words."""

    default_validators = [no_personal_number]


# What is wrong and how to mend it, for each kind of field; the message stands above the field that it is about.
_FIELD_WORDS: dict[type[forms.Field], dict[str, str]] = {
    forms.Field: {"required": "这一项还没有填，请填写"},
    forms.CharField: {},
    forms.IntegerField: {"invalid": "这里要填整数，例如 12，不带单位和其他文字"},
    forms.FloatField: {"invalid": "这里要填数字，例如 12.5，不带单位和其他文字"},
    forms.DecimalField: {"invalid": "这里要填数字，例如 12.5，不带单位和其他文字"},
    forms.DateField: {"invalid": "日期看不懂或没有这一天，请写成 2026-11-03 这样的年月日"},
    forms.DateTimeField: {"invalid": "时间看不懂，请写成 2026-11-03 09:30 这样"},
    forms.ChoiceField: {
        "required": "这一项还没有选，请从列表里选一个",
        "invalid_choice": "没有“%(value)s”这个选项，请从列表里选",
    },
    forms.MultipleChoiceField: {
        "required": "这一项还没有选，请至少选一个",
        "invalid_choice": "没有“%(value)s”这个选项，请从列表里选",
        "invalid_list": "选项没有传完整，请刷新页面重新选",
    },
    forms.ModelChoiceField: {
        "required": "这一项还没有选，请从列表里选一个",
        "invalid_choice": "选的这一个不在列表里，可能刚被改过，请刷新页面重新选",
    },
    forms.BooleanField: {"required": "请先勾选，再提交"},
    forms.FileField: {
        "required": "还没有选文件，请选一个文件再提交",
        "invalid": "文件没有传上来，请重新选文件再提交",
        "missing": "文件没有传上来，请重新选文件再提交",
        "empty": "这个文件是空的，请核对是不是选错了文件",
        "max_length": "文件名最多 %(max)d 个字，现在有 %(length)d 个，请改短后再上传",
    },
    forms.RegexField: {"invalid": "格式不对，请按下面的提示填写"},
    forms.EmailField: {"invalid": "邮箱地址不完整，请核对"},
    forms.UUIDField: {"invalid": "编号不完整，请刷新页面再试"},
}


def use_own_words() -> None:
    """Say what a form finds wrong in this product's words wherever a form has it; called once at the start."""
    for kind, words in _FIELD_WORDS.items():
        # A kind's own dictionary: `Field` gathers them from the classes above it, each overriding the one before.
        kind.default_error_messages = {**vars(kind).get("default_error_messages", {}), **words}
    validators.DecimalValidator.messages = {
        "invalid": "这里要填数字，例如 12.5",
        "max_digits": "最多 %(max)s 位数字，请核对",
        "max_decimal_places": "小数点后最多 %(max)s 位",
        "max_whole_digits": "小数点前最多 %(max)s 位，请核对",
    }
    validators.ProhibitNullCharactersValidator.message = "里面有看不见的控制字符（NUL），请删去重新输入"
    validators.FileExtensionValidator.message = "不收“%(extension)s”格式的文件，可以收：%(allowed_extensions)s"
    validators.MaxLengthValidator.message = "最多 %(limit_value)d 个字，现在有 %(show_value)d 个"
    validators.MinLengthValidator.message = "至少 %(limit_value)d 个字，现在有 %(show_value)d 个"
    validators.MinValueValidator.message = "不能小于 %(limit_value)s"
    validators.MaxValueValidator.message = "不能大于 %(limit_value)s"
