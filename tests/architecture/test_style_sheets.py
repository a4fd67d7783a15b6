"""Every class of a style sheet stands on some page: what no template, script or view writes goes."""

import re
from functools import cache
from pathlib import Path

import pytest
from repository import ROOT

WEB = ROOT / "src/lianheng/web"
SHEETS = sorted(WEB.glob("*/static/*/*.css"))
# The beginning of a name that a page puts together: `tree-{{ level }}`, `light-{}`.
BEGUN = re.compile(r"([A-Za-z][\w-]*-)\{")
NAME = re.compile(r"[A-Za-z][\w-]*")


def classes_of(css: str) -> set[str]:
    """Return the classes of a sheet's selectors, also of those inside @media."""
    css = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", css, flags=re.S)
    return set(re.findall(r"\.([A-Za-z][\w-]*)", re.sub(r"\{[^{}]*\}", "{}", css)))


@cache
def _written() -> tuple[set[str], tuple[str, ...]]:
    """Return the names in class attributes of templates and in texts of views and scripts, and beginnings of names."""
    found: set[str] = set()
    begun: set[str] = set()
    for path in WEB.rglob("*"):
        if "tests" in path.parts or path.suffix not in (".html", ".py", ".js"):
            continue
        text = path.read_text()
        quoted = r'class="([^>]*)"' if path.suffix == ".html" else r"""["'`]([^"'`\n]*)["'`]"""
        for part in re.findall(quoted, text):
            found |= set(NAME.findall(part))
        # A Python text that holds a tag has the attribute's quotation marks inside its own.
        for part in re.findall(r'class="([^"]*)"', text):
            found |= set(NAME.findall(part))
            begun |= set(BEGUN.findall(part))
    return found, tuple(begun)


def test_a_sheet_is_read_as_browsers_do() -> None:
    css = "/* .no */ a.b, .c:not(.d) { background: url(x.e) } @media print { .f > .g-h { margin: .5rem; } }"
    assert classes_of(css) == {"b", "c", "d", "f", "g-h"}


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_every_class_is_written_somewhere(sheet: Path) -> None:
    written, begun = _written()
    assert not {name for name in classes_of(sheet.read_text()) - written if not name.startswith(begun)}
