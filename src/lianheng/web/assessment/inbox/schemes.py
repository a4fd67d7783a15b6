"""待办 before a year begins: schemes that wait for publication by another hand, and a year to be prepared from them."""

import datetime as dt

from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.accounts.scope import is_one_hand
from lianheng.web.assessment.models import Round, Scheme
from lianheng.web.shell.asked import Asked
from lianheng.web.standards.permission import is_office, may_be_office


def scheme_items(user: User, today: dt.date) -> list[Asked]:
    """Ask the city's office; the count is the length of the list that it opens."""
    if not may_be_office(user):
        return []
    prepared = Round.objects.values("year")
    rows = list(
        Scheme.objects.exclude(state=Scheme.PUBLISHED, year__in=prepared)
        .filter(year__gte=today.year - 1)
        .only("year", "state", "drafted_by", "drafted_on")
    )
    # The city is asked for only where something waits.
    if not rows or not is_office(user):
        return []
    waiting = _waiting(user, [row for row in rows if row.state == Scheme.DRAFT], today)
    asked = []
    if waiting:
        url = f"{reverse('assessment:schemes')}?wait=1"
        asked.append(Asked(f"核对、发布 {len(waiting)} 个考评方案", "由没有拟定它们的人发布", url, "去核对"))
    # A year is prepared once, from all its schemes: drafts come first.
    drafts = {row.year for row in rows if row.state == Scheme.DRAFT}
    for year in sorted({row.year for row in rows} - drafts):
        why = "这个年度的方案都已发布，定好自评和打分的截止日期"
        asked.append(Asked(f"筹备 {year} 年度考评", why, reverse("assessment:rounds"), "去筹备"))
    return asked


def waiting_schemes(user: User, today: dt.date) -> list[int]:
    """Return the drafts that this person may publish."""
    if not is_office(user):
        return []
    drafts = Scheme.objects.filter(state=Scheme.DRAFT, year__gte=today.year - 1)
    return _waiting(user, list(drafts.only("drafted_by", "drafted_on")), today)


def _waiting(user: User, drafts: list[Scheme], today: dt.date) -> list[int]:
    """Leave out what the person drafted, alone or as a stand-in; asked once for each who drafted on a day."""
    makers = {(row.drafted_by_id, row.drafted_on or today) for row in drafts}
    own = {maker for maker in makers if maker[0] is not None and is_one_hand(user.pk, maker[0], maker[1], today)}
    return [row.pk for row in drafts if (row.drafted_by_id, row.drafted_on or today) not in own]
