"""The .docx as LibreOffice draws it; in CI only, for it takes 250 MB that the product itself never needs.

CI installs `libreoffice-writer-nogui`; the fonts come from this package.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from lianheng.engine.letters import OfficialDocument, Paragraph, to_docx

from .reading import MM, characters, lines_of, rules, texts
from .sample import NOTICE, PLAIN, changed

FONTS = Path(__file__).parents[1] / "fonts"
# What stands in for the fonts of a government computer, and for Times.
ALIASES = {
    "仿宋_GB2312": "FandolFang R",
    "楷体_GB2312": "FandolKai",
    "黑体": "FandolHei",
    "方正小标宋简体": "Noto Serif CJK SC",
    "宋体": "Noto Serif CJK SC",
    "Times New Roman": "Noto Serif CJK SC",
}

pytestmark = pytest.mark.skipif(
    not (os.environ.get("CI") and shutil.which("soffice")), reason="needs CI and soffice (libreoffice-writer-nogui)"
)


def _convert(document: OfficialDocument, folder: Path) -> bytes:
    rule = (
        '<match target="pattern"><test name="family"><string>{}</string></test>'
        '<edit name="family" mode="assign" binding="strong"><string>{}</string></edit></match>'
    )
    (folder / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{FONTS}</dir><cachedir>{folder / 'cache'}</cachedir>"
        + "".join(rule.format(*pair) for pair in ALIASES.items())
        + "</fontconfig>",
        encoding="utf-8",
    )
    (folder / "letter.docx").write_bytes(to_docx(document))
    command = ["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
    command += ["--convert-to", "pdf", "--outdir", str(folder), str(folder / "letter.docx")]
    environment = {**os.environ, "FONTCONFIG_FILE": str(folder / "fonts.conf")}
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=180)
    return (folder / "letter.pdf").read_bytes()


def test_a_continuation_page_holds_22_lines_of_28_characters(tmp_path: Path) -> None:
    pdf = _convert(changed(PLAIN, body=(Paragraph("国" * 3 * 616),)), tmp_path)
    first, second, *_ = characters(pdf)
    lines = lines_of(second, "国")
    assert len(lines) == 22
    assert {len(line) for line in lines} == {28}
    assert lines[0][0]["x0"] * MM == pytest.approx(28, abs=0.2)
    assert lines[0][-1]["x1"] * MM == pytest.approx(184, abs=0.4)
    assert texts(pdf)[0].startswith("评价结果单")
    assert len(lines_of(first, "国")[0]) == 26


def test_head_and_tail_stand_where_they_stand_in_the_pdf(tmp_path: Path) -> None:
    pdf = _convert(changed(NOTICE, body=(Paragraph("国"),), attachments=()), tmp_path)
    pages = texts(pdf)
    assert len(pages) == 1
    assert "衡廉办〔2026〕5号" in pages[0]
    assert "—1—" in pages[0]
    mark = [c for c in characters(pdf)[0] if c["size"] > 30]
    assert "".join(c["text"] for c in mark) == NOTICE.agency
    assert mark[0]["top"] * MM == pytest.approx(37 + 35, abs=4)
    assert max(r["bottom"] for r in rules(pdf)) * MM == pytest.approx(262, abs=1.5)
    tail = next(c for c in characters(pdf)[0] if c["text"] == "抄")
    assert tail["top"] * MM > 235
