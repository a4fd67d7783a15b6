"""工作日历: which years are covered by whom, and the form that loads another; for the system administrator."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from lianheng.web.accounts.directory import manages_all, require_admin
from lianheng.web.accounts.models import User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.desk.workday_services import load_workday_year
from lianheng.web.shell import workdays
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import InvalidInput, WrongState
from lianheng.web.shell.models import WorkdayYear
from lianheng.web.shell.workday_file import MAX_BYTES


class WorkdayForm(forms.Form):
    file = forms.FileField(
        label="放假安排（.yaml）",
        help_text="一年一个文件，写明 year、source、holidays、workdays；有一处不对，整个文件都不装入。",
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml"}),
    )


@dataclass(frozen=True)
class CoveredYear:
    """One row of the page."""

    year: int
    by: str
    words: str
    row: WorkdayYear | None
    person: str


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def workday_years(request: UserRequest) -> HttpResponse:
    """Show the years from last year on, and load one."""
    require_admin(request.user, [Role.SYSTEM_ADMIN], "查看和装入工作日历")
    form = WorkdayForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            # One byte more than allowed is enough to see that it is too large.
            content = upload.read(MAX_BYTES + 1)
            row = load_workday_year(actor=request.user, content=content, file_name=upload.name or "")
        except (InvalidInput, WrongState) as refusal:
            form.add_error("file", refusal.message)
        else:
            days = f"放假 {len(row.holidays)} 天，调休上班 {len(row.workdays)} 天"
            messages.success(request, f"已装入 {row.year} 年的安排：{days}。已经定下的期限不变")
            return redirect("workday_years")
    years = covered_years()
    context = {
        "form": form,
        "years": years,
        "missing": [row.year for row in years if row.by == workdays.NOBODY],
        "may_load": manages_all(request.user, Role.SYSTEM_ADMIN),
    }
    return render(request, "desk/workday_years.html", context, status=422 if request.method == "POST" else 200)


def covered_years() -> list[CoveredYear]:
    """Return last year, this one and the next three, and whatever else the office has loaded."""
    loaded = {row.year: row for row in WorkdayYear.objects.all()}
    names = dict(User.objects.filter(pk__in=[row.loaded_by for row in loaded.values()]).values_list("pk", "name"))
    this = today().year
    words = {
        workdays.OFFICE: "本单位装入",
        workdays.LIBRARY: "程序自带",
        workdays.PACKAGE: f"节假日软件包 chinesecalendar {workdays.package_version()}",
        workdays.NOBODY: "没有安排，暂按周一至周五计算",
    }
    rows = []
    for year in sorted({*loaded, *range(this - 1, this + 4)}):
        by, row = workdays.covered_by(year), loaded.get(year)
        person = names.get(row.loaded_by or 0, "命令行") if row else ""
        rows.append(CoveredYear(year, by, words[by], row, person))
    return rows
