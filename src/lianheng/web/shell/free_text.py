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


def use_own_words() -> None:
    """Say limits of length in this product's words wherever a form has them; called once at the start."""
    validators.MaxLengthValidator.message = "最多 %(limit_value)d 个字，现在有 %(show_value)d 个"
    validators.MinLengthValidator.message = "至少 %(limit_value)d 个字，现在有 %(show_value)d 个"
    validators.MinValueValidator.message = "不能小于 %(limit_value)s"
    validators.MaxValueValidator.message = "不能大于 %(limit_value)s"
