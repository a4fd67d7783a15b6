"""The browser and the people who sit before it."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from running import Office
from visitor import LAUNCH, WIDE, Visitor

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
Enter = Callable[..., Visitor]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    assert path, f"no browser: install one of {', '.join(BROWSERS)}"
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, **LAUNCH)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def enter(browser: Browser) -> Iterator[Enter]:
    """Return a function that seats a person at a window of their own; nobody may meet trouble in the browser."""
    seated: list[Visitor] = []

    def sit_down(office: Office, username: str = "", password: str = "", size: tuple[int, int] = WIDE) -> Visitor:
        visitor = Visitor(office.url, browser, size)
        seated.append(visitor)
        return visitor.log_in(username, password) if username else visitor

    yield sit_down
    for visitor in seated:
        visitor.close()
