"""What a person may do ends in the middle of a session: at the next request, not at the next log-in."""

import datetime as dt

import pytest
from asking import client_of, path, undone, word
from city import City
from django.db import connection

from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.services import disable_account, end_role, grant_role, move_person
from lianheng.web.units.institution_data import InstitutionData
from lianheng.web.units.models import Institution
from lianheng.web.units.services import edit_institution

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 12, 3)
SUBJECT = ("units:institution", "assessment:sheet", "assessment:result", "evidence:download", "measures:value")


def _answers(city: City, person: str, client: object = None) -> set[str]:
    browser = client or client_of(city, person)
    return {word(browser.get(path(city, name))) for name in SUBJECT}  # type: ignore[attr-defined]


def test_a_role_that_was_taken_away_logs_out_at_once(whole_city: City) -> None:
    client = client_of(whole_city, "county")
    assert _answers(whole_city, "county", client) == {"200"}
    assignment = Assignment.objects.get(user=whole_city.people["county"])
    end_role(actor=whole_city.people["security"], assignment_id=assignment.pk, reason="轮岗")
    assert _answers(whole_city, "county", client) == {"login"}
    client.force_login(User.objects.get(pk=whole_city.people["county"].pk))
    assert _answers(whole_city, "county", client) == {"404"}


def test_a_role_whose_last_day_has_passed_counts_no_longer(whole_city: City) -> None:
    client = client_of(whole_city, "county")
    Assignment.objects.filter(user=whole_city.people["county"]).update(valid_to=dt.date(2026, 12, 2))
    assert _answers(whole_city, "county", client) == {"404"}


def test_a_new_role_asks_to_log_in_anew(whole_city: City) -> None:
    client, person = client_of(whole_city, "x3"), whole_city.people["x3"]
    grant_role(actor=None, user_id=person.pk, role="third_party", division="430421", valid_from=TODAY)
    assert _answers(whole_city, "x3", client) == {"login"}


def test_a_disabled_account_is_out_at_once(whole_city: City) -> None:
    client, person = client_of(whole_city, "x1"), User.objects.get(pk=whole_city.people["x1"].pk)
    assert _answers(whole_city, "x1", client) == {"200"}
    disable_account(actor=whole_city.people["system"], person_id=person.pk, revision=person.revision, reason="调离")
    assert _answers(whole_city, "x1", client) == {"login"}


def test_who_moved_leaves_the_old_institution_behind(whole_city: City) -> None:
    client, person = client_of(whole_city, "x1"), User.objects.get(pk=whole_city.people["x1"].pk)
    move_person(
        actor=whole_city.people["system"],
        person_id=person.pk,
        revision=person.revision,
        institution_id=whole_city.units["X2"].pk,
        today=TODAY,
    )
    assert _answers(whole_city, "x1", client) == {"login"}
    client.force_login(User.objects.get(pk=person.pk))
    assert _answers(whole_city, "x1", client) == {"404"}


def test_a_stand_in_ends_with_what_it_stands_for(whole_city: City) -> None:
    delegate = client_of(whole_city, "x1_leader")
    own = Assignment.objects.get(user=whole_city.people["x1_leader"])
    Assignment.objects.filter(pk=own.pk).update(valid_to=dt.date(2026, 12, 2))
    assert _answers(whole_city, "x1_leader", delegate) == {"200"}, "by standing in alone"
    end_role(actor=whole_city.people["security"], assignment_id=whole_city["assignment"].pk, reason="轮岗")
    assert _answers(whole_city, "x1_leader", delegate) <= {"404", "login"}


def test_an_institution_that_moves_changes_hands_at_once(whole_city: City) -> None:
    """Old office out, new office in; what it handed in for this year goes with it or stays, but is never with both."""
    old, new = client_of(whole_city, "county"), client_of(whole_city, "other_county")
    row = Institution.objects.get(pk=whole_city["school"].pk)
    data = InstitutionData(row.code, row.name, "430424100", "school", "X", business_line="school")
    edit_institution(
        actor=whole_city.people["office"],
        institution_id=row.pk,
        revision=row.revision,
        data=data,
        date=TODAY,
        basis="衡政函〔2026〕9号",
        today=TODAY,
    )
    assert word(old.get(path(whole_city, "units:institution"))) == "404"
    assert word(new.get(path(whole_city, "units:institution"))) == "200"
    for name in SUBJECT[1:]:
        answers = [word(client.get(path(whole_city, name))) for client in (old, new)]
        assert sorted(answers) == ["200", "404"], name


def test_tests_leave_the_city_as_it_was(whole_city: City) -> None:
    assert connection.in_atomic_block
    with undone():
        assert _answers(whole_city, "county") == {"200"}
