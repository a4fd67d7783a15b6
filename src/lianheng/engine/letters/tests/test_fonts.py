"""Every place in China can be named: each character of each division name is drawn, but two private-use ones."""

import csv
import gzip
from pathlib import Path

import pytest

from lianheng.engine.letters import Heading, Paragraph, Table, coverage, to_pdf

from .reading import characters, glyphs_not_defined, texts
from .sample import NOTICE, PLAIN, changed

pytestmark = pytest.mark.slow

FONTS = Path(__file__).parents[1] / "fonts"
DIVISIONS = Path(__file__).parents[3] / "library" / "divisions" / "china-all-levels.csv.gz"
PRIVATE_USE = {"\ue170", "\ue08b"}


@pytest.fixture(scope="module")
def division_characters() -> list[str]:
    with gzip.open(DIVISIONS, "rt", encoding="utf-8", newline="") as lines:
        return sorted({character for row in csv.DictReader(lines) for character in row["name"]})


def test_only_the_two_private_use_characters_have_no_glyph(division_characters: list[str]) -> None:
    assert len(division_characters) > 5000
    assert set(coverage.undrawable("".join(division_characters))) == PRIVATE_USE


def test_every_division_character_is_drawn_in_every_face(division_characters: list[str]) -> None:
    drawable = [c for c in division_characters if c not in PRIVATE_USE]
    text = "".join(drawable)
    body = (Heading(1, text), Heading(2, text), Paragraph(text), Table(("甲",), tuple((c,) for c in drawable[:300])))
    pdf = to_pdf(changed(PLAIN, title="标题", body=body))
    assert glyphs_not_defined(pdf) == 0
    assert set(text) - set("".join(texts(pdf))) - {" ", "\u3000"} == set()


def test_every_division_character_is_drawn_in_titles_and_marks(division_characters: list[str]) -> None:
    text = "".join(c for c in division_characters if c not in PRIVATE_USE)
    for start in range(0, len(text), 1200):
        pdf = to_pdf(changed(NOTICE, title=text[start : start + 1200], agency="洣水镇𣒍"))
        assert glyphs_not_defined(pdf) == 0


def test_a_rare_character_of_a_name_is_drawn_in_bold_and_regular() -> None:
    text = "喆煊璟犇淼翀祎玥㛃"
    assert coverage.undrawable(text) in ("", "㛃")
    pdf = to_pdf(changed(PLAIN, title=text, body=(Paragraph(text),)))
    assert glyphs_not_defined(pdf) == 0


def test_the_list_of_covered_characters_is_what_the_fonts_hold() -> None:
    tt = pytest.importorskip("fontTools.ttLib", reason="fontTools is a development tool")
    codes = {code for font in FONTS.glob("*.?tf") for code in tt.TTFont(font, lazy=True).getBestCmap()}
    listed = {c for c in range(0x110000) if coverage.can_draw(chr(c))}
    # Spaces that are never drawn need no glyph.
    assert listed - codes <= {0x0A, 0x20, 0xA0, 0x200B, 0x3000}
    assert codes <= listed


def test_the_fonts_are_embedded_and_no_others() -> None:
    names = {c["fontname"].split("+")[-1].split("-")[0] for page in characters(to_pdf(NOTICE)) for c in page}
    assert names == {"FandolFang", "FandolKai", "FandolHei", "NotoSerifCJKsc"}


def test_the_fonts_weigh_at_most_30_megabytes_and_bring_their_licences() -> None:
    assert sum(file.stat().st_size for file in FONTS.iterdir()) <= 30_000_000
    notice = (FONTS / "NOTICE").read_text(encoding="utf-8")
    for font in FONTS.glob("*.?tf"):
        assert font.name in notice
    for licence in ("LICENSE-Fandol.txt", "LICENSE-Noto.txt", "LICENSE-Hanazono.txt"):
        assert licence in notice
        assert (FONTS / licence).stat().st_size > 1000
