"""人员导入: a workbook checked and taken in, and its one-time codes fetched once."""

import dataclasses
import hashlib
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianheng.web.accounts import import_job, people_sheet, services
from lianheng.web.accounts.directory import require_admin
from lianheng.web.accounts.models import CodeSheet, User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.desk import people_forms as forms
from lianheng.web.shell import jobs
from lianheng.web.shell.clock import today
from lianheng.web.shell.downloads import download
from lianheng.web.shell.errors import Forbidden, InvalidInput, WrongState
from lianheng.web.shell.refused_forms import show_refusal

SALT = "lianheng.people.import"
GET_POST = require_http_methods(["GET", "HEAD", "POST"])


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
            show_refusal(form, refusal)
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
    return download(people_sheet.template(), "人员导入模板.xlsx")


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
        return download(content, f"激活码-{today().isoformat()}.xlsx")
    return render(request, "desk/people_codes.html", {"sheet": sheet})
