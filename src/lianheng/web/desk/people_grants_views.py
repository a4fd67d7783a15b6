"""批量授予角色: a workbook of roles checked and granted, by the security administrator."""

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianheng.web.accounts import grant_job, grants_sheet, services
from lianheng.web.accounts.directory import require_admin
from lianheng.web.accounts.models import User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.desk.people_files import Checked, PeopleFile
from lianheng.web.desk.people_forms import GrantsForm
from lianheng.web.shell.clock import today
from lianheng.web.shell.downloads import download


def _check(user: User, file: UploadedFile) -> Checked:
    rows, problems, without_role = grants_sheet.read_grants(file)
    return rows, problems + services.check_grants(user, rows), {"without_role": without_role}


GRANTS = PeopleFile(
    salt="lianheng.people.grants",
    role=Role.SECURITY_ADMIN,
    act="批量授予角色",
    form=GrantsForm,
    template="desk/people_grants.html",
    check=_check,
    job=grant_job.KIND,
    title="给 {:,} 人授予角色",
    undone="没有授予",
)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def grants(request: UserRequest) -> HttpResponse:
    """Check a workbook of roles; nothing is written here."""
    return GRANTS.show(request)


@login_required
@require_POST
def start_grants(request: UserRequest) -> HttpResponse:
    """Grant the checked roles, as a background job."""
    return GRANTS.start(request)


@login_required
@require_safe
def template(request: UserRequest) -> HttpResponse:
    """Send the workbook, filled with those of the own scope who have no role yet."""
    require_admin(request.user, [GRANTS.role], GRANTS.act)
    return download(grants_sheet.template(request.user, today()), "批量授予角色.xlsx")
