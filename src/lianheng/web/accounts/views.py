"""Log-in, log-out, my account."""

import segno
from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods, require_POST

from lianheng.web.accounts import pending, services, throttle
from lianheng.web.accounts.forms import CodeForm, LoginForm, PasswordForm
from lianheng.web.accounts.log_in_again import words_of
from lianheng.web.accounts.middleware import lacks_second_factor
from lianheng.web.accounts.models import User
from lianheng.web.accounts.one_time_codes import CODE_HOURS, has_expired, looks_like_code
from lianheng.web.accounts.sealing import CannotOpen, open_sealed, seal
from lianheng.web.accounts.services.releasing import is_shut
from lianheng.web.accounts.services.second_factor import address, new_secret, real_moment
from lianheng.web.shell.clock import now
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.ways_back import wanted_page

# Under this key of the session the secret waits for its first code.
SECRET = "second_factor_secret"
# Failures of the second factor count wherever they come from: the password was right already.
SECOND = "second-factor"
# So do wrong old passwords: somebody sits at a session left open.
OLD_PASSWORD = "old-password"
SHUT = (
    "密码没有错，还要等安全管理员放行才能登录：您的角色关系到得分和结果，系统管理员发的激活码要由另一个人向您核实后放行。"
    "请联系安全管理员"
)


@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Log in by user name and password; failures slow down this name at this address only."""
    if request.user.is_authenticated:
        return redirect("home")
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        username, origin = form.cleaned_data["username"], request.META.get("REMOTE_ADDR", "")
        wait = throttle.seconds_to_wait(username, origin, now())
        user = None if wait else authenticate(request, username=username, password=form.cleaned_data["password"])
        expired = isinstance(user, User) and has_expired(user, now())
        shut = isinstance(user, User) and not expired and is_shut(user)
        if isinstance(user, User) and not expired and not shut:
            throttle.forget_failures(username, origin)
            if user.totp_secret:
                pending.keep(request, user, wanted_page(request))
                return redirect("accounts:second_step")
            start_session(request, user)
            services.note_log_in(user)
            return HttpResponseRedirect(wanted_page(request))
        if wait:
            form.add_error(None, f"连续输错次数较多，请 {wait} 秒后再试")
        elif shut:
            services.note_failed_log_in(username)
            form.add_error(None, SHUT)
        else:
            throttle.count_failure(username, origin, now())
            services.note_failed_log_in(username)
            form.add_error(None, _why_not(form.cleaned_data["password"], expired))
    target = request.POST.get("next") or request.GET.get("next", "")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "next": target, "why": words_of(request)}
    return render(request, "accounts/login.html", context, status=status)


def _why_not(typed: str, expired: bool) -> str:
    """Say what to do next. Only who typed the right code learns that it is too old."""
    if expired:
        return f"这个激活码已过有效期（{CODE_HOURS} 小时），请联系系统管理员重置密码，再领一个"
    if looks_like_code(typed):
        return "用户名或激活码不对，或者激活码已经用过：设了自己的密码以后，请用自己的密码。需要新的请联系系统管理员"
    return "用户名或密码不对。忘了密码请联系本单位的系统管理员重置"


@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor; the session begins only when it is right too."""
    waiting = pending.read(request)
    if waiting is None:
        return redirect("accounts:login")
    user, target = waiting
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wait = throttle.seconds_to_wait(user.username, SECOND, now())
        if wait:
            form.add_error(None, f"连续输错次数较多，请 {wait} 秒后再试")
        elif services.check_second_factor(user_id=user.pk, code=form.cleaned_data["code"], moment=real_moment()):
            throttle.forget_failures(user.username, SECOND)
            pending.forget(request)
            start_session(request, user, backend="django.contrib.auth.backends.ModelBackend")
            services.note_log_in(user)
            return HttpResponseRedirect(target)
        else:
            throttle.count_failure(user.username, SECOND, now())
            form.add_error("code", "动态口令不对或已经用过。请等手机上换下一个数再填，也可以填一个没用过的恢复码")
    return render(request, "accounts/second_step.html", {"form": form}, status=422 if request.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Set the second factor up: show the QR code, take a first code, show the recovery codes once."""
    user = request.user
    if user.totp_secret:
        return render(
            request, "accounts/second_factor_set.html", {"left": user.recovery_codes.filter(used=None).count()}
        )
    secret = _waiting_secret(request)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = services.set_up_second_factor(
                actor=user, secret=secret, code=form.cleaned_data["code"], moment=real_moment()
            )
        except InvalidInput as refusal:
            form.add_error("code", refusal.message)
        else:
            del request.session[SECRET]
            return render(request, "accounts/recovery_codes.html", {"codes": codes, "next": wanted_page(request)})
    qr = segno.make(address(user, secret), micro=False, error="m").svg_inline(scale=5, border=4)
    context = {"form": form, "qr": mark_safe(qr), "secret": secret, "asked": lacks_second_factor(user)}
    return render(request, "accounts/second_factor.html", context, status=422 if request.method == "POST" else 200)


def _waiting_secret(request: HttpRequest) -> str:
    """Return the secret that waits for its first code: sealed in the session too, which lies in the database."""
    place = f"session:{request.user.pk}"
    try:
        return open_sealed(request.session.setdefault(SECRET, seal(new_secret(), place)), place)
    except CannotOpen:
        del request.session[SECRET]
        return _waiting_secret(request)


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
    name = request.user.username
    wait = throttle.seconds_to_wait(name, OLD_PASSWORD, now()) if request.method == "POST" else 0
    form = PasswordForm(request.POST or None, user=request.user, wait=wait)
    if request.method == "POST" and form.is_valid():
        throttle.forget_failures(name, OLD_PASSWORD)
        services.change_password(actor=request.user, new=form.cleaned_data["new"])
        request.user.refresh_from_db()
        update_session_auth_hash(request, request.user)
        messages.success(request, "密码已改，其他地方的登录已退出")
        return HttpResponseRedirect(wanted_page(request))
    if form.has_error("old", "wrong"):
        throttle.count_failure(name, OLD_PASSWORD, now())
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/password.html", {"form": form}, status=status)
