"""人员导入: a workbook checked and taken in, and its one-time codes fetched once."""

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianheng.web.accounts import import_job, people_sheet, services
from lianheng.web.accounts.directory import require_admin
from lianheng.web.accounts.models import CodeSheet, User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.desk.people_files import Checked, PeopleFile
from lianheng.web.desk.people_forms import ImportForm
from lianheng.web.shell.clock import today
from lianheng.web.shell.downloads import download

GET_POST = require_http_methods(["GET", "HEAD", "POST"])


def _check(user: User, file: UploadedFile) -> Checked:
    rows, problems = people_sheet.read_people(file)
    return rows, problems + services.check_people(user, rows), {}


PEOPLE = PeopleFile(
    salt="lianheng.people.import",
    role=Role.SYSTEM_ADMIN,
    act="导入人员",
    form=ImportForm,
    template="desk/people_import.html",
    check=_check,
    job=import_job.KIND,
    title="导入 {:,} 个人员账号",
    undone="没有导入",
)


@login_required
@GET_POST
def import_people(request: UserRequest) -> HttpResponse:
    """Check a workbook of people; nothing is written here."""
    return PEOPLE.show(request)


@login_required
@require_POST
def start_import(request: UserRequest) -> HttpResponse:
    """Take the checked people in, as a background job."""
    return PEOPLE.start(request)


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
