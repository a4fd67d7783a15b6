"""Queries written once for each form of rights: what one person's query left behind never shows in another's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from lianheng.web.accounts.models import User
from lianheng.web.accounts.prepared import ask_for
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import Grant, visible
from lianheng.web.shell import prepared
from lianheng.web.shell.prepared import ask, one_or_404
from lianheng.web.units.models import Division, Institution

pytestmark = pytest.mark.django_db

DIVISIONS = ("", "43", "4304", "4305", "430421", "430424", "430421100", "430421100001")
GRANTS = st.builds(
    Grant,
    assignment_id=st.integers(1, 9),
    role=st.sampled_from([Role.SPECIAL_OFFICE, Role.UNIT_ADMIN, Role.SYSTEM_ADMIN]),
    division=st.sampled_from(DIVISIONS),
    business_line=st.sampled_from(["", "X", "Y", "JX"]),
    institution_id=st.sampled_from([None, 1, 2, 31]),
    capture=st.booleans(),
    on_behalf_of=st.sampled_from([None, 5]),
)


def _institutions(user: User, least: int, name: str) -> QuerySet[Institution]:
    rows = Institution.objects.filter(visible(user, institution="id"), pk__gte=least)
    return rows.exclude(name=name).select_related("division").order_by("pk")


@settings(max_examples=40, deadline=None)
@given(people=st.lists(st.lists(GRANTS, max_size=4), min_size=2, max_size=6), pk=st.integers(1, 10**9))
def test_whatever_the_rights_it_is_the_query_written_afresh(people: list[list[Grant]], pk: int) -> None:
    """`checked` compares SQL and parameters; each person comes twice, after the others have left theirs."""
    for grants in [*people, *people]:
        user = User(pk=pk)
        user.grants_today = tuple(grants)
        ask_for(user, _institutions, pk + 1, "演示第一中学")


def test_two_people_of_one_form_see_each_their_own(
    small_tree: dict[str, Division], make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in ("430421", "430424"):
        place = {"province": "43", "city": "4304", "county": code}
        Institution.objects.create(code=f"U-{code}", name=f"单位{code}", division_id=code, level=3, sort_key=code,
                                   valid_from="2020-01-01", **place)  # fmt: skip
    monkeypatch.setattr(prepared, "checked", False)
    for code in ("430421", "430424", "430421"):
        user = make_user(f"u{len(User.objects.all())}", Role.SPECIAL_OFFICE, division=code)
        assert [row.name for row in ask_for(user, _institutions, 0, "")] == [f"单位{code}"]
    nobody = make_user("nobody")
    assert ask_for(nobody, _institutions, 0, "") == []


def _by_code(code: str) -> QuerySet[Division]:
    return Division.objects.filter(pk=code)


def _by_text(pk: int) -> QuerySet[Division]:
    return Division.objects.filter(pk=f"{pk}")


def _clever(code: str) -> QuerySet[Division]:
    rows = Division.objects.filter(pk=code)
    return rows.filter(level=2) if code == "4304" else rows


def test_what_was_read_is_not_kept(small_tree: dict[str, Division]) -> None:
    assert ask(_by_code, "4304")[0].name == "衡阳市"
    Division.objects.filter(pk="4304").update(name="新衡阳市")
    with CaptureQueriesContext(connection) as asked:
        assert one_or_404(ask(_by_code, "4304")).name == "新衡阳市"
    assert len(asked) == 1
    with pytest.raises(Http404):
        one_or_404(ask(_by_code, "4399"))


@pytest.mark.parametrize(("build", "value"), [(_by_text, 7), (_clever, "4304")])
def test_a_query_that_looks_at_its_values_is_refused(build: Any, value: Any) -> None:
    with pytest.raises(AssertionError):
        ask(build, value)
