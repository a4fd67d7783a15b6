"""Addresses made from remembered patterns are those that Django makes."""

import pytest
from django.template import Context, Template
from django.urls import NoReverseMatch, reverse, set_script_prefix

from lianheng.web.shell.addresses import address


def test_it_is_what_reverse_returns() -> None:
    for name, parts in [
        ("home", ()),
        ("units:institution", (7,)),
        ("units:division", ("430421",)),
        ("units:level", ("4304", 3)),
        ("assessment:result_sheet", (7, "docx")),
        ("standards:item", ("X4.1",)),
        ("standards:item", ("X4 /<1>",)),
    ]:
        try:
            expected = reverse(name, args=parts)
        except NoReverseMatch:
            with pytest.raises(NoReverseMatch):
                address(name, *parts)
        else:
            assert address(name, *parts) == address(name, *parts) == expected


def test_nothing_is_no_part_of_an_address() -> None:
    for nothing in ("", None):
        with pytest.raises(NoReverseMatch):
            address("units:institution", nothing)


def test_it_follows_where_the_server_is_mounted() -> None:
    before = address("units:institution", 7)
    set_script_prefix("/lianheng/")
    try:
        assert address("units:institution", 7) == f"/lianheng{before}"
    finally:
        set_script_prefix("/")
    assert address("units:institution", 7) == before


def test_templates_use_it_and_leave_the_rest_to_django() -> None:
    page = Template(
        "{% url 'units:institution' row.pk %} {% url 'units:institution' institution_id=7 %}"
        "{% url 'units:division' code as place %} {{ place }}"
    )
    expected = reverse("units:institution", args=[7])
    shown = page.render(Context({"row": {"pk": 7}, "code": "430421"}))
    assert shown == f"{expected} {expected} {reverse('units:division', args=['430421'])}"
