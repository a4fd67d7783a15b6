"""Templates carry no inline style, script or handler: the content security policy would silence them."""

import re
from pathlib import Path

import pytest
from repository import ROOT, own_templates

INLINE = {
    "style element": re.compile(r"<style\b", re.I),
    "style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.I),
    "event handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.I),
    "script without a file": re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)", re.I),
    "javascript address": re.compile(r"""["']\s*javascript:""", re.I),
    "evaluated by htmx": re.compile(r"\bhx-on\b|\bhx-vals=['\"]js:", re.I),
}


def inline_parts(text: str) -> list[str]:
    return [what for what, pattern in INLINE.items() if pattern.search(text)]


@pytest.mark.parametrize("path", own_templates(), ids=lambda path: str(path.relative_to(ROOT / "src/lianheng/web")))
def test_no_template_holds_any(path: Path) -> None:
    assert not inline_parts(path.read_text())


@pytest.mark.parametrize(
    "text",
    [
        "<style>p{}</style>",
        '<p class="a" style="color:red">',
        '<button onclick="go()">',
        "<script>go()</script>",
        '<a href="javascript:go()">',
        '<p hx-on:click="go()">',
    ],
)
def test_it_would_find_one(text: str) -> None:
    assert len(inline_parts(text)) == 1
