"""A year in acts: helpers that walk a round through its states by calling services, as the people of the cast."""

import datetime as dt
from decimal import Decimal

from lianheng.web.assessment import queries
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.models import ItemScore, Round, Scheme, Seat, Sheet
from lianheng.web.assessment.prefill import prefilled
from lianheng.web.assessment.services import computing, rounds, schemes, scoring, seats, sheets
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.measures.services import enter_values
from lianheng.web.standards.models import Catalogue


def prepared(city: City, year: int = 2026) -> Round:
    office = city.people["office"]
    catalogue = Catalogue.objects.get()
    for scheme in schemes.draft_schemes(actor=office, catalogue_id=catalogue.pk, year=year):
        schemes.publish_scheme(actor=city.people["office2"], scheme_id=scheme.pk, revision=0)
    return rounds.create_round(
        actor=office, year=year, self_score_due=dt.date(year, 12, 15), assess_due=dt.date(year + 1, 1, 10)
    )


def launched(city: City) -> Round:
    round_ = prepared(city)
    return rounds.launch_round(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)


def filled_in(
    city: City, sheet: Sheet, part: str = "8", whole: str = "10", own: dict[str, str] | None = None, survey: str = "80"
) -> None:
    """Report `part` of `whole` for every ratio, grade B, yes, `own` instead where given; surveys come by others."""
    people = {unit.pk: city.people[name.lower()] for name, unit in city.units.items() if name.lower() in city.people}
    asked = queries.asked_measures(sheet.scheme)
    parts = {use.part_of for use in asked}
    values = {}
    for use in asked:
        values[use.code] = {"grade": "B", "yes_no": "yes"}.get(use.kind, whole if use.variable in parts else part)
    values |= own or {}
    actor = people[sheet.institution_id]
    sheet = sheets.fill_sheet(actor=actor, sheet_id=sheet.pk, revision=sheet.revision, values=values)
    sheets.submit_sheet(actor=actor, sheet_id=sheet.pk, revision=sheet.revision)
    supplied = {use.code: survey for use in queries.supplied_measures(sheet.scheme)}
    if supplied and survey:
        enter_values(
            actor=city.people["third"],
            institution_id=sheet.institution_id,
            period=sheet.period,
            values=supplied,
            source="民意调查",
        )


fill = filled_in


def set_village_to_93(city: City) -> None:
    """Let both assessors' points of the village add up to 93: full marks but for 7 points lost on one item."""
    for seat in Seat.objects.filter(sheet__institution=city.units["C1"]):
        declared = engine_scheme(seat.sheet.scheme)
        seat.scores.all().delete()
        lost = next(item for item in declared.items if item.points >= 7)
        ItemScore.objects.bulk_create(
            ItemScore(seat=seat, item=item.code, points=item.points - (7 if item is lost else 0), reason="现场核实")
            for item in declared.items
        )


def assessing(city: City) -> Round:
    round_ = launched(city)
    office = city.people["office"]
    for sheet in round_.sheets.all():
        fill(city, sheet)
    seats.seat_assessors(actor=office, round_id=round_.pk, revision=round_.revision)
    return rounds.close_self_scoring(actor=office, round_id=round_.pk, revision=round_.revision)


def score_seat(seat: Seat, **changed: str) -> None:
    """Take the computed value everywhere, grade B and full marks where assessors judge; `changed` overrides items."""
    declared = engine_scheme(seat.sheet.scheme)
    computed = prefilled(seat.sheet)
    points, reasons = {}, {}
    for item in declared.items:
        rules = {part.rule for part in item.parts}
        own = computed[item.code]
        points[item.code] = "B" if rules == {"G"} else str(item.points) if rules == {"F"} else str(own or "")
        override = changed.get(item.code.replace(".", "_"))
        if override:
            points[item.code], reasons[item.code] = override, "现场核实与填报不同"
    scoring.save_scores(
        actor=seat.assessor, seat_id=seat.pk, revision=seat.revision, points=points, reasons=reasons, finish=True
    )


def moderating(city: City) -> Round:
    round_ = assessing(city)
    for seat in Seat.objects.filter(sheet__round=round_):
        score_seat(seat)
    return rounds.start_moderation(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)


def computed(city: City) -> Round:
    round_ = moderating(city)
    computing.compute_results(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    return Round.objects.get(pk=round_.pk)


def in_notice(city: City) -> Round:
    round_ = computed(city)
    office2 = city.people["office2"]
    round_ = rounds.review_round(actor=office2, round_id=round_.pk, revision=round_.revision, opinion="同意")
    return rounds.open_notice_period(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)


def broken_scheme(code: str = "E") -> dict:  # type: ignore[type-arg]
    """Return the evaluation with weights 30 + 40 + 31."""
    content = Catalogue.objects.get().content["schemes"][code]
    content["categories"][2]["points"] = 31
    return content


def points(value: str) -> Decimal:
    return Decimal(value)


def scheme(code: str) -> Scheme:
    return Scheme.objects.get(code=code)
