"""Years: who has a part in the assessment, and who sees which round with its papers."""

import datetime as dt
from typing import Any

from django.db.models import OuterRef, QuerySet
from django.shortcuts import get_object_or_404

from lianheng.web.accounts.models import User
from lianheng.web.accounts.prepared import ask_for
from lianheng.web.accounts.roles import ADMINISTRATORS, READERS, Role
from lianheng.web.accounts.scope import grants_of, roles_of
from lianheng.web.assessment.models import OfficialNotice, Round, Snapshot
from lianheng.web.shell.json_lists import listed, moment_of
from lianheng.web.shell.prepared import one_or_404
from lianheng.web.units.models import Division

# Who sees results before they are shown to the units themselves.
OFFICE = (Role.SPECIAL_OFFICE, Role.LEADING_GROUP)


def rounds_for(user: User) -> QuerySet[Round]:
    """Return the rounds that are launched; offices also see the one in preparation, the three administrators none."""
    if not works_here(user):
        return Round.objects.none()
    rounds = Round.objects.order_by("-year")
    return rounds if _is_office(user) else rounds.exclude(state=Round.DRAFT)


def get_round_for(user: User, round_id: int) -> Round:
    return get_object_or_404(rounds_for(user), pk=round_id)


def get_round_with_papers_for(user: User, round_id: int) -> Round:
    """Return a round with its snapshots and notices: `papers_of` tells them."""
    return one_or_404(ask_for(user, _round_with_papers, round_id))


def _round_with_papers(user: User, round_id: int) -> QuerySet[Round]:
    notices = OfficialNotice.objects.filter(round=OuterRef("pk"))
    snapshots = Snapshot.objects.filter(round=OuterRef("pk"))
    return (
        rounds_for(user)
        .filter(pk=round_id)
        .annotate(
            notice_rows=listed(notices, "sequence", *_NOTICE),
            snapshot_rows=listed(snapshots, "created", *_SNAPSHOT),
        )
    )


_NOTICE = ("pk", "title", "number", "issued_on", "issued_by__name", "run__current")
_SNAPSHOT = ("period", "number", "units", "missing", "sha256")


def papers_of(round_: Any) -> dict[str, list[dict[str, Any]]]:
    """Return snapshots and notices of `get_round_with_papers_for`, newest first."""
    notices = [dict(zip(_NOTICE, row, strict=True)) for _, *row in sorted(round_.notice_rows, reverse=True)]
    for notice in notices:
        notice["issued_on"] = dt.date.fromisoformat(notice["issued_on"])
    snapshots = [
        {"created": created} | dict(zip(_SNAPSHOT, row, strict=True))
        for created, row in sorted(((moment_of(row[0]), row[1:]) for row in round_.snapshot_rows), reverse=True)
    ]
    return {"notices": notices, "snapshots": snapshots}


def place_of(round_: Round) -> Division:
    """Return a round's city as far as a grant asks for it, without a query."""
    return Division(code=round_.division, province=round_.division[:2], city=round_.division)


def works_here(user: User) -> bool:
    """Say whether a person has a part in the assessment: the three administrators look after people and the trail."""
    return bool(roles_of(user) - ADMINISTRATORS)


def reads_sheets(user: User) -> bool:
    """Say whether a person has sheets to read: everybody with a part in the assessment but survey bodies."""
    return bool(roles_of(user) & {*READERS, Role.ASSESSOR} - ADMINISTRATORS)


def reads_results(user: User) -> bool:
    """Say whether a person may find results and objections: not by the roles of assessors and survey bodies."""
    return bool(roles_of(user) & set(READERS) - ADMINISTRATORS)


def _is_office(user: User) -> bool:
    return any(grant.role in OFFICE for grant in grants_of(user))
