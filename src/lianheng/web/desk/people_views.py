"""人员: accounts and roles, for the administrators."""

import dataclasses
import hashlib
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db import transaction
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianheng.web.accounts import handover, import_job, people_sheet, services
from lianheng.web.accounts.directory import (
    MANAGERS,
    READERS_OF_NAMES,
    get_person_for,
    has_role,
    managed_people,
    people_for,
    require_admin,
)
from lianheng.web.accounts.models import CodeSheet, User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import ADMINISTRATORS, Role
from lianheng.web.accounts.services.releasing import waits_for_release
from lianheng.web.desk import people_forms as forms
from lianheng.web.desk.people_table import PeopleTable
from lianheng.web.desk.people_words import delegation_rows, role_rows, scope_warnings
from lianheng.web.shell import jobs
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import Forbidden, InvalidInput, WrongState
from lianheng.web.shell.table_export import XLSX
from lianheng.web.trail.queries import timeline

SALT = "lianheng.people.import"
GET_POST = require_http_methods(["GET", "HEAD", "POST"])


def _refused(form: Form, refusal: InvalidInput) -> None:
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, refusal.message)


@login_required
@require_safe
def people(request: UserRequest) -> HttpResponse:
    """List the people whom I look after, or whose names I may read."""
    require_admin(request.user, [*MANAGERS, Role.AUDIT_ADMIN, *READERS_OF_NAMES], "查看人员")
    rows = people_for(request.user).select_related("institution")
    makes = has_role(request.user, [Role.SYSTEM_ADMIN])
    opens = has_role(request.user, ADMINISTRATORS)
    return PeopleTable(opens).respond(request, rows, "desk/people_list.html", {"makes": makes, "opens": opens})


@login_required
@require_safe
def person(request: UserRequest, person_id: int) -> HttpResponse:
    """Show one account with its roles and what this administrator may do about it."""
    require_admin(request.user, ADMINISTRATORS, "查看账号")
    return _show(request, get_person_for(request.user, person_id, reading=True))


def _show(request: UserRequest, person: User, status: int = 200, **more: Any) -> HttpResponse:
    state = {"revision": person.revision}
    context = {
        "person": person,
        "roles": role_rows(person, today()),
        "delegations": delegation_rows(person, today()),
        "open_work": handover.open_work(person),
        "is_system": has_role(request.user, [Role.SYSTEM_ADMIN]),
        "is_security": has_role(request.user, [Role.SECURITY_ADMIN]),
        "move": forms.MoveForm(actor=request.user, initial=state, auto_id="move_%s"),
        "hand_over": forms.HandOverForm(auto_id="hand_%s"),
        "disable": forms.ReasonForm(initial=state, auto_id="off_%s"),
        "waits": waits_for_release(person),
        "release": forms.ReasonForm(initial=state, auto_id="release_%s"),
        "clear": forms.ReasonForm(initial=state, auto_id="clear_%s"),
        "entries": timeline(person),
        **more,
    }
    return render(request, "desk/people_person.html", context, status=status)


def _reload(request: UserRequest, person_id: int) -> User:
    return get_person_for(request.user, person_id, reading=True)


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
            _refused(form, refusal)
        else:
            return render(request, "desk/people_code.html", {"person": made, "code": code, "is_new": True})
    return render(request, "desk/people_new.html", {"form": form}, status=422 if request.method == "POST" else 200)


@login_required
@require_POST
def disable(request: UserRequest, person_id: int) -> HttpResponse:
    """Switch an account off."""
    form = forms.ReasonForm(request.POST, auto_id="off_%s")
    if form.is_valid():
        data = form.cleaned_data
        services.disable_account(
            actor=request.user, person_id=person_id, revision=_revision(data), reason=data["reason"]
        )
        messages.success(request, "账号已停用，正在登录的已全部退出")
        return redirect("people:person", person_id)
    return _show(request, _reload(request, person_id), 422, disable=form)


def _revision(data: dict[str, Any]) -> int:
    return -1 if data["revision"] is None else int(data["revision"])


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
    person = _reload(request, person_id)
    context = {"person": person, "code": code, "is_new": False, "waits": waits_for_release(person)}
    return render(request, "desk/people_code.html", context)


@login_required
@require_POST
def release(request: UserRequest, person_id: int) -> HttpResponse:
    """Let a password that comes from a system administrator's code open an account that decides results."""
    form = forms.ReasonForm(request.POST, auto_id="release_%s")
    if form.is_valid():
        data = form.cleaned_data
        services.release_password(
            actor=request.user, person_id=person_id, revision=_revision(data), reason=data["reason"]
        )
        messages.success(request, "已放行，本人现在可以登录")
        return redirect("people:person", person_id)
    return _show(request, _reload(request, person_id), 422, release=form)


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
            _refused(form, refusal)
        else:
            messages.success(request, f"已调整所在单位，只限原单位的 {ended} 项角色同时收回")
            return redirect("people:person", person_id)
    return _show(request, _reload(request, person_id), 422, move=form)


@login_required
@require_POST
def hand_over(request: UserRequest, person_id: int) -> HttpResponse:
    """Give a person's open work to somebody else."""
    require_admin(request.user, [Role.SYSTEM_ADMIN], "移交在办事项")
    form = forms.HandOverForm(request.POST, auto_id="hand_%s")
    if form.is_valid():
        to = managed_people(request.user).filter(username=form.cleaned_data["to"].strip()).first()
        try:
            if to is None:
                raise InvalidInput("没有这个用户名，或者不在您管的范围内", "to")
            count = services.hand_over_work(actor=request.user, person_id=person_id, to_id=to.pk)
        except InvalidInput as refusal:
            _refused(form, refusal)
        else:
            messages.success(request, f"已把 {count} 件在办事项移交给{to.name}")
            return redirect("people:person", person_id)
    return _show(request, _reload(request, person_id), 422, hand_over=form)


@login_required
@GET_POST
def grant(request: UserRequest, person_id: int) -> HttpResponse:
    """Give a role. Whom, what, where, from when."""
    require_admin(request.user, [Role.SECURITY_ADMIN], "授予角色")
    person = get_person_for(request.user, person_id)
    form = forms.GrantForm(request.POST or None, actor=request.user, initial={"valid_from": today(), "capture": True})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        institution_id = data.pop("institution")
        try:
            services.grant_role(actor=request.user, user_id=person.pk, institution_id=institution_id, **data)
        except InvalidInput as refusal:
            _refused(form, refusal)
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
    form = forms.ReasonForm(request.POST, auto_id="clear_%s")
    if form.is_valid():
        data = form.cleaned_data
        services.clear_second_factor(
            actor=request.user, person_id=person_id, revision=_revision(data), reason=data["reason"]
        )
        messages.success(request, "动态口令已清除，本人下次登录时重新设置")
        return redirect("people:person", person_id)
    return _show(request, _reload(request, person_id), 422, clear=form)


@login_required
@GET_POST
def import_people(request: UserRequest) -> HttpResponse:
    """Check a workbook of people; nothing is written here."""
    require_admin(request.user, [Role.SYSTEM_ADMIN], "导入人员")
    form = forms.ImportForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "most": people_sheet.MAX_PEOPLE}
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            rows, problems = people_sheet.read_people(file)
        except InvalidInput as refusal:
            _refused(form, refusal)
        else:
            problems = sorted(problems + services.check_people(request.user, rows), key=lambda p: p.row)
            context |= {"rows": rows, "problems": problems[:200], "problem_count": len(problems)}
            if not problems:
                context["checked"] = _seal(request.user, rows, file)
                return render(request, "desk/people_import.html", context)
    return render(request, "desk/people_import.html", context, status=422 if request.method == "POST" else 200)


def _seal(user: User, rows: list[people_sheet.PersonRow], file: Any) -> str:
    """Sign the checked rows, so that the next click takes in what was checked, and nothing lies about meanwhile."""
    file.seek(0)
    content = {"by": user.pk, "sha256": hashlib.sha256(file.read()).hexdigest()}
    return signing.dumps(content | {"rows": [dataclasses.astuple(row) for row in rows]}, salt=SALT, compress=True)


@login_required
@require_POST
def start_import(request: UserRequest) -> HttpResponse:
    """Take the checked people in, as a background job."""
    require_admin(request.user, [Role.SYSTEM_ADMIN], "导入人员")
    try:
        checked = signing.loads(request.POST.get("checked", ""), salt=SALT, max_age=3600)
    except signing.BadSignature:
        raise WrongState("检查结果已过期（一小时），没有导入。请重新上传文件检查") from None
    if checked["by"] != request.user.pk:
        raise Forbidden("检查文件的不是您本人，没有导入。请自己上传文件检查")
    with transaction.atomic():
        job = jobs.start_job(
            room="accounts",
            kind=import_job.KIND,
            title=f"导入 {len(checked['rows']):,} 个人员账号",
            asked_by=request.user.pk,
            arguments={"rows": checked["rows"], "sha256": checked["sha256"]},
        )
    return redirect("job", job.pk)


@login_required
@require_safe
def template(request: UserRequest) -> HttpResponse:
    """Send the empty workbook."""
    require_admin(request.user, [Role.SYSTEM_ADMIN], "下载人员模板")
    return _workbook(people_sheet.template(), "人员导入模板.xlsx")


def _workbook(content: bytes, name: str) -> HttpResponse:
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": disposition})


@login_required
@GET_POST
def codes(request: UserRequest, sheet_id: int) -> HttpResponse:
    """Fetch the one-time codes of an import: for who imported, once."""
    require_admin(request.user, [Role.SYSTEM_ADMIN], "领取激活码")
    sheet = CodeSheet.objects.filter(pk=sheet_id, made_by=request.user).first()
    if sheet is None:
        raise Http404
    if request.method == "POST":
        content = services.fetch_codes(actor=request.user, sheet_id=sheet.pk)
        return _workbook(content, f"激活码-{today().isoformat()}.xlsx")
    return render(request, "desk/people_codes.html", {"sheet": sheet})


@login_required
@require_safe
def scope_lint(request: UserRequest) -> HttpResponse:
    """List rights that are of no use or reach too far."""
    require_admin(request.user, [Role.SECURITY_ADMIN], "检查授权")
    people = managed_people(request.user, [Role.SECURITY_ADMIN])
    return render(request, "desk/people_lint.html", {"warnings": scope_warnings(people, today())})
