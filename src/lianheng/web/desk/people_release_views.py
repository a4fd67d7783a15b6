"""放行: everybody whose password waits for this administrator, in one list; several are released at once."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from lianheng.web.accounts.directory import require_admin
from lianheng.web.accounts.models import User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.services import release_passwords
from lianheng.web.accounts.waiting_releases import expired_for, waiting_for
from lianheng.web.desk.people_table import by_words
from lianheng.web.shell.clock import local_day, now
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.refused_forms import show_refusal
from lianheng.web.shell.tables import Column, Filter, Sort, Table

ACT = "放行密码"


class ReleaseTable(Table):
    """等放行的账号: who they are, whose code it is, until when it holds; a box to choose each."""

    name, noun, model = "accounts.waiting", "等放行的账号", User
    columns: Sequence[Column] = (
        Column("name", "姓名", link=True, sub=lambda user: user.username),
        Column("institution", "单位", value=lambda user: user.institution.name if user.institution else ""),
        Column("position", "职务"),
        Column("code_from", "激活码由谁发出", value=lambda user: user.code_from.name),
        Column("until", "激活码有效到", value=lambda user: _until(user)),
    )
    filters = (Filter("q", "姓名、用户名或单位", apply=by_words, placeholder="任意一段文字"),)
    sorts = (Sort("username", ("username",), "用户名", unique=True),)
    empty_title = "没有账号等您放行"
    empty_text = "系统管理员给考评、审核、公布结果的人发了激活码以后，会列在这里。"
    can_export = False

    def __init__(self, chosen: Collection[str]) -> None:
        # A form that comes back keeps its boxes.
        self.columns = (Column("choose", "放行", value=lambda user: _box(user, chosen)), *type(self).columns)

    def row_url(self, row: User) -> str:
        return reverse("people:person", args=[row.pk])


def _box(user: User, chosen: Collection[str]) -> SafeString:
    value = f"{user.pk}.{user.revision}"
    return format_html(
        '<label class="row"><input type="checkbox" form="release" name="person" value="{}"{}>'
        '<span class="sr">放行{}</span></label>',
        value, SafeString(" checked" if value in chosen else ""), user.name,
    )  # fmt: skip


def _until(user: User) -> Any:
    """A password of one's own has no end; it waits nevertheless, because whoever knew the code may have set it."""
    if not user.must_change_password:
        return "本人已改成自己的密码"
    return local_day(user.code_expires) if user.code_expires else ""


class ReleaseForm(forms.Form):
    reason = forms.CharField(
        label="怎样向本人核实的",
        max_length=100,
        help_text="例如“逐一电话核实，激活码都在本人手里”。勾选的每个人都要问过，每个人的痕迹里都记这句话。",
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def releases(request: UserRequest) -> HttpResponse:
    """List those who wait for my release, and release the chosen ones: all of them or, with the reason, none."""
    require_admin(request.user, [Role.SECURITY_ADMIN], ACT)
    form = ReleaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            names = release_passwords(actor=request.user, people=_chosen(request), reason=form.cleaned_data["reason"])
        except InvalidInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"已放行 {len(names)} 个账号：{'、'.join(names)}。他们现在可以登录")
            return redirect("people:releases")
    moment = now()
    rows = waiting_for(request.user, moment).select_related("institution", "code_from")
    context = {"form": form, "expired": expired_for(request.user, moment).count()}
    status = 422 if request.method == "POST" else 200
    return ReleaseTable(request.POST.getlist("person")).respond(
        request, rows, "desk/people_releases.html", context, status
    )


def _chosen(request: UserRequest) -> dict[int, int]:
    """Return person → revision as the page showed them."""
    chosen = {}
    for text in request.POST.getlist("person"):
        pk, _, revision = text.partition(".")
        if not (pk.isascii() and pk.isdecimal() and revision.isascii() and revision.isdecimal() and len(text) < 24):
            raise InvalidInput("没有认出勾选的人，请刷新页面再选")
        chosen[int(pk)] = int(revision)
    return chosen
