"""A service refused a value: the form comes back with what was typed, and says it where it was typed."""

from django.forms import BaseForm

from lianheng.web.shell.errors import InvalidInput


def show_refusal(form: BaseForm, refusal: InvalidInput, otherwise: str | None = None) -> None:
    """Put a refusal above the field that it is about; of a form without that field, above `otherwise` or the whole."""
    form.add_error(refusal.field if refusal.field in form.fields else otherwise, refusal.message)
