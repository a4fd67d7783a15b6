"""Excel: template, export of a list, import as a draft after a dry run."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianheng.web.accounts.requests import UserRequest
from lianheng.web.shell.downloads import download
from lianheng.web.shell.errors import InvalidInput, WrongState
from lianheng.web.shell.refused_forms import show_refusal
from lianheng.web.standards import queries, services
from lianheng.web.standards.forms import ConfirmForm, ImportForm
from lianheng.web.standards.models import Catalogue
from lianheng.web.standards.permission import require_office
from lianheng.web.standards.services.importing import try_workbook
from lianheng.web.standards.stored import values_of
from lianheng.web.standards.workbook.preview import preview
from lianheng.web.standards.workbook.writing import write_workbook

TOKEN_SECONDS = 3600


@login_required
@require_safe
def template(request: UserRequest) -> HttpResponse:
    """The empty workbook: Chinese headings, sample rows, dropdowns."""
    return download(write_workbook(values_of(_live()), []), "标准目录导入模板.xlsx")


@login_required
@require_safe
def export(request: UserRequest, code: str) -> HttpResponse:
    """One list in the form in which it can be imported."""
    catalogue = queries.catalogue_for(request.user, request.GET.get("version", "")) or _live()
    sheet = queries.get_list(catalogue, code)
    values = values_of(catalogue)
    content = write_workbook(values, [values.sheet(sheet.code)])
    services.note_export(actor=request.user, standard_list=sheet)
    return download(content, f"{sheet.name}标准-{catalogue.version}.xlsx")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request: UserRequest) -> HttpResponse:
    """Upload a workbook and see what it would change; nothing is written."""
    require_office(request.user, "导入标准目录")
    base = _live()
    form = ImportForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "base": base}
    if request.method != "POST":
        return render(request, "standards/import.html", context)
    if form.is_valid():
        version, upload = form.cleaned_data["version"], form.cleaned_data["file"]
        try:
            reading, changes = try_workbook(actor=request.user, catalogue_id=base.pk, version=version, upload=upload)
        except InvalidInput as error:
            show_refusal(form, error)
        else:
            if not reading.errors:
                content = {"base": base.pk, "version": version, "changes": changes, "sha256": reading.sha256}
                token = signing.dumps(content, salt=_salt(request), compress=True)
                shown = preview(values_of(base), changes)
                return render(
                    request, "standards/import.html", {**context, "token": token, "preview": shown, "version": version}
                )
            context["errors"] = reading.errors
    return render(request, "standards/import.html", context, status=422)


@login_required
@require_POST
def confirm_import(request: UserRequest) -> HttpResponse:
    """Make the draft from what the dry run showed."""
    require_office(request.user, "导入标准目录")
    form = ConfirmForm(request.POST)
    try:
        content = signing.loads(request.POST.get("token", ""), salt=_salt(request), max_age=TOKEN_SECONDS)
    except signing.BadSignature as error:
        raise WrongState("试运行的结果已过期或不完整，请重新上传工作簿试运行") from error
    if not form.is_valid():
        raise InvalidInput("提交的内容不完整，请重新上传工作簿试运行")
    draft = services.import_workbook(
        actor=request.user,
        catalogue_id=content["base"],
        version=content["version"],
        changes=content["changes"],
        sha256=content["sha256"],
    )
    messages.success(request, f"已导入为草稿 {draft}。核对差异后发布；不要了可以删除草稿")
    return redirect("standards:version", draft.pk)


def _salt(request: UserRequest) -> str:
    return f"standards.import.{request.user.pk}"


def _live() -> Catalogue:
    catalogue = queries.live_catalogue()
    if catalogue is None:
        raise WrongState("还没有发布标准目录，请先在服务器上装载：lianheng standards load --publish")
    return catalogue
