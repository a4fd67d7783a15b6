"""Acts that both years share: launch, hand in, survey values, quarters, events."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

import rfc8785

from lianheng.web.assessment import queries
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.measure_year import quarterly_measures
from lianheng.web.assessment.models import Round, Sheet
from lianheng.web.assessment.services import rounds, schemes, sheets, snapshots
from lianheng.web.desk.demo import files, values
from lianheng.web.desk.demo.dates import on_day
from lianheng.web.desk.demo.foundation import Demo
from lianheng.web.evidence.services import add_evidence
from lianheng.web.measures.services import import_values
from lianheng.web.measures.workbook import SheetRow

EVALUATION = "E"


@dataclass(frozen=True)
class Dates:
    """The days of a round's beginning."""

    prepared: dt.date
    launched: dt.date
    self_score_due: dt.date
    assess_due: dt.date


def usual_dates(year: int, self_score_due: dt.date) -> Dates:
    return Dates(dt.date(year, 3, 3), dt.date(year, 3, 10), self_score_due, dt.date(year + 1, 1, 10))


def launch(demo: Demo, year: int, dates: Dates, lists: str = "") -> Round:
    """Publish the year's schemes (or those of some lists), prepare the round and open self-scoring."""
    office = demo.people["office"]
    with on_day(dates.prepared):
        for scheme in schemes.draft_schemes(actor=office, catalogue_id=demo.catalogue.pk, year=year):
            if not lists or scheme.list_code in lists:
                schemes.publish_scheme(actor=demo.people["office2"], scheme_id=scheme.pk, revision=scheme.revision)
        round_ = rounds.create_round(
            actor=office, year=year, self_score_due=dates.self_score_due, assess_due=dates.assess_due
        )
    with on_day(dates.launched):
        return rounds.launch_round(actor=office, round_id=round_.pk, revision=round_.revision)


def sheets_of(round_: Round) -> list[Sheet]:
    """Return the round's sheets in one order; the schemes' long content stays unread."""
    rows = round_.sheets.select_related("scheme", "institution", "round").defer("scheme__content")
    return list(rows.order_by("id"))


def chance(sheet: Sheet, purpose: str) -> Random:
    """Return a source of chance that belongs to one sheet and purpose, whatever happens around it."""
    return Random(f"{sheet.institution.code}/{sheet.list_code}/{sheet.period}/{purpose}")


def level_of(sheet: Sheet) -> float:
    """Return how well an institution does in a year: a standing of its own, and the year's change."""
    own = values.standing(Random(sheet.institution.code))
    return min(0.99, max(0.3, own + chance(sheet, "year").gauss(0.0, 0.04)))


def hand_in(demo: Demo, sheet: Sheet, *, submit: bool = True, share: float = 1.0, papers: int = 0) -> Sheet:
    """Fill a sheet, or a part of it, and submit it."""
    actor, rng = demo.people.reporter(sheet.institution), chance(sheet, "values")
    asked = [use.code for use in queries.asked_measures(sheet.scheme)]
    texts = values.reported(engine_scheme(sheet.scheme), asked, level_of(sheet), rng)
    kept = dict(list(texts.items())[: max(1, round(len(texts) * share))])
    evidence = _papers(demo, sheet, list(kept), papers)
    sheet = sheets.fill_sheet(
        actor=actor, sheet_id=sheet.pk, revision=sheet.revision, values=kept, evidence=evidence or None
    )
    return sheets.submit_sheet(actor=actor, sheet_id=sheet.pk, revision=sheet.revision) if submit else sheet


def _papers(demo: Demo, sheet: Sheet, codes: list[str], count: int) -> dict[str, list[int]]:
    """Hand in the first papers for the first measures; a paper proves several numbers without being asked twice."""
    actor = demo.people.reporter(sheet.institution)
    found: dict[str, list[int]] = {}
    for number in range(count):
        upload, title = files.paper(number, sheet.round.year)
        row = add_evidence(
            actor=actor,
            institution_id=sheet.institution_id,
            upload=upload,
            title=title,
            dated=dt.date(sheet.round.year, 6, 30),
        )
        for code in codes[number::count]:
            found[code] = [row.pk]
    return found


def survey(demo: Demo, sheets_asked: Sequence[Sheet], day: dt.date, year: int | None = None) -> None:
    """The third party takes in what a survey found: one workbook a list, as it would from Excel."""
    by_list: dict[str, list[Sheet]] = {}
    for sheet in sheets_asked:
        by_list.setdefault(sheet.list_code, []).append(sheet)
    with on_day(day):
        for list_code, rows in by_list.items():
            supplied = [use.code for use in queries.supplied_measures(rows[0].scheme)]
            if supplied:
                workbook = [_row(number, sheet, supplied, "survey") for number, sheet in enumerate(rows, 2)]
                _take_in(demo, list_code, workbook, day, str(year or day.year), "年民意调查")


def _row(number: int, sheet: Sheet, codes: Sequence[str], purpose: str) -> SheetRow:
    texts = values.reported(engine_scheme(sheet.scheme), codes, level_of(sheet), chance(sheet, purpose))
    return SheetRow(number, sheet.institution.code, texts)


def _take_in(demo: Demo, list_code: str, rows: Sequence[SheetRow], day: dt.date, period: str, what: str) -> None:
    listing = rfc8785.dumps([[row.code, dict(row.values)] for row in rows])
    import_values(
        actor=demo.people["third"],
        list_code=list_code,
        period=period,
        rows=rows,
        source=f"{period}{what}",
        as_of=day,
        file_name=f"{period}{what}-{list_code}.xlsx",
        sha256=hashlib.sha256(listing).hexdigest(),
        seen=None,
    )


def quarters(demo: Demo, round_: Round, days: Mapping[int, dt.date]) -> None:
    """Take in a quarter's values of the evaluation, one workbook a quarter, and freeze them."""
    rows = [sheet for sheet in sheets_of(round_) if sheet.list_code == EVALUATION]
    codes = [use.code for use in quarterly_measures(rows[0].scheme)]
    for quarter, day in days.items():
        period = f"{round_.year}Q{quarter}"
        with on_day(day):
            workbook = [_row(number, sheet, codes, period) for number, sheet in enumerate(rows, 2)]
            _take_in(demo, EVALUATION, workbook, day, period, "季度监测")
            snapshots.freeze_quarter(actor=demo.people["office"], round_id=round_.pk, quarter=quarter)
