"""No form speaks in the framework's words: every kind of field says what is wrong and how to mend it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

FRAMEWORK = re.compile(r"必填项|有效的|该变量|这个字段|确保|请输入|不能为空")
CASES: list[tuple[forms.Field, object, str]] = [
    (forms.CharField(), "", "这一项还没有填，请填写"),
    (forms.IntegerField(), "三", "这里要填整数"),
    (forms.DecimalField(max_digits=4, decimal_places=1), "1.25", "小数点后最多 1 位"),
    (forms.DecimalField(max_digits=3), "12345", "最多 3 位数字"),
    (forms.DecimalField(), "abc", "这里要填数字"),
    (forms.DateField(), "2026-02-30", "没有这一天，请写成 2026-11-03"),
    (forms.DateField(), "", "这一项还没有填"),
    (forms.ChoiceField(choices=[("a", "甲")]), "", "还没有选"),
    (forms.ChoiceField(choices=[("a", "甲")]), "b", "没有“b”这个选项"),
    (forms.MultipleChoiceField(choices=[("a", "甲")]), ["b"], "没有“b”这个选项"),
    (forms.BooleanField(), False, "请先勾选"),
    (forms.FileField(), None, "还没有选文件"),
    (forms.FileField(), SimpleUploadedFile("a.pdf", b""), "这个文件是空的"),
    (forms.FileField(max_length=3), SimpleUploadedFile("abcdef.pdf", b"1"), "文件名最多 3 个字，现在有 10 个"),
    (forms.CharField(), "a\0b", "看不见的控制字符"),
    (forms.CharField(max_length=2), "甲乙丙", "最多 2 个字，现在有 3 个"),
    (forms.IntegerField(min_value=1), "0", "不能小于 1"),
    (forms.RegexField("[0-9]+"), "x", "格式不对"),
]


@pytest.mark.parametrize(("field", "value", "said"), CASES)
def test_each_kind_of_error_is_said_in_own_words(field: forms.Field, value: object, said: str) -> None:
    with pytest.raises(forms.ValidationError) as refused:
        field.clean(value)
    message = "；".join(refused.value.messages)
    assert said in message and not FRAMEWORK.search(message)


def _kinds(kind: type[forms.Field]) -> Iterator[type[forms.Field]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)


def test_every_field_class_that_this_program_uses_has_own_words() -> None:
    """A form with a new kind of field must not bring the framework's sentences along."""
    web = Path(__file__).resolve().parents[2]
    text = "".join(path.read_text(encoding="utf-8") for path in web.rglob("*.py") if "tests" not in path.parts)
    used = set(re.findall(r"forms\.(\w+Field)\b", text))
    kinds = {kind.__name__: kind for kind in _kinds(forms.Field) if kind.__module__.startswith("django")}
    with translation.override("zh-hans"):
        for name in used:
            messages: dict[str, object] = {}
            for above in reversed(kinds[name].__mro__):
                messages |= getattr(above, "default_error_messages", {})
            assert not [text for text in map(str, messages.values()) if FRAMEWORK.search(text)], name
