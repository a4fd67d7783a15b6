"""Controls written without a template are letter for letter Django's own."""

from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from lianheng.web.shell.form_renderer import QuickControls

ATTRIBUTES = {"required": True, "disabled": False, "rows": 3, "data-x": '<&">', "title": mark_safe("a&amp;b")}
CHOICES = [("", "请选"), (1, "一 <b>"), ("2'", '二"&')]
WIDGETS = [
    forms.TextInput, forms.NumberInput, forms.EmailInput, forms.PasswordInput, forms.HiddenInput, forms.DateInput,
    forms.FileInput, forms.Textarea, forms.CheckboxInput, forms.RadioSelect, forms.Select, forms.SelectMultiple,
    forms.ClearableFileInput,
]  # fmt: skip
GROUPED = [("组", [("a", "甲")]), ("b", "乙")]
VALUES: list[Any] = [None, "", 1, "2'", '"><script>', "多\n行", 3.5, True, mark_safe("<i>")]


def _both(widget: forms.Widget, value: Any) -> tuple[str, str]:
    return tuple(  # type: ignore[return-value]
        str(widget.render("n<ame", value, ATTRIBUTES | {"id": "id_n"}, renderer))
        for renderer in (QuickControls(), DjangoTemplates())
    )


@pytest.mark.parametrize("kind", WIDGETS)
@pytest.mark.parametrize("value", VALUES)
def test_it_is_what_django_writes(kind: type[forms.Widget], value: Any) -> None:
    widget = kind()
    if hasattr(widget, "choices"):
        widget.choices = CHOICES
    quick, own = _both(widget, value)
    assert quick == own


@pytest.mark.parametrize("choices", [GROUPED, [], [(1, gettext_lazy("Yes")), (2, 3)]])
def test_unusual_choices_are_left_to_django(choices: Any) -> None:
    quick, own = _both(forms.Select(choices=choices), "b")
    assert quick == own


@given(st.text())
def test_whatever_was_typed_is_escaped(text: str) -> None:
    for widget in (forms.TextInput(), forms.Textarea(), forms.Select(choices=[(text, text)])):
        quick, own = _both(widget, text)
        assert quick == own
