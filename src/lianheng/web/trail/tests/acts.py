"""URLs for the middleware's tests: acts that are refused in the ways a service can refuse."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from lianheng.web import urls
from lianheng.web.shell.errors import Forbidden, InvalidInput, StaleForm, WrongState
from lianheng.web.trail.services import record

REFUSALS = {"forbidden": Forbidden, "wrong_state": WrongState, "stale": StaleForm, "invalid": InvalidInput}


@login_required
def refuse(request: HttpRequest, code: str) -> HttpResponse:
    """Record an act, then refuse it: the act's own entry must be rolled back."""
    with transaction.atomic():
        record(actor=request.user, action="test.half_done")
        raise REFUSALS[code]("现在不能提交：\n考评已经结束")


@login_required
def hidden(request: HttpRequest, name: str) -> HttpResponse:
    raise Http404


@csrf_exempt
@login_required
def denied(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


@login_required
def caught(request: HttpRequest, status: int) -> HttpResponse:
    """Show the refusal in a page of its own, as a form does that keeps what was typed."""
    try:
        raise StaleForm
    except StaleForm as refusal:
        return HttpResponse(refusal.message, status=status)


handler404, handler500 = getattr(urls, "handler404", None), getattr(urls, "handler500", None)
urlpatterns = [
    path("test/refuse/<str:code>/", refuse, name="test_refuse"),
    path("test/hidden/<str:name>/", hidden, name="test_hidden"),
    path("test/caught/<int:status>/", caught, name="test_caught"),
    path("test/denied/", denied, name="test_denied"),
    path("", include("lianheng.web.urls")),
]
