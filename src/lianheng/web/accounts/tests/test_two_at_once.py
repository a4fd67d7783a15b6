"""Two calls of one act at once: one is done, the other is refused by name, nothing is there twice."""

from collections.abc import Callable
from typing import Any

import pytest

from lianheng.web.accounts.models import Assignment, Delegation, User
from lianheng.web.accounts.services import accounts, delegating, granting
from lianheng.web.conftest import TODAY, MakeUser
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.racing import at_once
from lianheng.web.units.models import Institution

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(racing: None, school: Institution, make_user: MakeUser) -> dict[str, User]:
    roles = {"sys": "system_admin", "sec": "security_admin"}
    people = {name: make_user(name, roles.get(name)) for name in ("sys", "sec", "jia", "yi")}
    people["holder"] = make_user("holder", "special_office", division="4304")
    User.objects.filter(username__in=["holder", "yi"]).update(institution=school)
    return people


def _raced(actor: User, action: str, act: Callable[..., Any], expected: str, **arguments: Any) -> None:
    def call() -> None:
        act(actor=User.objects.get(pk=actor.pk), **arguments)

    before = TrailEntry.objects.filter(action=action).count()
    assert at_once(call, call) == sorted(["done", expected]), act.__name__
    assert TrailEntry.objects.filter(action=action).count() == before + 1


def test_the_acts_of_administrators(cast: dict[str, User]) -> None:
    jia = cast["jia"]
    office = {"role": "special_office", "valid_from": TODAY, "division": "4304"}
    _raced(cast["sec"], "accounts.role_granted", granting.grant_role, "invalid", user_id=jia.pk, **office)
    right = Assignment.objects.get(user=jia)
    _raced(
        cast["sec"], "accounts.role_ended", granting.end_role, "wrong_state", assignment_id=right.pk, reason="调离岗位"
    )
    named = {"username": "bing", "name": "丙"}
    _raced(cast["sys"], "accounts.account_created", accounts.open_account, "invalid", **named)
    revision = User.objects.get(pk=jia.pk).revision
    same = {"person_id": jia.pk, "revision": revision}
    _raced(cast["sys"], "accounts.account_disabled", accounts.disable_account, "stale", **same, reason="退休")
    days = {"valid_from": TODAY, "valid_to": TODAY, "reason": "出差", "today": today()}
    own = cast["holder"].assignments.get().pk
    stand_in = {"assignment_id": own, "to_id": cast["yi"].pk}
    _raced(cast["holder"], "accounts.role_delegated", delegating.delegate_role, "wrong_state", **stand_in, **days)
    ended = {"delegation_id": Delegation.objects.get().pk}
    _raced(cast["holder"], "accounts.delegation_ended", delegating.end_delegation, "wrong_state", **ended)


def test_the_same_right_is_given_once_and_again_when_it_ended(cast: dict[str, User]) -> None:
    """What differs in place or days is another right."""
    sec, jia = cast["sec"], cast["jia"]
    city = {"actor": sec, "user_id": jia.pk, "role": "special_office", "valid_from": TODAY}
    right = granting.grant_role(**city, division="4304")
    with pytest.raises(InvalidInput, match="已经有同样范围的这个角色"):
        granting.grant_role(**city, division="4304")
    granting.grant_role(**city, division="430421")
    granting.end_role(actor=sec, assignment_id=right.pk, reason="调离岗位")
    assert granting.grant_role(**city, division="4304").pk != right.pk
