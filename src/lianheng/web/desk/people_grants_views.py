"""批量授予角色: a workbook of roles checked and granted, by the security administrator."""

import dataclasses
import hashlib
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianheng.web.accounts import grant_job, grants_sheet, services
from lianheng.web.accounts.directory import require_admin
from lianheng.web.accounts.people_sheet import MAX_PEOPLE
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.desk import people_forms as forms
from lianheng.web.shell import jobs
from lianheng.web.shell.clock import today
from lianheng.web.shell.downloads import download
from lianheng.web.shell.errors import Forbidden, InvalidInput, WrongState
from lianheng.web.shell.refused_forms import show_refusal

SALT = "lianheng.people.grants"
ACT = "批量授予角色"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def grants(request: UserRequest) -> HttpResponse:
    """Check a workbook of roles; nothing is written here."""
    require_admin(request.user, [Role.SECURITY_ADMIN], ACT)
    form = forms.GrantsForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "most": MAX_PEOPLE}
    if request.method == "POST" and form.is_valid():
        try:
            context |= _check(request, form.cleaned_data["file"])
        except InvalidInput as refusal:
            show_refusal(form, refusal)
    status = 422 if request.method == "POST" and "checked" not in context else 200
    return render(request, "desk/people_grants.html", context, status=status)


def _check(request: UserRequest, file: Any) -> dict[str, Any]:
    rows, problems, without_role = grants_sheet.read_grants(file)
    problems = sorted(problems + services.check_grants(request.user, rows), key=lambda problem: problem.row)
    found = {"rows": rows, "problems": problems[:200], "problem_count": len(problems), "without_role": without_role}
    if problems:
        return found
    file.seek(0)
    # Signed, so that the next click grants what was checked, and nothing lies about meanwhile.
    content = {"by": request.user.pk, "sha256": hashlib.sha256(file.read()).hexdigest()}
    content["rows"] = [dataclasses.astuple(row) for row in rows]
    return found | {"checked": signing.dumps(content, salt=SALT, compress=True)}


@login_required
@require_POST
def start_grants(request: UserRequest) -> HttpResponse:
    """Grant the checked roles, as a background job."""
    require_admin(request.user, [Role.SECURITY_ADMIN], ACT)
    try:
        checked = signing.loads(request.POST.get("checked", ""), salt=SALT, max_age=3600)
    except signing.BadSignature:
        raise WrongState("检查结果已过期（一小时），没有授予。请重新上传文件检查") from None
    if checked["by"] != request.user.pk:
        raise Forbidden("检查文件的不是您本人，没有授予。请自己上传文件检查")
    with transaction.atomic():
        job = jobs.start_job(
            room="accounts",
            kind=grant_job.KIND,
            title=f"给 {len(checked['rows']):,} 人授予角色",
            asked_by=request.user.pk,
            arguments={"rows": checked["rows"], "sha256": checked["sha256"]},
        )
    return redirect("job", job.pk)


@login_required
@require_safe
def template(request: UserRequest) -> HttpResponse:
    """Send the workbook, filled with those of the own scope who have no role yet."""
    require_admin(request.user, [Role.SECURITY_ADMIN], ACT)
    return download(grants_sheet.template(request.user, today()), "批量授予角色.xlsx")
