"""Pages that belong to no room: errors."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lianheng.web.shell.ways_back import way_back


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say what to do when the form's token no longer fits, usually after a new log-in in another window."""
    message = (
        "页面放置太久或在别处重新登录过，这次提交没有写入。"
        "请回到那一页，没有存的文字由浏览器放回表里，核对后再提交（文件要重新选）。"
    )
    return render(
        request, "shell/refused.html", {"message": message, "back": _with_draft(way_back(request))}, status=403
    )


def _with_draft(page: str) -> str:
    """Return the address of a form's page that asks the browser for its draft: no script runs on the page that tells.

    Many a form is sent to the address of its own page. A mere fragment of the same address opens nothing anew, so that
    an empty condition goes before it.
    """
    return page if page == "/" else f"{page}{'&' if '?' in page else '?'}#draft"


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "shell/not_found.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    return render(request, "shell/server_error.html", status=500)
