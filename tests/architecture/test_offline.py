"""Pages load with the network off: no asset comes from another host."""

import re
from pathlib import Path

import pytest
from repository import ROOT, own_templates

ASSET = re.compile(
    r"""<(?:script|link|img|iframe|source|audio|video)\b[^>]*\b(?:src|href|srcset)\s*=\s*["']?(?:https?:)?//"""
    r"""|url\(\s*["']?(?:https?:)?//|@import\s+["'](?:https?:)?//|\b(?:fetch|importScripts)\(\s*["'](?:https?:)?//""",
    re.I,
)


def _files() -> list[Path]:
    static = (ROOT / "src").rglob("static/**/*")
    return own_templates() + sorted(path for path in static if path.suffix in {".css", ".js", ".svg", ".html"})


@pytest.mark.parametrize("path", _files(), ids=lambda path: str(path.relative_to(ROOT / "src/lianheng/web")))
def test_no_page_asks_another_host(path: Path) -> None:
    found = ASSET.search(path.read_text())
    assert found is None, found


@pytest.mark.parametrize(
    "text",
    ['<script src="https://cdn.example/x.js">', "a{background:url(//cdn.example/x.png)}", '@import "http://x/y"'],
)
def test_it_would_find_one(text: str) -> None:
    assert ASSET.search(text)
