"""Words of standards in templates."""

from collections.abc import Mapping
from typing import Any

from django import template

from lianheng.web.standards.models import NegativeItem
from lianheng.web.standards.sources import effect_words, mark_names

register = template.Library()


@register.filter
def marks(mark: str, content: Mapping[str, Any]) -> list[str]:
    """Return the names of a mark's words: 原文, 公开资料, 拟稿."""
    return mark_names(mark, content)


@register.filter
def effect(row: NegativeItem) -> str:
    """Say what a confirmed negative event does."""
    return effect_words(row.effect, row.cap, row.points)
