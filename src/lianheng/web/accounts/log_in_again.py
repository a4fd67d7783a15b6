"""A session that has ended under an open page: the log-in page says why, and leads back to the page, not to the act."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from lianheng.web.shell.ways_back import way_back

REASONS = {
    "changed": "您的角色、单位或密码刚有调整，原来的登录已经失效，请重新登录。",
    "off": "您的账号已经停用，请联系本单位的系统管理员。",
    "shut": "您的账号要等安全管理员放行才能再用，请联系安全管理员。",
    "ended": "登录已经超时，或者已在别处退出，请重新登录。",
}
# Under this key of the bare session lies what a quietly saving page was told.
BECAUSE = "ended_because"
NOT_WRITTEN = (
    "刚才提交的内容没有写入；登录后会回到那一页，没有存的文字由浏览器放回表里，请核对后再提交（文件要重新选）。"
)


def log_in_again(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give every redirect to the log-in page its reason and the page to come back to."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 302 or not response.headers["Location"].startswith(f"{reverse('accounts:login')}?"):
            return response
        why = _why(request)
        if not request.accepts("text/html"):
            # A page saves quietly: what was typed is still on it, and its button will ask again, without a session.
            request.session[BECAUSE] = why
            return JsonResponse({"message": f"{REASONS[why or 'ended']}您填的还在这一页上，请按按钮再存"}, status=401)
        return HttpResponseRedirect(log_in_address(request, why))

    return middleware


def log_in_address(request: HttpRequest, why: str) -> str:
    """Return the address of the log-in page for a request that needs a person."""
    query = {"next": way_back(request)}
    if why:
        query |= {"why": why}
        if request.method not in ("GET", "HEAD"):
            query |= {"sent": "1"}
    return f"{reverse('accounts:login')}?{urlencode(query, safe='/')}"


def _why(request: HttpRequest) -> str:
    """Return why there is no session: nothing where there may never have been one."""
    person = getattr(request.session, "person", None)
    if person is not None:
        return "changed" if person.is_active else "off"
    if told := request.session.pop(BECAUSE, ""):
        return str(told)
    # A browser forgets its cookie at the end of the session; but only from inside can a form have been sent.
    had_one = settings.SESSION_COOKIE_NAME in request.COOKIES or request.method not in ("GET", "HEAD")
    return "ended" if had_one else ""


def words_of(request: HttpRequest) -> str:
    """Return what the log-in page says about the session that ended."""
    reason = REASONS.get(request.GET.get("why", ""), "")
    return f"{reason}{NOT_WRITTEN}" if reason and request.GET.get("sent") else reason
