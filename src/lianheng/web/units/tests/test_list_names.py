"""A list is met by its name, with its letter behind: on the register, on a unit's page, in refusals."""

import pytest
from django.urls import reverse

from lianheng.web.assessment.tests.conftest import *  # noqa: F403  (a city with institutions)
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.units.list_names import list_labels, part_label

pytestmark = pytest.mark.django_db


def test_pages_name_the_list(city: City, log_in) -> None:  # type: ignore[no-untyped-def]
    office = log_in(city.people["office"])
    register = office.get(reverse("units:institutions")).content.decode()
    assert ">学校（X）</td>" in register and ">清单 X<" not in register and ">X</td>" not in register
    assert "学校（X）" in office.get(reverse("units:institution", args=[city.units["X1"].pk])).content.decode()
    assert "村（社区）（C）" in office.get(reverse("units:unit_types")).content.decode()


def test_the_words_of_several_lists_and_of_the_evaluation() -> None:
    assert list_labels("Q,M") == "国有企业（Q）、民营企业（M）"
    assert (list_labels(""), part_label("E"), part_label("X")) == ("", "百分制考评（E）", "学校（X）")
