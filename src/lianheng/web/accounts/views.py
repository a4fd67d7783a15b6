"""Log-in, log-out, my account."""

from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth.decorators import login_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from lianheng.web.accounts import services, throttle
from lianheng.web.accounts.forms import LoginForm, PasswordForm
from lianheng.web.accounts.models import User
from lianheng.web.shell.clock import now


@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Log in by user name and password; failures slow down this name at this address only."""
    if request.user.is_authenticated:
        return redirect("home")
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        username, address = form.cleaned_data["username"], request.META.get("REMOTE_ADDR", "")
        wait = throttle.seconds_to_wait(username, address, now())
        user = None if wait else authenticate(request, username=username, password=form.cleaned_data["password"])
        if isinstance(user, User):
            throttle.forget_failures(username, address)
            start_session(request, user)
            services.note_log_in(user)
            return HttpResponseRedirect(_safe_next(request))
        if wait:
            form.add_error(None, f"连续输错次数较多，请 {wait} 秒后再试")
        else:
            throttle.count_failure(username, address, now())
            services.note_failed_log_in(username)
            form.add_error(None, "用户名或密码不对。忘了密码请联系本单位的系统管理员重置")
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/login.html", {"form": form, "next": request.POST.get("next") or request.GET.get("next", "")}, status=status)


def _safe_next(request: HttpRequest) -> str:
    target = request.POST.get("next") or "/"
    return target if url_has_allowed_host_and_scheme(target, allowed_hosts=None) else "/"


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End this session."""
    if isinstance(request.user, User):
        services.note_log_out(request.user)
    end_session(request)
    return redirect("accounts:login")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change my password; at the first log-in nothing else is open before."""
    form = PasswordForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        services.change_password(actor=request.user, new=form.cleaned_data["new"])
        request.user.refresh_from_db()
        update_session_auth_hash(request, request.user)
        messages.success(request, "密码已改，其他地方的登录已退出")
        return redirect("home")
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/password.html", {"form": form}, status=status)
