"""Before `lianheng city load`: every page answers, and each that needs the profile names the command and its page."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.conftest import MakeUser
from lianheng.web.units.models import Division

pytestmark = pytest.mark.django_db
NEEDING = [
    "units:unit_types",
    "units:map",
    "units:create_institution",
    "units:check_import",
    "assessment:schemes",
    "assessment:rounds",
    "measures:rechecks",
]
ACTS = {
    "assessment:draft_schemes": {"year": "2026"},
    "assessment:create_round": {"year": 2026, "self_score_due": "2026-12-15", "assess_due": "2027-01-10"},
    "measures:draw_recheck": {"period": "2026", "part": "X"},
}


@pytest.fixture
def office(make_user: MakeUser, small_tree: dict[str, Division], log_in: Callable[[User], Client]) -> Client:
    return log_in(make_user("office", "special_office", division="4304"))


@pytest.mark.parametrize("name", NEEDING)
def test_pages_name_the_command_and_offer_no_form(office: Client, name: str) -> None:
    answer = office.get(reverse(name))
    said = answer.content.decode()
    assert answer.status_code == 200
    assert "lianheng city load" in said and "docs/how-to/start-an-office.md" in said
    assert 'method="post"' not in said.split("<main")[1]


def test_the_standards_name_theirs(office: Client) -> None:
    assert "lianheng standards load" in office.get(reverse("standards:index")).content.decode()


@pytest.mark.parametrize("name", ACTS)
def test_acts_are_refused_in_words(office: Client, name: str) -> None:
    assert office.post(reverse(name), ACTS[name]).status_code in (404, 409, 422)
