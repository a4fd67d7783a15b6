"""What a year that runs still lacks in numbers that no unit hands in itself."""

from django.db.models import QuerySet
from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.assessment.measure_year import CLOSED
from lianheng.web.assessment.models import Round
from lianheng.web.measures.queries import lacking_for
from lianheng.web.shell.asked import Asked

NOT_OPEN = (Round.DRAFT, *CLOSED)


def open_rounds() -> QuerySet[Round]:
    """Return the rounds for which numbers are still taken."""
    return Round.objects.exclude(state__in=NOT_OPEN).only("year", "assess_due", "state")


def survey_items(user: User, round_: Round) -> list[Asked]:
    """Ask for what surveys and other registers owe the units of a year; the count is that of the list it opens."""
    count = lacking_for(user, str(round_.year)).count()
    if not count:
        return []
    url = f"{reverse('measures:enter')}?period={round_.year}"
    why = "民意调查等不由单位自己填报的数，缺数的单位算不出得分"
    return [Asked(f"给 {count:,} 个单位录入调查数", why, url, "去录入", round_.assess_due)]
