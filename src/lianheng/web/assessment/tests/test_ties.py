"""Units of equal places stand in one order, on the page of results and in the notice."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Result
from lianheng.web.assessment.services import notices, rounds
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City

pytestmark = pytest.mark.django_db


def test_the_page_and_the_notice_have_one_order(
    city: City, log_in: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch, on_day: Callable[[str], None]
) -> None:
    round_ = year.in_notice(city)
    on_day("2027-03-01")
    round_ = rounds.publish_round(actor=city.people["leader"], round_id=round_.pk, revision=round_.revision)
    first, second = Result.objects.filter(run__round=round_, group="X").order_by("pk")
    assert first.place == second.place
    # Their names in the other order than they were issued.
    Result.objects.filter(pk=first.pk).update(name="演示终校")
    Result.objects.filter(pk=second.pk).update(name="演示初校")
    told: list[str] = []
    compose = notices.notice_document

    def noted(*, results: Sequence[Result], **more: Any) -> Any:
        told.extend(row.name for row in results if row.group == "X")
        return compose(results=results, **more)

    monkeypatch.setattr(notices, "notice_document", noted)
    notices.issue_notice(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    page = log_in(city.people["office"]).get(reverse("assessment:results"), {"group": "X"}).content.decode()
    assert sorted(told, key=page.index) == told and len(told) == 2
