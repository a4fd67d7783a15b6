"""Numbers that lead from the county map to the list beside it."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lianheng.web.units.county_map import CountyMap

register = template.Library()


@register.simple_tag
def map_number(drawing: CountyMap, code: str) -> SafeString:
    """Return the number under which a phone's map shows a county; nothing for what is not on the map."""
    number = drawing.numbers.get(code)
    return format_html('<span class="map-key">{}</span>', number) if number else SafeString("")
