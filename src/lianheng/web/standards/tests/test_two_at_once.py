"""Two calls of one act at once: one is done, the other is refused by name, nothing is there twice."""

import pytest

from lianheng.library import catalogue as library
from lianheng.library.city_profile import shipped_profile
from lianheng.web.accounts.models import User
from lianheng.web.conftest import MakeUser
from lianheng.web.standards.models import Catalogue
from lianheng.web.standards.services import load_catalogue, publish_catalogue
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.racing import at_once
from lianheng.web.units.models import Division
from lianheng.web.units.services import load_city_profile


@pytest.mark.django_db(transaction=True)
def test_a_catalogue_is_published_once(racing: None, small_tree: dict[str, Division], make_user: MakeUser) -> None:
    load_city_profile(actor=None, path=shipped_profile("hengyang"))
    draft = load_catalogue(actor=None, folder=library.shipped("hengyang"))
    office = make_user("office", "special_office", division="4304")

    def publish() -> None:
        publish_catalogue(actor=User.objects.get(pk=office.pk), catalogue_id=draft.pk, revision=draft.revision)

    assert at_once(publish, publish) == ["done", "stale"]
    assert Catalogue.objects.get().state == Catalogue.PUBLISHED
    assert TrailEntry.objects.filter(action="standards.catalogue_published").count() == 1
