"""Turns refusals into a Chinese page and a trail entry of their own, after the act has been rolled back."""

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lianheng.web.shell.errors import Refusal
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.services import record


class RefusalMiddleware:
    """Records a refused act. A 404 on a read is not an entry; a 404 on a write is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 404 and request.method == "POST" and request.user.is_authenticated:
            _record(request, "not_visible", "")
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refusal):
            return None
        _record(request, error.code, error.message)
        return render(request, "shell/refused.html", {"message": error.message}, status=error.status)


def _record(request: HttpRequest, code: str, message: str) -> None:
    match = request.resolver_match
    with transaction.atomic():
        record(
            actor=request.user if request.user.is_authenticated else None,
            action="act.refused",
            result=TrailEntry.REFUSED,
            details={
                "url": match.view_name if match else "",
                "args": {key: str(value) for key, value in (match.kwargs if match else {}).items()},
                "method": request.method,
                "code": code,
                "message": message,
            },
        )
