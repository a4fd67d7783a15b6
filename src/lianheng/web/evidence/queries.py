"""Reads of evidence within a person's scope."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from lianheng.web.accounts.models import User
from lianheng.web.evidence.models import Evidence
from lianheng.web.evidence.scope import seen_by


def evidence_for(user: User) -> QuerySet[Evidence]:
    """Return the evidence of institutions in this person's scope, newest first."""
    return Evidence.objects.filter(seen_by(user, "uploaded_by")).select_related("file", "uploaded_by").order_by("-id")


def get_evidence_for(user: User, evidence_id: int) -> Evidence:
    """Return one piece of evidence, or 404 when it is not in this person's scope."""
    return get_object_or_404(evidence_for(user), pk=evidence_id)
