"""The main pages of the product, each as somebody who works on it reaches it in the demonstration city."""

from collections.abc import Sequence
from dataclasses import dataclass

from visitor import Visitor


@dataclass(frozen=True)
class Station:
    """One page: who looks at it, where to begin, and which links (CSS selectors) lead on to it."""

    name: str
    who: str
    path: str
    then: Sequence[str] = ()

    def reach(self, visitor: Visitor) -> None:
        visitor.open(self.path)
        for selector in self.then:
            link = visitor.page.locator(f"main {selector}").first
            href = link.get_attribute("href")
            assert href, f"{self.name}: {selector} at {visitor.page.url} leads nowhere"
            # `?list=C` and `#item` belong to the page that the link stands on.
            visitor.open(link.evaluate("a => a.href"))


RUNNING = 'a[href^="/assessment/"]:text("2026年度")'
FINISHED = 'a[href^="/assessment/"]:text("2025年度")'
SHEET, RESULT, TITLE = 'a.title[href^="/sheets/"]', 'a.title[href^="/results/"]', "a.title"
STATIONS = [
    Station("login", "", "/login/"),
    Station("home-office", "office", "/"),
    Station("home-school", "school", "/"),
    Station("home-leader", "leader", "/"),
    Station("home-organ", "organ", "/"),
    Station("me", "office", "/me/"),
    Station("password", "office", "/me/password/"),
    Station("search", "office", "/search/?q=西渡"),
    Station("search-nothing", "office", "/search/?q=没有"),
    Station("standards", "office", "/standards/"),
    Station("standards-unit-type", "office", "/standards/types/school/"),
    Station("standards-list", "office", "/standards/lists/X/"),
    Station("standards-print", "office", "/standards/lists/X/print/"),
    Station("standards-category", "office", "/standards/categories/X1/"),
    Station("standards-item", "office", "/standards/lists/X/", ('a[href*="/items/"]',)),
    Station("standards-search", "office", "/standards/search/?q=食堂"),
    Station("standards-coverage", "office", "/standards/coverage/"),
    Station("standards-versions", "office", "/standards/versions/"),
    Station("standards-import", "office", "/standards/import/"),
    Station("documents", "office", "/standards/documents/"),
    Station("document", "office", "/standards/documents/", ('a[href*="/standards/documents/"]',)),
    Station("units", "office", "/units/"),
    Station("county", "office", "/units/430421/"),
    Station("town", "office", "/units/430421100/"),
    Station("map", "office", "/units/map/"),
    Station("unit-types", "office", "/unit-types/"),
    Station("institutions", "office", "/institutions/"),
    Station("institutions-none", "office", "/institutions/?q=没有这个单位"),
    Station("institution", "office", "/institutions/?q=西渡", (TITLE,)),
    Station("institution-new", "office", "/institutions/new/"),
    Station("institutions-import", "office", "/institutions/import/"),
    Station("evidence", "office", "/evidence/"),
    Station("measures-enter", "third", "/measures/enter/"),
    Station("measures-values", "third", "/measures/enter/?q=演示", ('.queue a[href^="/measures/enter/"]',)),
    Station("measures-import", "third", "/measures/import/X/"),
    Station("measure-value", "office", "/sheets/", (SHEET, 'a[href^="/measures/values/"]')),
    Station("rechecks", "office", "/measures/rechecks/"),
    Station("rounds", "office", "/assessment/"),
    Station("round-running", "office", "/assessment/", (RUNNING,)),
    Station("round-finished", "office", "/assessment/", (FINISHED,)),
    Station("round-leader", "leader", "/assessment/", (FINISHED,)),
    Station("missing", "office", "/assessment/", (FINISHED, 'a[href$="/missing/"]')),
    Station("seating", "office", "/assessment/", (RUNNING, 'a[href$="/seats/"]')),
    Station("schemes", "office", "/assessment/schemes/"),
    Station("scheme", "office", "/assessment/schemes/", (TITLE,)),
    Station("sheets", "office", "/sheets/"),
    Station("sheets-school", "school", "/sheets/"),
    Station("sheet-form", "school", "/", (TITLE,)),
    Station("sheet-form-village", "village", "/", (TITLE,)),
    Station("sheet-office", "office", "/sheets/", (SHEET,)),
    Station("sheet-area", "area", "/", (TITLE,)),
    Station("extensions", "office", "/extensions/"),
    Station("seats", "assessor01", "/seats/"),
    Station("seat", "assessor01", "/seats/?state=done", (TITLE,)),
    Station("events", "supervision", "/events/"),
    Station("event", "supervision", "/events/", (TITLE,)),
    Station("event-choose", "supervision", "/events/new/?q=演示"),
    Station("event-enter", "supervision", "/events/new/?q=演示", ('a[href^="/events/new/"]',)),
    Station("results", "office", "/results/"),
    Station("results-schools", "office", "/results/?group=X"),
    Station("results-county", "county", "/results/"),
    Station("result", "office", "/results/", (RESULT,)),
    Station("result-own", "school", "/results/", (RESULT,)),
    Station("result-map", "leader", "/results/map/"),
    Station("objections", "office", "/objections/"),
    Station("objection", "office", "/objections/", (TITLE,)),
    Station("use", "office", "/assessment/", (FINISHED, 'a[href$="/use/"]')),
    Station("inclusions", "area", "/results/", (RESULT, 'a[href*="/inclusions/"]')),
    Station("people", "sysadmin", "/people/"),
    Station("person", "sysadmin", "/people/", ('a.title[href^="/people/"]',)),
    Station("person-new", "sysadmin", "/people/new/"),
    Station("people-import", "sysadmin", "/people/import/"),
    Station("workdays", "sysadmin", "/workdays/"),
    Station("person-grant", "secadmin", "/people/", ('a.title[href^="/people/"]',)),
    Station("why", "secadmin", "/people/why/"),
    Station("scope-check", "secadmin", "/people/check/"),
    Station("people-releases", "secadmin", "/people/releases/"),
    Station("stand-ins", "office", "/people/stand-ins/"),
    Station("trail", "auditor", "/trail/"),
    Station("trail-entry", "auditor", "/trail/", ('a[href^="/trail/"]:not([href*="?"])',)),
    Station("checkpoints", "auditor", "/trail/checkpoints/"),
    Station("log-ins", "auditor", "/trail/log-ins/"),
    Station("not-found", "office", "/results/99999999/"),
]
