"""What this room shows on an institution's page: its sheets and results, newest year first."""

from django.db.models import QuerySet

from lianheng.web.accounts.models import User
from lianheng.web.accounts.prepared import ask_for
from lianheng.web.assessment.models import Result, Sheet
from lianheng.web.assessment.queries import results_for, sheets_for
from lianheng.web.units.models import Institution
from lianheng.web.units.panels import Panel

SHOWN = 10


def _sheets(user: User, institution_id: int) -> QuerySet[Sheet]:
    rows = sheets_for(user).filter(institution=institution_id).select_related("round", "scheme")
    shown = ("state", "round__year", "scheme__name")
    return rows.only(*shown).order_by("-round__year", "list_code")[:SHOWN]


def _results(user: User, *sheet_ids: int) -> QuerySet[Result]:
    shown = ("sheet", "score", "grade", "place", "group_size")
    return results_for(user).filter(sheet__in=sheet_ids).only(*shown).order_by("run__in_force")


def assessment_panel(user: User, institution: Institution) -> Panel | None:
    """Return sheets of the institution with the result that this person may already see."""
    rows: list[Sheet] = ask_for(user, _sheets, institution.pk)
    if not rows:
        return None
    found: list[Result] = ask_for(user, _results, *(row.pk for row in rows))
    results = {row.sheet_id: row for row in found}
    return Panel(
        "考评",
        "assessment/panel.html",
        {"rows": [{"sheet": sheet, "result": results.get(sheet.pk)} for sheet in rows]},
    )
