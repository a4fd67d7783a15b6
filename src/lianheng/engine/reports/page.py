"""One HTML file from sections: opens without network, prints well, reads well on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from .blocks import Section

LANGUAGES = ("zh-CN", "en")


def render_page(
    title: str,
    sections: Sequence[Section],
    *,
    subtitle: str = "",
    footer: str = "",
    language: str = "zh-CN",
    contents_heading: str = "",
) -> str:
    """Return the report as one HTML page.

    Parameters
    ----------
    title, subtitle, footer : str
        Plain text, escaped here.
    sections : sequence of Section
        In the order of reading. An empty sequence gives a page with its title alone.
    language : str
        "zh-CN" or "en": the page's language, which also chooses the fonts.
    contents_heading : str
        Heading of the list of sections; without it there is no such list.

    Returns
    -------
    str
        HTML with styles and drawings inside; nothing is loaded from elsewhere, there is no script.

    Examples
    --------
    >>> from lianheng.engine.reports.blocks import Paragraph
    >>> page = render_page("指数 <1>", [Section("说明", [Paragraph("a < b")])])
    >>> "<h1>指数 &lt;1&gt;</h1>" in page, "a &lt; b" in page
    (True, True)
    """
    if language not in LANGUAGES:
        raise ValueError(f"language: {language!r}; use one of {', '.join(LANGUAGES)}")
    template = _environment().get_template("page.html.j2")
    return str(
        template.render(
            title=title,
            subtitle=subtitle,
            footer=footer,
            sections=sections,
            language=language,
            contents_heading=contents_heading,
            style=_text("page.css"),
        )
    )


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _environment() -> Any:
    from jinja2 import DictLoader, Environment, StrictUndefined

    return Environment(
        loader=DictLoader({"page.html.j2": _text("page.html.j2")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
