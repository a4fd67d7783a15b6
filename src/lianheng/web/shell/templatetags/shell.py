"""Template words used on every page."""

import datetime as dt
import html
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from lianheng.web.shell.addresses import url
from lianheng.web.shell.clock import SHANGHAI, today

register = template.Library()
register.tag("url", url)

LIGHT_NAMES = {"red": "红灯", "yellow": "黄灯", "blue": "蓝灯", "green": "绿灯", "done": "已办结"}


@register.simple_tag
def light(colour: str, reason: str) -> SafeString:
    """Show a light: a shape, read aloud as its colour, and the reason in words."""
    return format_html(
        '<span class="light light-{}"><span class="sr">{}：</span>{}</span>', colour, LIGHT_NAMES[colour], reason
    )


@register.filter
def points(value: Decimal | float | None) -> str:
    """Write points with two decimals; nothing known is a dash."""
    return "—" if value is None else f"{Decimal(value):.2f}".replace("-", "−")


@register.filter
def plain(value: Decimal | None) -> str:
    """Write a number without trailing zeros."""
    if value is None:
        return "—"
    text = f"{Decimal(value).normalize():f}"
    return text.replace("-", "−")


@register.filter
def day(value: dt.date | dt.datetime | None) -> str:
    """Write a date as 11月20日, with the year when it is not this one."""
    if not value:  # an absent row gives the template an empty string
        return "—"
    if isinstance(value, dt.datetime):
        value = value.astimezone(SHANGHAI).date()
    short = f"{value.month}月{value.day}日"
    return short if value.year == today().year else f"{value.year}年{short}"


@register.filter
def moment(value: dt.datetime | None) -> str:
    """Write a moment in local time, to the minute."""
    return "—" if value is None else value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


@register.filter
def timeline_rows(entries: Iterable[Any]) -> SafeString:
    """Write the lines of a timeline; in one piece, since nearly every page of a thing has twenty of them."""
    return mark_safe("\n    ".join(_timeline_row(entry, first=n == 0) for n, entry in enumerate(entries)))


def _timeline_row(entry: Any, *, first: bool) -> str:
    local = entry.time.astimezone(SHANGHAI)
    shown = local.strftime("%Y-%m-%d %H:%M")
    words = entry.action
    if entry.times > 1:
        words += f" {entry.times} 次，最近 {shown}"
    if entry.result == "refused":
        words += "（未办成）"
    if entry.comment:
        words += f"：{entry.comment}"
    current = ' class="now"' if first else ""
    return (
        f'<li{current}><time datetime="{local.isoformat(timespec="seconds")}">{shown}</time>'
        f'{html.escape(words)}<br><span class="meta">{html.escape(entry.actor)}</span></li>'
    )


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    """Look a key up; None when it is not there."""
    return mapping.get(key)


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """Return this page's query string with some parameters changed; an empty value takes one out."""
    values = context["request"].GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            values.pop(key, None)
        else:
            values[key] = value
    return f"?{values.urlencode()}"
