"""From the frozen snapshot and the settled points to ranked results: one run, kept for good."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db import transaction

from lianheng import __version__
from lianheng.engine.scoring.year import FORMAT, Outcome, compute_year, input_dict
from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.models import ItemScore, Objection, Result, ResultRun, Round, Sheet, Snapshot
from lianheng.web.assessment.services.rounds import city_of, lock_round, refuse_seated
from lianheng.web.assessment.services.scoring import settle_scores
from lianheng.web.assessment.services.snapshots import freeze_snapshot, pack, unpack
from lianheng.web.shell.clock import now
from lianheng.web.shell.errors import WrongState
from lianheng.web.trail.services import record

STATES = (Round.MODERATING, Round.COMPUTED, Round.REVIEWED, Round.NOTICE)


@transaction.atomic
def compute_results(*, actor: User, round_id: int, revision: int) -> ResultRun:
    """Freeze the year, score and rank every sheet, and keep the run; earlier runs stay on record.

    Possible from moderation on, and again in the notice period when an objection was upheld: the round then goes back
    to review.
    """
    round_ = lock_round(round_id, revision=revision, state=STATES)
    require_role(actor, [Role.SPECIAL_OFFICE], city_of(round_), "计算考评结果")
    refuse_seated(actor, round_, "计算考评结果")
    # Before anything is read: what is settled while this runs is then later than the run, and asks for another.
    begun = now()
    sheets = list(round_.sheets.select_related("scheme", "institution__parent").order_by("id"))
    judged = _judged(round_, sheets)
    snapshot = freeze_snapshot(actor=actor, round_=round_, period=str(round_.year))
    package = build_package(round_, sheets, snapshot, judged)
    outcomes = compute_year(package)
    packed, digest = pack(package)
    why = _why_again(round_)
    run = _new_run(round_, snapshot=snapshot, inputs=packed, inputs_sha256=digest, computed_at=begun, computed_by=actor)
    Result.objects.bulk_create(_rows(run, round_, sheets, outcomes), batch_size=500)
    round_.state, round_.computed_by, round_.reviewed_by = Round.COMPUTED, actor, None
    round_.revision += 1
    round_.save()
    details = {"run": run.number, "inputs": digest, "snapshot": snapshot.sha256, "results": len(outcomes)} | why
    unit = f"round:{round_.pk}"
    record(actor=actor, action="assessment.results_computed", subject=round_, unit=unit, details=details)
    return run


def _new_run(round_: Round, **given: Any) -> ResultRun:
    """Put a new run in the place of the newest one, which stays on record with its results."""
    ResultRun.objects.filter(round=round_, current=True).update(current=False)
    Result.objects.filter(run__round=round_, current=True).update(current=False)
    number = ResultRun.objects.filter(round=round_).count() + 1
    return ResultRun.objects.create(round=round_, number=number, engine_version=__version__, **given)


def _why_again(round_: Round) -> dict[str, str]:
    """Return the words for the trail of a computation that is not the round's first."""
    last = ResultRun.objects.filter(round=round_).order_by("-number").values("number", "computed_at").first()
    if last is None:
        return {}
    upheld = Objection.objects.filter(
        result__run__round=round_, upheld=True, answered_at__gt=last["computed_at"]
    ).count()
    because = f"采纳 {upheld} 件异议后重新计算" if upheld else "重新计算"
    return {"comment": f"{because}，第 {last['number'] + 1} 次，要再审核、再公示"}


def _judged(round_: Round, sheets: list[Sheet]) -> dict[int, dict[str, str]]:
    """Return the points that count for each sheet after moderation and upheld objections; open disputes are refused."""
    given: dict[int, dict[int, dict[str, ItemScore]]] = defaultdict(lambda: defaultdict(dict))
    for row in ItemScore.objects.filter(seat__sheet__round=round_).select_related("seat"):
        given[row.seat.sheet_id][row.seat.number][row.item] = row
    judged: dict[int, dict[str, str]] = {}
    disputed = 0
    for sheet in sheets:
        settled = settle_scores(engine_scheme(sheet.scheme), given[sheet.pk])
        disputed += sum(outcome.needs_third for outcome in settled.values())
        judged[sheet.pk] = {item: str(outcome.points) for item, outcome in settled.items()}
    if disputed:
        raise WrongState(f"还有 {disputed} 个条目等第三人打分，打完后再计算")
    upheld = (
        Objection.objects.filter(result__run__round=round_, upheld=True).exclude(points=None).order_by("answered_at")
    )
    for objection in upheld.select_related("result"):
        judged[objection.result.sheet_id][objection.item] = str(objection.points)
    return judged


def build_package(
    round_: Round, sheets: list[Sheet], snapshot: Snapshot, judged: dict[int, dict[str, str]]
) -> dict[str, Any]:
    """Return the engine's package of a year: everything that decides a result and nothing else."""
    year = {unit["code"]: unit for unit in unpack(snapshot.content)["units"]}
    quarters: dict[str, dict[str, dict[str, str]]] = {}
    for row in Snapshot.objects.filter(round=round_, period__contains="Q").order_by("number"):
        quarters[row.period] = {unit["code"]: unit["values"] for unit in unpack(row.content)["units"]}
    entries = []
    for sheet in sheets:
        institution, unit = sheet.institution, year[sheet.institution.code]
        declared = engine_scheme(sheet.scheme)
        wanted = {use.code for use in declared.measures()}
        entry: dict[str, Any] = {
            "unit": institution.code,
            "scheme": sheet.list_code,
            "group": sheet.group,
            "county": "" if institution.is_area else institution.county,
            "parent": institution.parent.code if institution.parent else "",
            "area": institution.county if institution.is_area else "",
            "values": {code: value for code, value in unit["values"].items() if code in wanted},
            "judged": judged[sheet.pk],
            "events": [event for event in unit["events"] if event["kind"] in declared.event_kinds],
        }
        if declared.daily:
            entry["quarters"] = {
                period: {code: value for code, value in values[institution.code].items() if code in wanted}
                for period, values in quarters.items()
                if institution.code in values
            }
        entries.append(entry)
    schemes = {sheet.list_code: sheet.scheme.content for sheet in sheets}
    return {"format": FORMAT, "year": round_.year, "schemes": schemes, "sheets": entries}


def _rows(run: ResultRun, round_: Round, sheets: list[Sheet], outcomes: list[Outcome]) -> list[Result]:
    by_key = {(sheet.institution.code, sheet.list_code): sheet for sheet in sheets}
    earlier = earlier_scores(round_.year)
    sizes: dict[str, int] = defaultdict(int)
    for outcome in outcomes:
        sizes[outcome.group] += outcome.placing.final is not None
    return [_row(run, round_.year, by_key[o.unit, o.scheme], o, earlier, sizes[o.group]) for o in outcomes]


def earlier_scores(year: int) -> dict[tuple[int, str], Decimal | None]:
    """Return last year's scores by institution and list: those in force, also while that year is being corrected."""
    rows = Result.objects.filter(year=year - 1, run__in_force=True).values_list("institution_id", "list_code", "score")
    return {(institution, list_code): score for institution, list_code, score in rows}


def _row(run: ResultRun, year: int, sheet: Sheet, outcome: Outcome, earlier: dict[Any, Any], size: int) -> Result:
    placing = outcome.placing
    row = Result(
        run=run,
        sheet=sheet,
        institution_id=sheet.institution_id,
        year=year,
        list_code=sheet.list_code,
        group=sheet.group,
        name=sheet.name,
        sort_key=sheet.sort_key,
        inputs=input_dict(outcome.input),
        score=placing.final,
        grade=placing.grade or "",
        place=placing.place,
        position=placing.place or 999_999,
        group_size=size,
        last_year=earlier.get((sheet.institution_id, sheet.list_code)),
        praised=placing.praised,
        interviewed=placing.interviewed,
        vetoes="、".join(veto.code for veto in placing.score.vetoes),
        missing=len(placing.score.missing) + len(placing.score.errors),
    )
    row.place_like(sheet)
    return row
