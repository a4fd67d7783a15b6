"""One file, nothing loaded from elsewhere, text that stays text, equal bytes for equal input."""

import doctest
import re
import warnings

import pytest

from lianheng.engine.reports import charts, page
from lianheng.engine.reports.blocks import Chart, DataTable, Facts, Note, Paragraph, Section

NAN = float("nan")


def _charts() -> list[str]:
    return [
        charts.bar_chart(["衡阳县", "A & B"], [1.0, NAN], axis="分数", highlight=[0]),
        charts.stacked_bar_chart(["甲", "乙"], {"x": [1.0, -2.0], "y": [2.0, -1.0]}),
        charts.interval_chart(["甲", "乙"], [1, 2], [1, 1], [2, 3], reverse=True),
        charts.line_chart([2024, 2025], {"甲": [1.0, NAN], "乙": [2.0, 3.0]}),
        charts.heat_map(["r"], ["c", "d"], [[0.9, NAN]]),
        charts.histogram([1.0, 2.0, NAN]),
    ]


def _page() -> str:
    blocks = [
        Paragraph("<script>alert(1)</script>"),
        Note("n"),
        Facts([("a", "b")]),
        DataTable(["名称", "分"], [["甲", 1234.5], ["乙", None]], caption="c"),
        *[Chart(svg, "k") for svg in _charts()],
    ]
    return page.render_page("报告", [Section("一", blocks)], contents_heading="目录", footer="f", subtitle="s")


def test_nothing_is_loaded_from_elsewhere_and_input_is_escaped() -> None:
    html = _page()
    assert "<script" not in html
    addresses = re.findall(r'(?:src|href|url)\s*[=(]\s*"?([^")\s>]+)', html)
    assert addresses
    assert all(address.startswith("#") for address in addresses)
    assert set(re.findall(r"https?://[^\s\"']+", html)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_words_stay_text_and_measuring_them_gives_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = charts.bar_chart(["衡阳市雁峰区黄茶岭街道"], [1.0])
    assert ">衡阳市雁峰区黄茶岭街道<" in svg
    assert "A &amp; B" in _charts()[0]


def test_no_id_comes_twice() -> None:
    ids = re.findall(r'\bid="([^"]+)"', "".join(svg for svg in [_charts()[0], _charts()[4]]))
    assert not [name for name in ids if name.startswith(("figure", "patch", "axes"))]


def test_equal_input_gives_equal_bytes() -> None:
    assert _page() == _page()


def test_numbers_and_gaps_in_a_table() -> None:
    table = DataTable(["a"], [], decimals=1)
    assert [table.text(cell) for cell in (None, NAN, 1234.56, -0.5, 7, "x")] == ["–", "–", "1,234.6", "−0.5", "7", "x"]


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="zh-CN"):
        page.render_page("t", [], language="fr")


def test_the_examples_of_the_docstrings_run() -> None:
    assert doctest.testmod(page).failed == 0


def test_an_axis_of_ranks_begins_at_1() -> None:
    ranks = list(range(1, 51))
    drawn = charts.interval_chart([f"u{rank}" for rank in ranks], ranks, ranks, ranks, reverse=True)
    assert ">1<" in drawn and ">50<" in drawn and ">0<" not in drawn


def test_on_a_phone_a_chart_scrolls_and_the_keyboard_reaches_it() -> None:
    html = _page()
    assert html.count('<div class="chart" tabindex="0" role="group" aria-label="k"><svg') == len(_charts())
    phone = html[html.index("@media screen and (max-width: 600px)") : html.index("@media print")]
    assert ".chart svg { min-width: 38rem; }" in phone
