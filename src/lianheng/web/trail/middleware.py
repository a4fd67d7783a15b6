"""Turns refusals into a Chinese page and a trail entry of their own, after the act has been rolled back."""

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lianheng.web.shell.errors import InvalidInput, Refusal
from lianheng.web.shell.ways_back import way_back
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.services import record

_READS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# Refusals that no service raised: outside the scope, a form without its CSRF token; or that a view caught, to show its
# form once more with everything that was typed.
_CODES = {404: "not_visible", 403: "forbidden", 409: "conflict"}
# Enough to know the case by; a refused request must not fill the trail.
_LONGEST = 200


class RefusalMiddleware:
    """Records a refused act, once. A 404 on a read is not an entry; a 404 or a bare 403 on a write is.

    A value that cannot be accepted (422) is no refusal of an act but a question back: see docs/decisions/0006.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        code = _CODES.get(response.status_code)
        if code and request.method not in _READS and request.user.is_authenticated and not _is_recorded(request):
            _record(request, code, "")
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refusal):
            return None
        if not isinstance(error, InvalidInput):
            _record(request, error.code, error.message)
        # Who pressed a button gets back to where it stands.
        back = "" if request.method in _READS else way_back(request)
        return render(request, "shell/refused.html", {"message": error.message, "back": back}, status=error.status)


def _is_recorded(request: HttpRequest) -> bool:
    return bool(getattr(request, "_refusal_recorded", False))


def _record(request: HttpRequest, code: str, message: str) -> None:
    request._refusal_recorded = True  # type: ignore[attr-defined]
    match = request.resolver_match
    with transaction.atomic():
        record(
            actor=request.user if request.user.is_authenticated else None,
            action="act.refused",
            result=TrailEntry.REFUSED,
            details={
                "url": match.view_name if match else "",
                "args": {key: str(value)[:_LONGEST] for key, value in (match.kwargs if match else {}).items()},
                "method": request.method,
                "code": code,
                "message": message[:_LONGEST],
            },
        )
