import pytest

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.conftest import MakeUser
from lianheng.web.shell.errors import Forbidden
from lianheng.web.standards.permission import require_office

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("hengyang")
def test_standards_are_the_office_of_the_whole_city(make_user: MakeUser) -> None:
    require_office(make_user("all", Role.SPECIAL_OFFICE, division="4304"), "发布标准")
    for name, role, more in (
        ("county", Role.SPECIAL_OFFICE, {"division": "430421"}),
        ("line", Role.SPECIAL_OFFICE, {"division": "4304", "business_line": "school"}),
        ("reader", Role.SPECIAL_OFFICE, {"division": "4304", "capture": False}),
        ("leader", Role.LEADING_GROUP, {"division": "4304"}),
    ):
        with pytest.raises(Forbidden):
            require_office(make_user(name, role, **more), "发布标准")


@pytest.mark.usefixtures("hengyang")
def test_an_act_that_a_job_does_later_is_refused_to_an_account_that_was_closed(make_user: MakeUser) -> None:
    person = make_user("gone", Role.SPECIAL_OFFICE, division="4304")
    User.objects.filter(pk=person.pk).update(is_active=False)
    with pytest.raises(Forbidden, match="已停用"):
        require_office(User.objects.get(pk=person.pk), "发布标准")
