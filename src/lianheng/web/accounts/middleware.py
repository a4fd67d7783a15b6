"""What a person must do before anything else: be released, set a password of their own, then the second factor."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout as end_session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from lianheng.web.accounts.log_in_again import log_in_address
from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import SECOND_FACTOR
from lianheng.web.accounts.scope import roles_of
from lianheng.web.accounts.services.releasing import is_shut
from lianheng.web.accounts.sessions import person_of
from lianheng.web.shell.ways_back import wanted_page, way_back


def lacks_second_factor(user: User) -> bool:
    """Say whether this person's roles ask for a second factor that is not set up."""
    if user.totp_secret or (user.is_demo and settings.DEMO_WITHOUT_TOTP and settings.MODE != "production"):
        return False
    return bool(roles_of(user) & SECOND_FACTOR)


def first_step(user: User) -> str | None:
    """Return the name of the page that this person must see to first."""
    if user.must_change_password:
        return "accounts:password"
    return "accounts:second_factor" if lacks_second_factor(user) else None


def _step_address(request: HttpRequest, step: str) -> str:
    """Return the address of a first step; it knows the page that was wanted, where what was typed is put back."""
    steps = {reverse("accounts:password"), reverse("accounts:second_factor")}
    page = wanted_page(request) if request.path in steps else way_back(request)
    return reverse(step) if page == reverse("home") else f"{reverse(step)}?{urlencode({'next': page}, safe='/')}"


class PersonMiddleware:
    """Gives the request its person, who comes with the session (see `sessions`); every page asks for it anyway."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.user = person_of(request)  # type: ignore[assignment]
        return self.get_response(request)


class FirstStepsMiddleware:
    """Leads to the pending first step; the page itself, logging out and static files stay open."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and not request.path.startswith("/static/"):
            if is_shut(user):
                # A role or a stand-in that began meanwhile: the log-in page says what to do.
                address = log_in_address(request, "shut")
                end_session(request)
                return redirect(address)
            step = first_step(user)
            if step and request.path not in {reverse(step), reverse("accounts:logout")}:
                return redirect(_step_address(request, step))
        return self.get_response(request)
