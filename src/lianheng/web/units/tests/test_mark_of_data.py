"""What pages and documents say of their data is true: a demonstration, an office's trial, or nothing in production."""

import io
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.documents import marking
from lianheng.web.conftest import MakeUser
from lianheng.web.units.models import CityProfile, Division

pytestmark = pytest.mark.django_db
TRIAL, DEMONSTRATION = "试用模式，不得用于正式考核", "演示数据，演示日"


@pytest.mark.parametrize(
    ("mode", "demo_city", "said", "document"),
    [
        ("demo", False, TRIAL, "试用，不得用于正式考核"),
        ("demo", True, DEMONSTRATION, "演示数据，不是真实评价"),
        ("production", False, "", None),
    ],
)
def test_pages_and_documents_say_what_is_true(  # type: ignore[no-untyped-def]
    small_tree: dict[str, Division], make_user: MakeUser, log_in: Callable[[User], Client], settings,
    mode: str, demo_city: bool, said: str, document: str | None,
) -> None:  # fmt: skip
    call_command("city_load", "hengyang", stdout=io.StringIO())
    CityProfile.objects.update(is_demo=demo_city)
    settings.MODE = mode
    browser = log_in(make_user("office", "special_office", division="4304"))
    for page in (browser.get("/"), Client().get("/login/")):
        text = page.content.decode()
        assert [word for word in (TRIAL, DEMONSTRATION) if word in text] == ([said] if said else [])
    assert marking() == document


def test_before_any_city_it_is_a_trial(make_user: MakeUser, log_in: Callable[[User], Client], settings) -> None:  # type: ignore[no-untyped-def]
    settings.MODE = "demo"
    assert TRIAL in log_in(make_user("sys", "system_admin")).get("/").content.decode()


def test_the_database_is_not_asked_for_every_page(db: None, settings, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    settings.MODE = "demo"
    with django_assert_num_queries(1):
        Client().get("/login/")
    with django_assert_num_queries(0):
        Client().get("/login/")
