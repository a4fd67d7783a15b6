"""Two calls of one act at once: one is done, the other is refused by name, nothing is there twice."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from lianheng.library.city_profile import shipped_profile
from lianheng.web.accounts.models import User
from lianheng.web.conftest import MakeUser
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.racing import at_once
from lianheng.web.units import services
from lianheng.web.units.models import Division, Institution
from lianheng.web.units.services.structure import end_division, rename_division

DAY = dt.date(2026, 11, 1)


@pytest.mark.django_db(transaction=True)
def test_places_and_institutions(racing: None, small_tree: dict[str, Division], make_user: MakeUser) -> None:
    services.load_city_profile(actor=None, path=shipped_profile("hengyang"))
    office = make_user("office", "special_office", division="4304")

    def raced(action: str, refused: str, act: Callable[..., Any], **arguments: Any) -> None:
        def call() -> None:
            act(actor=User.objects.get(pk=office.pk), **arguments)

        assert at_once(call, call) == sorted(["done", refused]), act.__name__
        assert TrailEntry.objects.filter(action=action).count() == 1

    data = services.InstitutionData(
        code="X-9", name="西渡镇中心小学", division="430421100", unit_type="school", list_code="X"
    )
    today = dt.date(2026, 12, 3)
    set_up = {"data": data, "valid_from": DAY, "today": today}
    raced("units.institution_created", "invalid", services.create_institution, **set_up)
    school = Institution.objects.get()
    change = {"date": DAY, "basis": "衡编办〔2026〕1号", "today": today}
    same = {"institution_id": school.pk, "revision": 0, **change}
    raced("units.institution_ended", "stale", services.end_institution, **same)
    place = {"code": "430424100001", "revision": 0, **change}
    raced("units.division_renamed", "stale", rename_division, **place, name="演示丙村委会")
    raced("units.division_ended", "stale", end_division, **(place | {"revision": 1}))
