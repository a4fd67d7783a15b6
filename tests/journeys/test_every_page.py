"""Every main page in the demonstration city: for everybody's eyes, hands and paper, on a desk and on a phone."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pdfplumber
import pytest
from pages import STATIONS
from running import Office
from visitor import PHONE, WIDE, Visitor

pytestmark = pytest.mark.journey

PASSWORD = "Demo-2026-lh"
DEMO_TODAY = "2026-12-08"
LONG_NAME = "衡阳县西渡镇演示超长名称九年一贯制寄宿学校附属第二实验幼儿园及托育服务中心甲"
MOST_TABS = 60


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A corner of the demonstration city, with its two years."""
    office = Office(tmp_path_factory.mktemp("demo"), today=DEMO_TODAY)
    office.prepare()
    office.command("demo", "load", "--scale", "0.03")
    office.start()
    yield office
    office.stop()


@pytest.fixture(scope="module")
def window(city: Office, enter: Callable[..., Visitor]) -> Callable[[str, tuple[int, int]], Visitor]:
    """Return a person's window of a size; it stays open between tests."""
    windows: dict[tuple[str, tuple[int, int]], Visitor] = {}

    def seat(who: str, size: tuple[int, int]) -> Visitor:
        if (who, size) not in windows:
            windows[who, size] = enter(city, who, PASSWORD if who else "", size=size)
        return windows[who, size]

    return seat


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1440", "390"])
def test_every_page_is_fit_for_use(window: Callable[[str, tuple[int, int]], Visitor], size: tuple[int, int]) -> None:
    """No serious finding of axe-core, one h1, nothing beyond the window or in the console, no other host asked."""
    found: dict[str, list[str]] = {}
    for station in STATIONS:
        visitor = window(station.who, size)
        visitor.troubles.clear()
        station.reach(visitor)
        problems = visitor.problems() + visitor.troubles
        if problems:
            found[f"{station.name} {visitor.page.url}"] = problems
    assert found == {}


def test_the_checks_can_fail(window: Callable[[str, tuple[int, int]], Visitor]) -> None:
    """A page spoilt on purpose is noticed: a picture without words, a script of another host, a line too long."""
    visitor = window("", PHONE)
    visitor.open("/login/")
    visitor.page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend',"
        ' \'<img src="/static/shell/icon.svg"><button></button><div class="wide-probe">.</div>\')'
    )
    visitor.page.evaluate("document.querySelector('.wide-probe').style.width = '900px'")
    visitor.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {src: 'http://other.invalid/x.js'}))"
    )
    visitor.page.wait_for_timeout(300)
    assert any("image-alt" in line for line in visitor.serious_findings())
    assert visitor.width_beyond_window() > 0
    assert any("other.invalid" in line for line in visitor.troubles), visitor.troubles


@pytest.mark.parametrize(
    ("who", "path", "wanted"),
    [
        ("office", "/", "main .btn-primary"),
        ("school", "/", "main .btn-primary"),
        ("office", "/assessment/", "main a.title"),
        ("supervision", "/events/", "main .btn-primary"),
        ("sysadmin", "/people/", "main .btn-primary"),
        ("", "/login/", "main .btn-primary"),
    ],
)
def test_the_main_act_is_reached_by_keyboard(
    window: Callable[[str, tuple[int, int]], Visitor], who: str, path: str, wanted: str
) -> None:
    """The first stop is the skip link, it leads past the navigation, and the focus is seen wherever it stands."""
    visitor = window(who, WIDE)
    visitor.open(path)
    page = visitor.page
    if who:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
    goal = page.locator(wanted).first
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML")
        if goal.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError(f"{wanted} at {path} is not reached in {MOST_TABS} steps")


@pytest.mark.parametrize(
    ("who", "path", "link", "kept"),
    [
        ("office", "/results/", 'a.title[href^="/results/"]', "逐项得分"),
        ("office", "/standards/lists/X/print/", "", "干部清廉"),
        ("school", "/", "a.title", "干部清廉"),
        ("office", "/", "", "待办"),
    ],
)
def test_it_prints(
    window: Callable[[str, tuple[int, int]], Visitor], tmp_path: Path, who: str, path: str, link: str, kept: str
) -> None:
    """On paper stand the contents and a foot with page and person; navigation and buttons stay on the screen."""
    visitor = window(who, WIDE)
    visitor.open(path)
    if link:
        visitor.open(visitor.page.locator(f"main {link}").first.evaluate("a => a.href"))
    visitor.page.pdf(path=tmp_path / "page.pdf", format="A4")
    with pdfplumber.open(tmp_path / "page.pdf") as pdf:
        text = "".join(page.extract_text() or "" for page in pdf.pages)
    # Fonts share a glyph between a character and its radical; the file may name either.
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    assert kept in text
    assert "打印人" in text
    assert "退出登录" not in text
    assert "全站搜索" not in text


def test_a_long_name_fits(window: Callable[[str, tuple[int, int]], Visitor]) -> None:
    """Forty characters stay within the page, in the list and on the page of the institution."""
    assert len(LONG_NAME) in range(38, 41)
    office = window("office", WIDE)
    office.open("/institutions/new/")
    office.page.locator("main [name=code]").fill("X430421-999")
    office.page.locator("main [name=name]").fill(LONG_NAME)
    for name, value in (("division", "430421100"), ("unit_type", "school"), ("list_code", "X")):
        field = office.page.locator(f"main [name={name}]")
        if field.evaluate("node => node.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    office.page.locator("main form[method=post] .btn-primary").click()
    office.page.wait_for_load_state("load")
    for size in (WIDE, PHONE):
        visitor = window("office", size)
        for path in ("/institutions/?q=超长名称", office.page.url.removeprefix(office.url)):
            visitor.open(path)
            visitor.sees(LONG_NAME)
            assert visitor.width_beyond_window() <= 0, path
