"""What this room tells measures below it: which values others supply, and whether a year is open; see measures.year."""

from collections.abc import Sequence

from django.db.models import OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from lianheng.engine.scoring.scheme import MeasureUse
from lianheng.web.accounts.models import User
from lianheng.web.assessment import groups
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.models import Round, Scheme, Seat, Sheet
from lianheng.web.assessment.queries import supplied_measures
from lianheng.web.assessment.uncounted import how_many
from lianheng.web.evidence import scope
from lianheng.web.measures import year
from lianheng.web.measures.models import MeasureValue
from lianheng.web.measures.year import YearState
from lianheng.web.units.list_names import LIST_NAMES
from lianheng.web.units.models import Institution

CLOSED = (Round.PUBLISHED, Round.LOCKED)


class AssessmentYear:
    """The year as measures sees it; registered at start-up."""

    def state(self, period: str) -> YearState:
        round_ = Round.objects.filter(year=period[:4]).first()
        if round_ is None:
            return YearState()
        return YearState(round_.state, round_.get_state_display(), round_.state in CLOSED)

    def lists(self, period: str) -> Sequence[tuple[str, str]]:
        rows = Scheme.objects.filter(rounds__year=period[:4]).order_by("pk")
        return [(row.list_code, row.name) for row in rows]

    def entered_lists(self, period: str) -> Sequence[tuple[str, str]]:
        rows = Scheme.objects.filter(rounds__year=period[:4]).order_by("pk")
        return [(row.list_code, row.name) for row in rows if _entered(row, period)]

    def supplied(self, institution: Institution, period: str) -> Sequence[str]:
        sheets = Sheet.objects.filter(institution=institution, period=period).select_related("scheme")
        uses = [use.code for sheet in sheets.order_by("pk") for use in supplied_measures(sheet.scheme)]
        return list(dict.fromkeys(uses))

    def supplied_on(self, list_code: str, period: str) -> tuple[Sequence[str], Sequence[int]]:
        scheme = Scheme.objects.filter(rounds__year=period[:4], list_code=list_code).first()
        if scheme is None:
            return (), ()
        codes = list(dict.fromkeys(use.code for use in _entered(scheme, period)))
        # No sheet asks for a quarter: its values come from the offices, for whoever has a sheet of the year.
        sheets = Sheet.objects.filter(scheme=scheme, period=period[:4])
        return codes, list(sheets.values_list("institution_id", flat=True))

    def lacking(self, period: str) -> QuerySet[Institution]:
        # One count a sheet of what is there, by the index of values once: a city's thousands are one quick query.
        given = MeasureValue.objects.filter(institution=OuterRef("institution"), period=period).exclude(value="")
        lacks, counts = Q(pk__in=()), {}
        for scheme in Scheme.objects.filter(rounds__year=period[:4]).defer("content"):
            codes = {use.code for use in _entered(scheme, period)}
            counts[f"given_{scheme.pk}"] = Coalesce(how_many(given.filter(measure__in=codes)), Value(0))
            lacks |= Q(scheme=scheme, **{f"given_{scheme.pk}__lt": len(codes)}) if codes else Q(pk__in=())
        sheets = Sheet.objects.alias(**counts).filter(lacks, period=period[:4])
        return Institution.objects.filter(pk__in=sheets.values("institution"))


def _entered(scheme: Scheme, period: str) -> Sequence[MeasureUse]:
    return quarterly_measures(scheme) if "Q" in period else supplied_measures(scheme)


def quarterly_measures(scheme: Scheme) -> list[MeasureUse]:
    """Return what is entered for a quarter of a scheme with a daily share; events count themselves."""
    declared = engine_scheme(scheme)
    return [use for use in declared.measures() if not use.code.startswith("events.")] if declared.daily else []


def by_seat(user: User) -> Q:
    """An assessor sees what the institutions of the own seats handed in."""
    return Q(institution__in=Seat.objects.filter(assessor=user).values("sheet__institution"))


def start() -> None:
    """Tell the rooms below; called once at start-up."""
    year.register(AssessmentYear())
    scope.register(by_seat)


def list_name(code: str) -> str:
    return "百分制考评" if code == groups.EVALUATION else LIST_NAMES.get(code, code)
