"""What a person must do before anything else: set a password of their own."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse


class FirstStepsMiddleware:
    """Leads to the pending first step; the page itself, logging out and static files stay open."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and user.must_change_password:
            step = reverse("accounts:password")
            if request.path not in {step, reverse("accounts:logout")} and not request.path.startswith("/static/"):
                return redirect(step)
        return self.get_response(request)
