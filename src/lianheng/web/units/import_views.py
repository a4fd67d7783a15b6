"""Institutions from Excel: template, dry run, import, undo."""

import re
import time
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianheng.web.accounts.models import User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.table_export import XLSX
from lianheng.web.units import forms, services
from lianheng.web.units import institution_sheet as sheet
from lianheng.web.units.models import InstitutionImport
from lianheng.web.units.services.importing import check_rows

ACT = "导入单位"
SHOWN_PROBLEMS = 200
KEPT_SECONDS = 24 * 3600


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def check_import(request: UserRequest) -> HttpResponse:
    """Dry run: say for each bad row and cell what is wrong; keep a right file until it is taken in."""
    require_role(request.user, [Role.SPECIAL_OFFICE], act=ACT)
    form = forms.ImportForm(request.POST or None, request.FILES or None)
    context: dict[str, object] = {"form": form, "imports": _imports_of(request.user)}
    if request.method != "POST" or not form.is_valid():
        return render(request, "units/import.html", context, status=422 if request.method == "POST" else 200)
    upload = form.cleaned_data["file"]
    try:
        if upload.size > settings.MAX_UPLOAD:
            raise InvalidInput(f"文件超过 {settings.MAX_UPLOAD >> 20} MB，请分成几个文件", "file")
        content = upload.read()
        rows = sheet.read_rows(content)
    except InvalidInput as error:
        form.add_error("file", error.message)
        return render(request, "units/import.html", context, status=422)
    problems = check_rows(request.user, rows)
    context |= {"problems": problems[:SHOWN_PROBLEMS], "problem_count": len(problems), "file_name": upload.name}
    if problems:
        context["bad_rows"] = len({problem.row for problem in problems})
        return render(request, "units/import.html", context, status=422)
    key = sheet.digest(content)
    _kept_file(request.user, key).write_bytes(content)
    context |= {"ready": len(rows), "key": key}
    return render(request, "units/import.html", context)


@login_required
@require_POST
def import_institutions(request: UserRequest) -> HttpResponse:
    """Take in the file that was checked; it is checked again inside the transaction."""
    key = request.POST.get("key", "")
    if not re.fullmatch(r"[0-9a-f]{64}", key):
        raise Http404
    kept = _kept_file(request.user, key)
    try:
        content = kept.read_bytes()
    except FileNotFoundError as error:
        raise InvalidInput("检查过的文件已经不在了，请重新上传检查") from error
    batch = services.import_institutions(
        actor=request.user,
        rows=sheet.read_rows(content),
        file_name=request.POST.get("file_name", "")[:120],
        sha256=key,
        valid_from=today(),
    )
    kept.unlink(missing_ok=True)
    messages.success(request, f"已导入 {len(batch.institutions)} 个单位")
    return redirect("units:check_import")


@login_required
@require_POST
def undo_import(request: UserRequest, import_id: int) -> HttpResponse:
    """Take back one of my imports."""
    batch = get_object_or_404(_imports_of(request.user), pk=import_id)
    count = services.undo_import(actor=request.user, import_id=batch.pk)
    messages.success(request, f"已撤回导入，{count} 个单位已删除")
    return redirect("units:check_import")


@login_required
@require_safe
def template(request: UserRequest) -> HttpResponse:
    """An empty form with the headings."""
    response = HttpResponse(sheet.template(), content_type=XLSX)
    response.headers["Content-Disposition"] = "attachment; filename=\"institutions.xlsx\"; filename*=UTF-8''" + (
        "%E5%8D%95%E4%BD%8D%E5%AF%BC%E5%85%A5%E6%A8%A1%E6%9D%BF.xlsx"
    )
    return response


def _imports_of(user: User) -> QuerySet[InstitutionImport]:
    return InstitutionImport.objects.filter(created_by=user).order_by("-pk")


def _kept_file(user: User, key: str) -> Path:
    """Return where a checked file waits for its import; files that nobody came back for go after a day."""
    folder = Path(settings.DATA) / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("institutions-*.xlsx"):
        if time.time() - old.stat().st_mtime > KEPT_SECONDS:
            old.unlink(missing_ok=True)
    return folder / f"institutions-{user.pk}-{key}.xlsx"
