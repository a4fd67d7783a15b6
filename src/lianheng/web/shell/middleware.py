"""Headers that every response carries."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lianheng.web.shell.ways_back import way_back

# No inline script or style anywhere; data: only for the small SVG marks of the style sheet.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Send the policy, and keep pages of logged-in people out of every cache."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def say_not_allowed(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Show a page where an address that only takes forms is opened (typed, reloaded, reached through a log-in)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 405 or not request.accepts("text/html"):
            return response
        message = "这个地址只用来接收表单，不能直接打开。刚才没有写入任何内容；请回到那一页再办。"
        page = render(request, "shell/refused.html", {"message": message, "back": way_back(request)}, status=405)
        page.headers["Allow"] = response.headers.get("Allow", "")
        return page

    return middleware
