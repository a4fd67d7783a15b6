"""Addresses of pages and things: each pattern is looked up once, not again for every row of every page.

What an address consists of never changes while the server runs: the pattern, and where the server is mounted.
"""

import re
from functools import cache
from typing import Any

from django.template import Context
from django.template.base import Parser, Token
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as read_url
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.html import conditional_escape

# Numbers and codes: nothing in them has to be quoted, for an address or for a page.
_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")
_STAND_IN = 987_654_321


@cache
def _pattern(name: str, parts: int, prefix: str) -> str | None:
    """Return an address with "{}" for its parts; None where a part may not be any number."""
    stand_ins = [_STAND_IN + part for part in range(parts)]
    try:
        found = reverse(name, args=stand_ins)
    except NoReverseMatch:
        return None
    for number in stand_ins:
        found = found.replace(str(number), "{}")
    return found


def address(name: str, *parts: Any) -> str:
    """Return what `reverse` returns."""
    if all(type(part) is int or (isinstance(part, str) and _PLAIN.fullmatch(part)) for part in parts):
        pattern = _pattern(name, len(parts), get_script_prefix())
        if pattern is not None:
            return pattern.format(*parts)
    return reverse(name, args=parts)


class _Address(URLNode):
    """Django's {% url %} for parts in their order; named parts and variables are left to Django."""

    def render(self, context: Context) -> str:
        name = self.view_name.resolve(context)
        parts = [part.resolve(context) for part in self.args]
        found = address(name, *parts)
        return conditional_escape(found) if context.autoescape else found


def url(parser: Parser, token: Token) -> URLNode:
    """Read Django's {% url %}; a builtin of this name takes the place of Django's own."""
    node: URLNode = read_url(parser, token)
    if node.kwargs or node.asvar:
        return node
    return _Address(node.view_name, node.args, node.kwargs, node.asvar)
