"""Institutions from Excel: template, dry run, import, undo. Dry run and import are background jobs."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianheng.web.accounts.models import User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.shell import checked_imports
from lianheng.web.shell.downloads import download
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.job_views import progress_of
from lianheng.web.shell.jobs import start_job
from lianheng.web.shell.refused_forms import show_refusal
from lianheng.web.units import forms, import_job, queries, services
from lianheng.web.units import institution_sheet as sheet
from lianheng.web.units.models import InstitutionImport

ACT = "导入单位"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def check_import(request: UserRequest) -> HttpResponse:
    """Take an upload and have it checked in the background; nothing is written to the register."""
    require_role(request.user, [Role.SPECIAL_OFFICE], act=ACT)
    form = forms.ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            job = checked_imports.start_check(
                request.user,
                form.cleaned_data["file"],
                room="units",
                kind=import_job.CHECK_KIND,
                max_rows=sheet.MAX_ROWS,
            )
        except InvalidInput as error:
            show_refusal(form, error)
        else:
            return redirect("units:checked_import", job.pk)
    context = {"form": form, "imports": _imports_of(request.user), "no_types": not queries.unit_types()}
    return render(request, "units/import.html", context, status=422 if request.method == "POST" else 200)


@login_required
@require_safe
def checked_import(request: UserRequest, job_id: int) -> HttpResponse:
    """Show how far my dry run is, what it found, and the button that takes a right file in."""
    require_role(request.user, [Role.SPECIAL_OFFICE], act=ACT)
    check = checked_imports.get_check_for(request.user, job_id, import_job.CHECK_KIND)
    rows = check.findings.get("ready", {}).get("rows", 0)
    context = progress_of(check) | {
        "file_name": check.arguments["file"],
        "ready_text": f"{rows:,} 个单位都可以导入",
        "button": f"导入这 {rows:,} 个单位",
        "take_over_url": reverse("units:import_institutions"),
        "again_url": reverse("units:check_import"),
        "taken": checked_imports.taken_by(check),
    }
    return render(request, "units/import_check.html", context)


@login_required
@require_POST
def import_institutions(request: UserRequest) -> HttpResponse:
    """Have the checked file taken in by the worker, where it is checked again inside the transaction."""
    require_role(request.user, [Role.SPECIAL_OFFICE], act=ACT)
    job = checked_imports.take_over_posted(
        request, checked_as=import_job.CHECK_KIND, kind=import_job.KIND, what="导入单位"
    )
    return redirect("job", job.pk)


@login_required
@require_POST
def undo_import(request: UserRequest, import_id: int) -> HttpResponse:
    """Take back one of my imports; a large one in the background."""
    batch = get_object_or_404(_imports_of(request.user), pk=import_id)
    if len(batch.institutions) > import_job.MOST_AT_ONCE:
        job = start_job(
            room="units",
            kind=import_job.UNDO_KIND,
            title=f"撤回导入：{batch.file_name}"[:120],
            asked_by=request.user.pk,
            arguments={"import": batch.pk},
        )
        return redirect("job", job.pk)
    count = services.undo_import(actor=request.user, import_id=batch.pk)
    messages.success(request, f"已撤回导入，{count} 个单位已删除")
    return redirect("units:check_import")


@login_required
@require_safe
def template(request: UserRequest) -> HttpResponse:
    """An empty form with the headings."""
    return download(sheet.template(), "单位导入模板.xlsx")


def _imports_of(user: User) -> QuerySet[InstitutionImport]:
    return InstitutionImport.objects.filter(created_by=user).order_by("-pk")
