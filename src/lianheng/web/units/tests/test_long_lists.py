"""A list of 10,001 rows through its address: counted to 10,000, exactly on request, by key beyond page 50."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lianheng.web.units.models import Institution

pytestmark = pytest.mark.django_db
MANY = 10_001


@pytest.fixture
def browser(make_user: Any, small_tree: Any, log_in: Any) -> Client:
    """The city's office over 10,001 schools, some of which share a name."""
    Institution.objects.bulk_create(
        (
            Institution(
                code=f"L{number:05}", name=f"第{number // 3}小学", sort_key=f"di {number // 3:05} xiao xue", level=3,
                unit_type="school", business_line="school", list_code="X", division_id="430421", province="43",
                city="4304", county="430421", valid_from="2024-01-01",
            )
            for number in range(MANY)
        ),
        batch_size=1000,
    )  # fmt: skip
    return log_in(make_user("office", "special_office", division="4304"))


def page_of(browser: Client, query: str) -> Any:
    return browser.get("/institutions/" + query).context["page"]


def asked(browser: Client, query: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        browser.get("/institutions/" + query)
    return [row["sql"] for row in queries.captured_queries if "units_institution" in row["sql"]]


def test_it_counts_to_ten_thousand_and_exactly_on_request(browser: Client) -> None:
    text = browser.get("/institutions/").content.decode()
    assert "第 1–20 行，共 10,000+ 行" in text and "导出这 10,000+ 行" in text
    assert 'href="?count=exact">数出准确行数</a>' in text
    counts = [sql for sql in asked(browser, "") if "COUNT(" in sql]
    assert len(counts) == 1 and "LIMIT 10001" in counts[0], "no count reads a million rows unasked"
    exact = browser.get("/institutions/?count=exact").content.decode()
    assert "共 10,001 行" in exact and "数出准确行数" not in exact
    Institution.objects.filter(code="L00000").delete()
    at_the_line = browser.get("/institutions/").content.decode()
    assert "共 10,000 行" in at_the_line and "数出准确行数" not in at_the_line


def test_beyond_page_50_it_goes_by_key(browser: Client) -> None:
    """Forwards to the last row in every offered order, nothing lost, nothing twice; and back."""
    for sort, order in (("name", ("sort_key", "id")), ("-code", ("-code",))):
        expected = list(Institution.objects.order_by(*order).values_list("pk", flat=True))
        query = f"?sort={sort}&size=100&page=49"
        seen, requests = expected[:4800], 0
        while query:
            page = page_of(browser, query)
            assert page.first == len(seen) + 1
            seen += [row.pk for row in page.objects]
            assert ("after=" in query) == (page.first > 5000)
            last, query, requests = query, page.next_query, requests + 1
        assert seen == expected and requests == 53
        assert page.last == MANY and len(page.objects) == 1
        rows = [sql for sql in asked(browser, last) if "ORDER BY" in sql]
        assert rows and not any("OFFSET" in sql for sql in rows)
        before = page_of(browser, page.previous_query)
        assert [row.pk for row in before.objects] == expected[-101:-1] and before.first == MANY - 100


def test_a_page_far_down_leads_back_to_the_first(browser: Client) -> None:
    text = browser.get("/institutions/?sort=code&page=50").content.decode()
    assert "第 981–1,000 行" in text and '<a class="btn btn-s" href="?sort=code">第一页</a>' in text
    assert "第一页" not in browser.get("/institutions/?page=2").content.decode()


def test_a_page_number_beyond_50_is_the_fiftieth(browser: Client) -> None:
    page = page_of(browser, "?page=400")
    assert (page.first, len(page.objects)) == (981, 20)
    assert "after=" in page.next_query
