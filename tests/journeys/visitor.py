"""One person at one browser window: goes where a page leads, fills what it asks, presses what it offers."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

WIDE, PHONE = (1440, 900), (390, 844)
LAUNCH = {
    "args": [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
}
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
# Answers that are part of a story: a form shown again with its errors, a refusal, a page out of scope.
EXPECTED_CONSOLE = re.compile(r"the server responded with a status of (403|404|409|422)")


@dataclass
class Visitor:
    """A person, logged in or not; whatever goes wrong in the browser is kept in `troubles`."""

    url: str
    browser: Browser
    size: tuple[int, int] = WIDE
    troubles: list[str] = field(default_factory=list)
    context: BrowserContext = field(init=False)
    page: Page = field(init=False)

    def __post_init__(self) -> None:
        self.context = self.browser.new_context(
            viewport={"width": self.size[0], "height": self.size[1]},
            is_mobile=self.size == PHONE,
            has_touch=self.size == PHONE,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            accept_downloads=True,
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.troubles.append(f"{self.page.url}: {error}"))
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # Violations of the content security policy are console errors too.
        if message.type == "error" and not EXPECTED_CONSOLE.search(message.text):
            self.troubles.append(f"{self.page.url}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:", "about:")):
            self.troubles.append(f"{self.page.url} asks another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.troubles.append(f"{response.status} at {response.url}")

    # What a person does

    def open(self, path: str) -> None:
        self.page.goto(self.url + path if path.startswith("/") else path, wait_until="load")

    def log_in(self, username: str, password: str) -> "Visitor":
        self.open("/login/")
        self.page.get_by_label("用户名").fill(username)
        self.page.get_by_label("密码").fill(password)
        self.press("登录")
        assert "/login/" not in self.page.url, self.page.inner_text("main")
        return self

    def press(self, label: str, within: str = "body") -> None:
        """Press the button with exactly this label."""
        self.page.locator(within).get_by_role("button", name=label, exact=True).first.click()
        self.page.wait_for_load_state("load")

    def follow(self, label: str, within: str = "body") -> None:
        """Follow the first link that says this."""
        self.page.locator(within).get_by_role("link", name=label).first.click()
        self.page.wait_for_load_state("load")

    def unfold(self, label: str) -> None:
        """Open the act that asks before it is done."""
        self.page.locator("summary", has_text=label).first.click()

    def download(self, label: str, folder: Path) -> Path:
        with self.page.expect_download() as coming:
            self.page.get_by_role("link", name=label).first.click()
        target = folder / coming.value.suggested_filename
        coming.value.save_as(target)
        return target

    def text(self) -> str:
        return self.page.inner_text("body")

    def sees(self, *texts: str) -> None:
        shown = self.text()
        for text in texts:
            assert text in shown, f"{self.page.url} does not show “{text}”:\n{shown[:3000]}"

    def wait_for_job(self, seconds: int = 60) -> None:
        """Stay on the job's page until the background work is done, as a person would; it renews itself."""
        assert "/jobs/" in self.page.url, self.page.url
        self.page.locator("#job", has_text="已完成").wait_for(timeout=seconds * 1000)

    # What a page must be

    def serious_findings(self) -> list[str]:
        """Return what axe-core calls serious or critical on this page."""
        # Through the debugger's world: the page's own policy takes no foreign script.
        found = self.page.evaluate(
            AXE + "\n;axe.run(document, {resultTypes: ['violations']}).then(r => r.violations"
            ".filter(v => ['serious', 'critical'].includes(v.impact))"
            ".map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | ')))"
        )
        return [str(line) for line in found]

    def width_beyond_window(self) -> int:
        # Not window.innerWidth: a phone's grows with what sticks out.
        return int(self.page.evaluate("document.scrollingElement.scrollWidth")) - self.size[0]

    def problems(self) -> list[str]:
        """Return what makes the page at hand unfit: for some eyes, for this window, for finding one's way."""
        found = self.serious_findings()
        if (headings := self.page.locator("h1").count()) != 1:
            found.append(f"{headings} h1")
        if (beyond := self.width_beyond_window()) > 0:
            found.append(f"{beyond} px beyond the window")
        return found

    def finds_it_fit(self) -> None:
        assert not (found := self.problems()), f"{self.page.url}: {found}"

    def close(self) -> None:
        self.context.close()
