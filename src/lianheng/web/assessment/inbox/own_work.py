"""What the year asks of a person by the roles held: sheets to fill in, seats to score, events to confirm.

Equal things are one row whose count is the length of the list that it opens. At most three queries (beside the grants);
for a survey body three more.
"""

import datetime as dt

from django.db.models import Count, Min
from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import roles_of, visible
from lianheng.web.assessment.inbox.numbers import open_rounds, survey_items
from lianheng.web.assessment.inbox.rounds import WATCHES
from lianheng.web.assessment.measure_year import list_name
from lianheng.web.assessment.models import Round, Seat, Sheet
from lianheng.web.assessment.open_seats import open_now, open_to_third
from lianheng.web.assessment.services.events import MAY_CONFIRM
from lianheng.web.assessment.services.sheets import MAY_FILL, last_day
from lianheng.web.assessment.views.events import to_confirm
from lianheng.web.measures.services import MAY_ENTER
from lianheng.web.shell.asked import Asked

MOST_SHEETS = 20


def own_items(user: User, today: dt.date) -> list[Asked]:
    """Return what the assessment year asks of this person, by the roles that the person holds."""
    roles = roles_of(user)
    items: list[Asked] = []
    if roles & set(MAY_FILL):
        items += _sheets(user, today)
    if Role.ASSESSOR in roles:
        items += _seats(user)
    if roles & set(MAY_CONFIRM):
        items += _events(user)
    # Offices are asked by the round, in the query that they need anyway.
    if roles & set(MAY_ENTER) and not roles & set(WATCHES):
        items += [item for round_ in open_rounds() for item in survey_items(user, round_)]
    return items


def _sheets(user: User, today: dt.date) -> list[Asked]:
    """Return the sheets to fill in; one whose late days are over can only be read and is nobody's work."""
    rows = (
        Sheet.objects.filter(visible(user, roles=MAY_FILL), round__state=Round.LAUNCHED)
        .exclude(state=Sheet.SUBMITTED)
        .select_related("round")
        .order_by("due", "id")
        .only("id", "name", "list_code", "state", "return_reason", "due", "round__late_days")
    )
    fillable = [row for row in rows if today <= row.due or today <= last_day(row)]
    return [
        Asked(
            f"{'改好退回的' if row.state == Sheet.RETURNED else '填'}考评表：{row.name}",
            f"退回理由：{row.return_reason}" if row.state == Sheet.RETURNED else f"清单：{list_name(row.list_code)}",
            reverse("assessment:sheet", args=[row.pk]),
            "改好再交" if row.state == Sheet.RETURNED else "填报",
            row.due,
        )
        for row in fillable[:MOST_SHEETS]
    ]


def _seats(user: User) -> list[Asked]:
    found = Seat.objects.filter(open_now(), assessor=user, done_at=None).aggregate(
        n=Count("pk"), third=Count("pk", filter=open_to_third()), due=Min("sheet__round__assess_due")
    )
    if not found["n"]:
        return []
    why = f"其中 {found['third']} 份由您作第三人复核" if found["third"] else "两名考评人员各自独立打分"
    return [Asked(f"给 {found['n']} 份考评表打分", why, reverse("assessment:seats"), "去打分", found["due"])]


def _events(user: User) -> list[Asked]:
    count = to_confirm(user).count()
    if not count:
        return []
    url = f"{reverse('assessment:events')}?who=mine"
    return [Asked(f"认定 {count} 个事件", "别人登记、等您认定的事件", url, "去认定")]
