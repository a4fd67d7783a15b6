"""人员: accounts and roles, for the administrators."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianheng.web.accounts import handover, services
from lianheng.web.accounts.directory import (
    MANAGERS,
    READERS_OF_NAMES,
    get_person_for,
    has_role,
    managed_people,
    people_for,
    require_admin,
)
from lianheng.web.accounts.models import User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import ADMINISTRATORS, Role
from lianheng.web.accounts.services.releasing import waits_for_release
from lianheng.web.desk import people_forms as forms
from lianheng.web.desk.people_table import PeopleTable
from lianheng.web.desk.people_words import delegation_rows, role_rows, scope_warnings
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import Forbidden, InvalidInput
from lianheng.web.shell.refused_forms import show_refusal
from lianheng.web.trail.queries import timeline

WORDS = {"release": "放行密码", "clear": "清除动态口令"}
GET_POST = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@require_safe
def people(request: UserRequest) -> HttpResponse:
    """List the people whom I look after, or whose names I may read."""
    require_admin(request.user, [*MANAGERS, Role.AUDIT_ADMIN, *READERS_OF_NAMES], "查看人员")
    rows = people_for(request.user).select_related("institution")
    makes = has_role(request.user, [Role.SYSTEM_ADMIN])
    opens, releases = has_role(request.user, ADMINISTRATORS), has_role(request.user, [Role.SECURITY_ADMIN])
    context = {"makes": makes, "opens": opens, "releases": releases}
    return PeopleTable(opens).respond(request, rows, "desk/people_list.html", context)


@login_required
@require_safe
def person(request: UserRequest, person_id: int) -> HttpResponse:
    """Show one account with its roles and what this administrator may do about it."""
    require_admin(request.user, ADMINISTRATORS, "查看账号")
    return _show(request, get_person_for(request.user, person_id, reading=True))


def _show(request: UserRequest, person: User, status: int = 200, **more: Any) -> HttpResponse:
    state = {"revision": person.revision}
    is_system = has_role(request.user, [Role.SYSTEM_ADMIN])
    open_work = handover.open_work(person) if is_system else {}
    context = {
        "person": person,
        "roles": role_rows(person, today()),
        "delegations": delegation_rows(person, today()),
        "open_work": open_work,
        "has_work": any(open_work.values()),
        "is_own": person.pk == request.user.pk,
        "is_system": is_system,
        "is_security": has_role(request.user, [Role.SECURITY_ADMIN]),
        "move": forms.MoveForm(actor=request.user, initial=state, auto_id="move_%s"),
        "hand_over": forms.HandOverForm(auto_id="hand_over_%s"),
        "disable": forms.DisableForm(initial=state, auto_id="disable_%s"),
        "waits": waits_for_release(person),
        "release": forms.ReasonForm(initial=state, auto_id="release_%s"),
        "clear": forms.ReasonForm(initial=state, auto_id="clear_%s"),
        "entries": timeline(person),
        **more,
    }
    return render(request, "desk/people_person.html", context, status=status)


def _show_again(request: UserRequest, person_id: int, **form: Form) -> HttpResponse:
    """Show the page with the form that could not be taken."""
    return _show(request, get_person_for(request.user, person_id, reading=True), 422, **form)


def _with_reason(request: UserRequest, person_id: int, name: str, act: Callable[..., None], done: str) -> HttpResponse:
    """Do one of the security administrator's acts that ask for a reason alone."""
    require_admin(request.user, [Role.SECURITY_ADMIN], WORDS[name])
    form = forms.ReasonForm(request.POST, auto_id=f"{name}_%s")
    if not form.is_valid():
        return _show_again(request, person_id, **{name: form})
    data = form.cleaned_data
    revision = -1 if data["revision"] is None else data["revision"]
    act(actor=request.user, person_id=person_id, revision=revision, reason=data["reason"])
    messages.success(request, done)
    return redirect("people:person", person_id)


@login_required
@GET_POST
def new_person(request: UserRequest) -> HttpResponse:
    """Make an account; its one-time code is on the answer page and nowhere else."""
    require_admin(request.user, [Role.SYSTEM_ADMIN], "新建账号")
    form = forms.NewPersonForm(request.POST or None, actor=request.user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made, code = services.open_account(
                actor=request.user,
                username=data["username"],
                name=data["name"],
                position=data["position"],
                institution_id=data["institution"],
            )
        except InvalidInput as refusal:
            show_refusal(form, refusal)
        else:
            return render(request, "desk/people_code.html", {"person": made, "code": code, "is_new": True})
    return render(request, "desk/people_new.html", {"form": form}, status=422 if request.method == "POST" else 200)


@login_required
@require_POST
def disable(request: UserRequest, person_id: int) -> HttpResponse:
    """Switch an account off."""
    require_admin(request.user, [Role.SYSTEM_ADMIN], "停用账号")
    form = forms.DisableForm(request.POST, auto_id="disable_%s")
    if form.is_valid():
        data = form.cleaned_data
        data["revision"] = -1 if data["revision"] is None else data["revision"]
        try:
            services.disable_account(actor=request.user, person_id=person_id, **data)
        except InvalidInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "账号已停用，正在登录的已全部退出")
            return redirect("people:person", person_id)
    return _show_again(request, person_id, disable=form)


@login_required
@require_POST
def enable(request: UserRequest, person_id: int) -> HttpResponse:
    """Switch an account on again."""
    services.enable_account(actor=request.user, person_id=person_id, revision=_posted_revision(request))
    messages.success(request, "账号已启用")
    return redirect("people:person", person_id)


def _posted_revision(request: UserRequest) -> int:
    form = forms.RevisionForm(request.POST)
    return int(form.cleaned_data["revision"]) if form.is_valid() else -1


@login_required
@require_POST
def reset(request: UserRequest, person_id: int) -> HttpResponse:
    """Replace the password by a one-time code, shown on the answer page and nowhere else."""
    code = services.reset_password(actor=request.user, person_id=person_id, revision=_posted_revision(request))
    person = get_person_for(request.user, person_id, reading=True)
    context = {"person": person, "code": code, "is_new": False, "waits": waits_for_release(person)}
    return render(request, "desk/people_code.html", context)


@login_required
@require_POST
def release(request: UserRequest, person_id: int) -> HttpResponse:
    """Let a password that comes from a system administrator's code open an account that decides results."""
    return _with_reason(request, person_id, "release", services.release_password, "已放行，本人现在可以登录")


@login_required
@require_POST
def move(request: UserRequest, person_id: int) -> HttpResponse:
    """Put a person into another institution."""
    require_admin(request.user, [Role.SYSTEM_ADMIN], "调整所在单位")
    form = forms.MoveForm(request.POST, actor=request.user, auto_id="move_%s")
    if form.is_valid():
        data = form.cleaned_data
        try:
            ended = services.move_person(
                actor=request.user,
                person_id=person_id,
                revision=data["revision"],
                institution_id=data["institution"],
                today=today(),
            )
        except InvalidInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"已调整所在单位，只限原单位的 {ended} 项角色同时收回")
            if stranded := handover.stranded(get_person_for(request.user, person_id)):
                messages.warning(request, stranded)
            return redirect("people:person", person_id)
    return _show_again(request, person_id, move=form)


@login_required
@require_POST
def hand_over(request: UserRequest, person_id: int) -> HttpResponse:
    """Give a person's open work to somebody else."""
    require_admin(request.user, [Role.SYSTEM_ADMIN], "移交在办事项")
    form = forms.HandOverForm(request.POST, auto_id="hand_over_%s")
    if form.is_valid():
        to = managed_people(request.user).filter(username=form.cleaned_data["to"].strip()).first()
        try:
            if to is None:
                raise InvalidInput("没有这个用户名，或者不在您管的范围内", "to")
            moved = services.hand_over_work(actor=request.user, person_id=person_id, to_id=to.pk)
        except InvalidInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"已把 {moved.done} 件在办事项移交给{to.name}")
            if moved.stays:
                messages.warning(request, handover.told(moved.stays))
            if duties := handover.duties_left(get_person_for(request.user, person_id)):
                messages.warning(request, duties)
            return redirect("people:person", person_id)
    return _show_again(request, person_id, hand_over=form)


@login_required
@GET_POST
def grant(request: UserRequest, person_id: int) -> HttpResponse:
    """Give a role. Whom, what, where, from when."""
    require_admin(request.user, [Role.SECURITY_ADMIN], "授予角色")
    person = get_person_for(request.user, person_id)
    if person.pk == request.user.pk:
        raise Forbidden("不能给自己授予角色，请由另一位安全管理员办理")
    form = forms.GrantForm(request.POST or None, actor=request.user, initial={"valid_from": today(), "capture": True})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        institution_id = data.pop("institution")
        try:
            services.grant_role(actor=request.user, user_id=person.pk, institution_id=institution_id, **data)
        except InvalidInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"已授予{person.name}“{Role(data['role']).label}”，{person.name}需要重新登录")
            if waits_for_release(person):
                messages.warning(request, f"{person.name}的密码来自系统管理员发的激活码，要放行以后才能登录")
            return redirect("people:person", person.pk)
    context = {"person": person, "form": form}
    return render(request, "desk/people_grant.html", context, status=422 if request.method == "POST" else 200)


@login_required
@require_POST
def end_role(request: UserRequest, assignment_id: int) -> HttpResponse:
    """Take a role away at once."""
    holder = User.objects.filter(assignments__pk=assignment_id).values_list("pk", flat=True).first()
    reason = request.POST.get("reason", "")
    services.end_role(actor=request.user, assignment_id=assignment_id, reason=reason)
    messages.success(request, "角色已收回，本人需要重新登录")
    return redirect("people:person", holder)


@login_required
@require_POST
def clear_factor(request: UserRequest, person_id: int) -> HttpResponse:
    """Take a lost phone's second factor away."""
    return _with_reason(
        request, person_id, "clear", services.clear_second_factor, "动态口令已清除，本人下次登录时重新设置"
    )


@login_required
@require_safe
def scope_lint(request: UserRequest) -> HttpResponse:
    """List rights that are of no use or reach too far."""
    require_admin(request.user, [Role.SECURITY_ADMIN], "检查授权")
    people = managed_people(request.user, [Role.SECURITY_ADMIN])
    return render(request, "desk/people_lint.html", {"warnings": scope_warnings(people, today())})
