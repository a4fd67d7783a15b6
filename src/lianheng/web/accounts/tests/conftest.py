"""The cast of the people's side: three administrators, two institutions, somebody in each."""

from collections.abc import Callable

import pytest

from lianheng.web.accounts.models import User
from lianheng.web.conftest import MakeUser
from lianheng.web.units.models import Division, Institution

MakeInstitution = Callable[..., Institution]


@pytest.fixture
def make_institution(small_tree: dict[str, Division]) -> MakeInstitution:
    """Return a maker of institutions: make_institution("code", "430421100", unit_type="school")."""

    def make(code: str, division: str, **more: object) -> Institution:
        place = small_tree[division]
        line = more.pop("business_line", "school")
        row = Institution(
            code=code, name=f"演示{code}", sort_key=code, level=place.level, division=place, business_line=line, **more
        )
        for column in ("province", "city", "county", "town", "village"):
            setattr(row, column, getattr(place, column))
        row.save()
        return row

    return make


@pytest.fixture
def school(make_institution: MakeInstitution) -> Institution:
    return make_institution("S1", "430421100")


@pytest.fixture
def far_school(make_institution: MakeInstitution) -> Institution:
    return make_institution("S2", "430424100")


@pytest.fixture
def system_admin(make_user: MakeUser) -> User:
    return make_user("sys", "system_admin")


@pytest.fixture
def security_admin(make_user: MakeUser) -> User:
    return make_user("sec", "security_admin")


@pytest.fixture
def audit_admin(make_user: MakeUser) -> User:
    return make_user("aud", "audit_admin")


@pytest.fixture
def jia(make_user: MakeUser, school: Institution) -> User:
    """A teacher of the school, without any role."""
    user = make_user("jia")
    User.objects.filter(pk=user.pk).update(institution=school)
    return User.objects.get(pk=user.pk)
