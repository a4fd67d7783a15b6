"""Values from Excel: template, export, dry run, import, undo. Dry run and import are background jobs."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.scope import require_role, visible
from lianheng.web.measures import import_job, queries, services, workbook, year
from lianheng.web.measures.forms import ImportForm
from lianheng.web.measures.models import Measure, MeasureValue, ValueImport
from lianheng.web.measures.services.exports import note_export
from lianheng.web.measures.views import period_of
from lianheng.web.shell import checked_imports
from lianheng.web.shell.clock import today
from lianheng.web.shell.downloads import download
from lianheng.web.shell.errors import InvalidInput, WrongState
from lianheng.web.shell.job_views import progress_of
from lianheng.web.shell.jobs import start_job
from lianheng.web.shell.models import Job
from lianheng.web.shell.refused_forms import show_refusal
from lianheng.web.shell.unknown_conditions import choose
from lianheng.web.units.models import Institution

ACT = "导入数据"


def _list(request: UserRequest, list_code: str, period: str) -> tuple[str, list[Measure]]:
    """Return a list's name and what others supply on it; 404 for a list that the year has not."""
    require_role(request.user, services.MAY_ENTER, act=ACT)
    name = dict(year.lists(period)).get(list_code)
    if name is None:
        raise Http404
    codes, _ = year.supplied_on(list_code, period)
    found = Measure.objects.in_bulk(codes)
    return name, [found[code] for code in codes if code in found]


@login_required
@require_safe
def template(request: UserRequest, list_code: str) -> HttpResponse:
    """The form of a list and period: its institutions in scope, Chinese headings, empty cells; or filled (export)."""
    period = period_of(request)
    name, measures = _list(request, list_code, period)
    _, ids = year.supplied_on(list_code, period)
    seen = visible(request.user, institution="id", roles=services.MAY_ENTER)
    rows = Institution.objects.filter(seen, pk__in=ids).order_by("sort_key", "pk")
    institutions = list(rows.values_list("code", "name"))
    asked, no_such = choose(request, "filled", "带现有数据", ["1"])
    if no_such:
        raise InvalidInput(no_such)
    filled = asked == "1"
    values: dict[tuple[str, str], str] = {}
    if filled:
        stored = MeasureValue.objects.filter(period=period, measure__in=measures, institution__in=rows)
        values = {
            (code, key): text for code, key, text in stored.values_list("institution__code", "measure_id", "value")
        }
        note_export(actor=request.user, list_code=list_code, period=period, rows=len(institutions))
    kind = "数据" if filled else "填报模板"
    return download(workbook.write(measures, institutions, values), f"{name}-{period}-{kind}.xlsx")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_values(request: UserRequest, list_code: str) -> HttpResponse:
    """Take an upload and have it checked in the background; nothing is written."""
    period = period_of(request)
    name, measures = _list(request, list_code, period)
    if request.method == "POST" and not measures:
        raise WrongState(f"{name}没有要录入的数，不用导入")
    form = ImportForm(request.POST or None, request.FILES or None, initial={"as_of": today()})
    if request.method == "POST" and form.is_valid():
        try:
            job = _start_check(request, form, list_code, period)
        except InvalidInput as error:
            show_refusal(form, error)
        except WrongState as error:
            form.add_error(None, error.message)
        else:
            return redirect("measures:checked_import", job.pk)
    context: dict[str, Any] = {
        "form": form, "list_code": list_code, "list_name": name, "period": period, "measures": measures,
        "state": year.state(period), "imports": queries.imports_of(request.user),
    }  # fmt: skip
    return render(request, "measures/import.html", context, status=422 if request.method == "POST" else 200)


def _start_check(request: UserRequest, form: ImportForm, list_code: str, period: str) -> Job:
    # Said before anybody waits for a check; asked again when the file is taken in.
    year.require_open(period)
    given = form.cleaned_data
    if given["as_of"] > today():
        raise InvalidInput("数据日期在将来，请核对", "as_of")
    return checked_imports.start_check(
        request.user,
        given["file"],
        room="measures",
        kind=import_job.CHECK_KIND,
        max_rows=workbook.MAX_ROWS,
        list=list_code,
        period=period,
        source=given["source"],
        as_of=given["as_of"].isoformat(),
    )


@login_required
@require_safe
def checked_import(request: UserRequest, job_id: int) -> HttpResponse:
    """Show how far my dry run is, what it found, and the button that takes a right file in."""
    require_role(request.user, services.MAY_ENTER, act=ACT)
    check = checked_imports.get_check_for(request.user, job_id, import_job.CHECK_KIND)
    given, ready = check.arguments, check.findings.get("ready", {})
    values, changed, new = (ready.get(name, 0) for name in ("values", "changed", "new"))
    context = progress_of(check) | {
        "file_name": given["file"],
        "list_name": dict(year.lists(given["period"])).get(given["list"], given["list"]),
        "period": given["period"],
        "ready_text": f"{ready.get('rows', 0):,} 个单位，{values:,} 个数，其中 {changed:,} 个要改现有的数，"
        f"{new:,} 个是新的，{values - changed - new:,} 个和现有的相同、不动",
        "button": f"写入这 {changed + new:,} 个数",
        "take_over_url": reverse("measures:confirm_import"),
        "again_url": reverse("measures:import_values", args=[given["list"]]) + f"?period={given['period']}",
        "taken": checked_imports.taken_by(check),
    }
    return render(request, "measures/import_check.html", context)


@login_required
@require_POST
def confirm_import(request: UserRequest) -> HttpResponse:
    """Have the checked file taken in by the worker, where it is checked again inside the transaction."""
    require_role(request.user, services.MAY_ENTER, act=ACT)
    check = checked_imports.posted_check(request, import_job.CHECK_KIND)
    if checked_imports.is_free(check):
        import_job.refuse_what_changed(check)
    job = checked_imports.take_over_posted(
        request, checked_as=import_job.CHECK_KIND, kind=import_job.KIND, what="导入数据"
    )
    return redirect("job", job.pk)


@login_required
@require_POST
def undo_import(request: UserRequest, import_id: int) -> HttpResponse:
    """Take a whole import back; a large one in the background."""
    batch = get_object_or_404(ValueImport, pk=import_id, created_by=request.user)
    if len(batch.changes) > import_job.MOST_AT_ONCE:
        job = start_job(
            room="measures",
            kind=import_job.UNDO_KIND,
            title=f"撤回导入：{batch.file_name}"[:120],
            asked_by=request.user.pk,
            arguments={"import": batch.pk},
        )
        return redirect("job", job.pk)
    count = services.undo_import(actor=request.user, import_id=batch.pk)
    messages.success(request, f"已撤回 {batch.file_name}，{count} 个数回到导入之前")
    return redirect("measures:enter")
