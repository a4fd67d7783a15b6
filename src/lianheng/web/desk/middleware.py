"""Keeps the badge honest: after one's own act it is counted anew."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from lianheng.web.accounts.models import User
from lianheng.web.desk.inbox import forget_count


def fresh_badge(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Forget the counted badge of who has just written something."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.method == "POST" and isinstance(request.user, User):
            forget_count(request.user)
        return response

    return middleware
