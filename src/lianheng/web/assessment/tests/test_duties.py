"""待办 and the page of a round say the same: what somebody may do next is in the inbox of exactly those who may."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.assessment import steps
from lianheng.web.assessment.inbox import office_items
from lianheng.web.assessment.models import Objection, Result, Round, Seat
from lianheng.web.assessment.queries import place_of
from lianheng.web.assessment.services import computing, objections, rounds, schemes, seats
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.conftest import TODAY
from lianheng.web.shell.clock import today
from lianheng.web.standards.models import Catalogue

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
OnDay = Callable[[str], None]
# Steps that may be taken in a state without being asked for there.
OPTIONAL = {("remind", Round.LAUNCHED)} | {("compute", s) for s in (Round.COMPUTED, Round.REVIEWED, Round.NOTICE)}
WORDS = {
    "launch": "启动", "seat": "安排考评人员", "close_self": "自评", "moderate": "分差复核", "compute": "计算",
    "review": "审核", "notice": "公示", "publish": "公布", "lock": "归档",
}  # fmt: skip


def _titles(city: City, person: str) -> list[str]:
    user = User.objects.get(pk=city.people[person].pk)
    return [item.title for item in office_items(user, today())]


def _agree(city: City, round_: Round) -> set[tuple[str, str]]:
    """Hold the inbox of everybody against the steps that the page offers; return who is asked for which step."""
    round_ = Round.objects.get(pk=round_.pk)
    asked = set()
    for name, person in city.people.items():
        user = User.objects.get(pk=person.pk)
        offered = steps.offers(user, round_, place_of(round_))[0]
        may = {row.step.code for row in offered if not row.off and (row.step.code, round_.state) not in OPTIONAL}
        titles = [title for title in _titles(city, name) if "指定第三人" not in title]
        found = {code for code in WORDS if any(WORDS[code] in title for title in titles)}
        assert found == may, (name, round_.state, titles)
        asked |= {(code, name) for code in may}
    return asked


def test_every_step_of_every_state_is_asked_of_exactly_those_who_may_take_it(city: City, on_day: OnDay) -> None:
    office, office2, leader = (city.people[name] for name in ("office", "office2", "leader"))
    asked = _agree(city, round_ := year.prepared(city))
    step = {"actor": office, "round_id": round_.pk}

    def fresh() -> dict[str, int]:
        return {"revision": Round.objects.get(pk=round_.pk).revision}

    rounds.launch_round(**step, **fresh())
    asked |= _agree(city, round_)
    for sheet in round_.sheets.all():
        year.fill(city, sheet)
    seats.seat_assessors(**step, **fresh())
    asked |= _agree(city, round_)
    on_day("2026-12-16")
    asked |= _agree(city, round_)
    rounds.close_self_scoring(**step, **fresh())
    asked |= _agree(city, round_)
    for seat in Seat.objects.filter(sheet__round=round_):
        year.score_seat(seat)
    asked |= _agree(city, round_)
    rounds.start_moderation(**step, **fresh())
    asked |= _agree(city, round_)
    computing.compute_results(**step, **fresh())
    asked |= _agree(city, round_)
    rounds.review_round(actor=office2, round_id=round_.pk, **fresh(), opinion="")
    asked |= _agree(city, round_)
    rounds.open_notice_period(**step, **fresh())
    assert not _agree(city, round_)
    on_day("2027-03-01")
    asked |= _agree(city, round_)
    rounds.publish_round(actor=leader, round_id=round_.pk, **fresh())
    asked |= _agree(city, round_)
    rounds.lock_results(**step, **fresh())
    assert not _agree(city, round_)
    both = {"office", "office2"}
    # Who computed does not review; everything else is asked of every office, and of no county's.
    expected = {(code, name) for code in WORDS for name in both} - {("review", "office")}
    expected = {row for row in expected if row[0] != "publish"} | {("publish", "leader"), ("review", "leader")}
    assert asked == expected
    assert {step.code for step in steps.STEPS} == set(WORDS) | {"remind"}


def test_empty_seats_open_their_list(city: City, log_in: LogIn) -> None:
    round_ = year.launched(city)
    count = round_.sheets.count()
    client = log_in(city.people["office"])
    url = f"{reverse('assessment:seating', args=[round_.pk])}?seats=lacking"
    page = client.get("/").content.decode()
    assert f"给 {count} 份考评表安排考评人员" in page and url in page
    assert client.get(url).content.decode().count("还没有安排") == count


def test_an_upheld_objection_asks_for_another_computation(city: City, on_day: OnDay) -> None:
    round_ = year.in_notice(city)
    result = Result.objects.get(institution=city.units["X1"], current=True)
    item = result.sheet.scheme.content["categories"][0]["items"][0]["code"]
    objection: Objection = objections.raise_objection(
        actor=city.people["x1"], result_id=result.pk, item=item, reason="这一项已经做过，请按附件重新核算", evidence=[]
    )
    on_day("2026-12-04")
    objections.answer_objection(
        actor=city.people["office2"],
        objection_id=objection.pk,
        revision=0,
        upheld=True,
        answer="采纳，按附件重新核算",
        points=year.points("1"),
    )
    assert f"重新计算{round_.name}结果" in _titles(city, "office")
    on_day("2027-03-01")
    assert not [title for title in _titles(city, "leader") if "公布" in title]


def test_a_published_round_asks_for_its_notice_and_a_reopened_one_for_its_results(city: City, on_day: OnDay) -> None:
    round_ = year.in_notice(city)
    on_day("2027-03-01")
    round_ = rounds.publish_round(actor=city.people["leader"], round_id=round_.pk, revision=round_.revision)
    assert f"印发{round_.name}结果通报" in _titles(city, "office2")
    assert f"印发{round_.name}结果通报" not in _titles(city, "leader") + _titles(city, "county")
    rounds.reopen_round(
        actor=city.people["leader"], round_id=round_.pk, revision=round_.revision, reason="一项数据有误，需要更正"
    )
    assert f"计算{round_.name}结果" in _titles(city, "office")


def test_who_has_a_seat_is_not_asked_for_what_the_seat_forbids(city: City) -> None:
    round_ = year.moderating(city)
    Seat.objects.filter(pk=Seat.objects.filter(sheet__round=round_)[0].pk).update(assessor=city.people["office"])
    assert not _titles(city, "office") and f"计算{round_.name}结果" in _titles(city, "office2")


def test_drafts_wait_for_another_hand_than_made_them(city: City, log_in: LogIn) -> None:
    office, other = log_in(city.people["office"]), log_in(city.people["office2"])
    drafted = schemes.draft_schemes(actor=city.people["office"], catalogue_id=Catalogue.objects.get().pk, year=2026)
    row, url = f"核对、发布 {len(drafted)} 个考评方案", f"{reverse('assessment:schemes')}?wait=1"
    assert row in (page := other.get("/").content.decode()) and url in page
    assert other.get(url).content.decode().count(">草稿<") == len(drafted)
    for nobody in (office, log_in(city.people["county"]), log_in(city.people["lead"])):
        assert "个考评方案" not in nobody.get("/").content.decode()
        assert ">草稿<" not in nobody.get(url).content.decode()
    for scheme in drafted:
        assert "筹备 2026 年度考评" not in office.get("/").content.decode()
        schemes.publish_scheme(actor=city.people["office2"], scheme_id=scheme.pk, revision=0)
    assert "筹备 2026 年度考评" in office.get("/").content.decode()
    assert "个考评方案" not in other.get("/").content.decode()
    rounds.create_round(
        actor=city.people["office"], year=2026, self_score_due=TODAY, assess_due=TODAY.replace(month=12, day=31)
    )
    assert "筹备 2026 年度考评" not in office.get("/").content.decode()


def test_a_draft_of_the_standards_waits_for_another_hand(city: City, log_in: LogIn) -> None:
    live = Catalogue.objects.get()
    draft = Catalogue.objects.create(
        code=live.code, version="next", name=live.name, fingerprint="0" * 64, source="x", content={},
        based_on=live, drafted_by=city.people["office"], drafted_on=TODAY,
    )  # fmt: skip
    row, url = f"发布标准目录：{draft}", reverse("standards:version", args=[draft.pk])
    assert row in (page := log_in(city.people["office2"]).get("/").content.decode()) and url in page
    for name in ("office", "county", "lead"):
        assert row not in log_in(city.people[name]).get("/").content.decode()
    # One that is not against the live version can't be published.
    Catalogue.objects.filter(pk=draft.pk).update(based_on=None)
    assert row not in log_in(city.people["office2"]).get("/").content.decode()


def test_an_office_asks_few_queries(city: City, log_in: LogIn, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    year.in_notice(city)
    client = log_in(city.people["office"])
    client.get("/")
    with django_assert_max_num_queries(14):
        client.get("/")
