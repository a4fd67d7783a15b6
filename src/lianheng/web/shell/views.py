"""Pages that belong to no room: errors."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say what to do when the form's token no longer fits, usually after a new log-in in another window."""
    message = "页面放置太久或在别处重新登录过，这次提交没有写入。请返回刷新页面后再提交。"
    return render(request, "shell/refused.html", {"message": message}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "shell/not_found.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    return render(request, "shell/server_error.html", status=500)
