"""What this room shows on an institution's page: its sheets and results, newest year first."""

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Result
from lianheng.web.assessment.queries import results_for, sheets_for
from lianheng.web.units.models import Institution
from lianheng.web.units.panels import Panel

SHOWN = 10


def assessment_panel(user: User, institution: Institution) -> Panel | None:
    """Return sheets of the institution with the result that this person may already see."""
    sheets = (
        sheets_for(user)
        .filter(institution=institution)
        .select_related("round", "scheme")
        .order_by("-round__year", "list_code")[:SHOWN]
    )
    rows = list(sheets)
    if not rows:
        return None
    results: dict[int, Result] = {
        row.sheet_id: row for row in results_for(user).filter(sheet__in=rows).order_by("run__in_force")
    }
    return Panel(
        "考评",
        "assessment/panel.html",
        {"rows": [{"sheet": sheet, "result": results.get(sheet.pk)} for sheet in rows]},
    )
