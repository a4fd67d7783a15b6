"""组织考评和打分是两个人: who runs a city's assessment year holds no assessor's role there, nor the other way round."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.roles import Role

CITY = 4  # digits of a city's code; a round is a city's
REASON = "工作专班组织考评，考评人员打分，同一个市里不能是同一个人（代班也不行），请换一个人"
PAIR = {Role.ASSESSOR: Role.SPECIAL_OFFICE, Role.SPECIAL_OFFICE: Role.ASSESSOR}


@dataclass(frozen=True)
class Right:
    """What is granted, or stood in for: a role somewhere."""

    role: str
    division: str = ""
    business_line: str = ""
    institution_id: int | None = None
    capture: bool = True

    @property
    def runs_rounds(self) -> bool:
        """Only the office of a whole city acts on a round; one of a county, a line or for reading does not."""
        whole = self.division and len(self.division) <= CITY and not (self.business_line or self.institution_id)
        return self.role == Role.SPECIAL_OFFICE and self.capture and bool(whole)


def round_conflict(user: User, right: Right, day: dt.date) -> str | None:
    """Return why a right may not join what the person holds or stands in for on a day or later."""
    if right.role not in PAIR:
        return None
    lasting = Q(user=user) & (Q(valid_to=None) | Q(valid_to__gte=day))
    stood_in = Q(delegations__to_user=user, delegations__ended=None, delegations__valid_to__gte=day)
    rows = Assignment.objects.filter(lasting | stood_in, role=PAIR[Role(right.role)], ended=None)
    fields = ("role", "division", "business_line", "institution_id", "capture")
    held = [Right(*row) for row in rows.values_list(*fields).distinct()]
    return REASON if any(_meet(right, other) for other in held) else None


def _meet(one: Right, other: Right) -> bool:
    """An assessor named for an institution or a line may be anywhere: counted as in the city."""
    first, second = one.division[:CITY], other.division[:CITY]
    return (one.runs_rounds or other.runs_rounds) and (first.startswith(second) or second.startswith(first))
