"""Values from Excel: template, export, dry run, import, undo."""

import datetime as dt
import hashlib
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.scope import require_role, visible
from lianheng.web.measures import queries, services, workbook, year
from lianheng.web.measures.forms import ImportForm
from lianheng.web.measures.models import Measure, MeasureValue, ValueImport
from lianheng.web.measures.services.exports import note_export
from lianheng.web.measures.services.importing import check_rows
from lianheng.web.measures.views import period_of
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import InvalidInput, WrongState
from lianheng.web.shell.table_export import XLSX
from lianheng.web.units.models import Institution

ACT = "导入数据"
SHOWN_PROBLEMS = 200
TOKEN_SECONDS = 3600


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
    filled = request.GET.get("filled") == "1"
    values: dict[tuple[str, str], str] = {}
    if filled:
        stored = MeasureValue.objects.filter(period=period, measure__in=measures, institution__in=rows)
        values = {
            (code, key): text for code, key, text in stored.values_list("institution__code", "measure_id", "value")
        }
        note_export(actor=request.user, list_code=list_code, period=period, rows=len(institutions))
    content = workbook.write(measures, institutions, values)
    kind = "数据" if filled else "填报模板"
    response = HttpResponse(content, content_type=XLSX)
    file_name = f"{name}-{period}-{kind}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, file_name) or "attachment"
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_values(request: UserRequest, list_code: str) -> HttpResponse:
    """Dry run: say for each bad row and cell what is wrong; nothing is written."""
    period = period_of(request)
    name, measures = _list(request, list_code, period)
    form = ImportForm(request.POST or None, request.FILES or None, initial={"as_of": today()})
    context: dict[str, Any] = {
        "form": form, "list_code": list_code, "list_name": name, "period": period, "measures": measures,
        "state": year.state(period), "imports": queries.imports_of(request.user),
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "measures/import.html", context)
    if form.is_valid():
        try:
            ready = _check(request, form, list_code, period, measures, context)
        except InvalidInput as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            if ready:
                return render(request, "measures/import.html", context)
    return render(request, "measures/import.html", context, status=422)


def _check(
    request: UserRequest,
    form: ImportForm,
    list_code: str,
    period: str,
    measures: list[Measure],
    context: dict[str, Any],
) -> bool:
    upload, as_of = form.cleaned_data["file"], form.cleaned_data["as_of"]
    if upload.size > settings.MAX_UPLOAD:
        size = upload.size >> 20
        raise InvalidInput(f"文件有 {size} MB，超过 {settings.MAX_UPLOAD >> 20} MB，请分成几个文件", "file")
    if as_of > today():
        raise InvalidInput("数据日期在将来，请核对", "as_of")
    content = upload.read()
    rows = workbook.read(content, measures)
    read, problems = check_rows(request.user, list_code, period, rows)
    if problems:
        context |= {"problems": problems[:SHOWN_PROBLEMS], "problem_count": len(problems)}
        context["bad_rows"] = len({problem.row for problem in problems})
        return False
    kept = {
        "list": list_code,
        "period": period,
        "rows": [[row.number, row.code, dict(row.values)] for row in rows],
        "source": form.cleaned_data["source"],
        "as_of": as_of.isoformat(),
        "file": upload.name[:120],
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    context["token"] = signing.dumps(kept, salt=_salt(request), compress=True)
    context["ready_rows"], context["ready_values"] = len(read), sum(len(values) for _, values in read)
    return True


@login_required
@require_POST
def confirm_import(request: UserRequest) -> HttpResponse:
    """Take in what the dry run showed; it is checked again inside the transaction."""
    try:
        kept = signing.loads(request.POST.get("token", ""), salt=_salt(request), max_age=TOKEN_SECONDS)
    except signing.BadSignature as error:
        raise WrongState("试运行的结果已过期或不完整，请重新上传工作簿试运行") from error
    batch = services.import_values(
        actor=request.user,
        list_code=kept["list"],
        period=kept["period"],
        rows=[workbook.SheetRow(number, code, values) for number, code, values in kept["rows"]],
        source=kept["source"],
        as_of=dt.date.fromisoformat(kept["as_of"]),
        file_name=kept["file"],
        sha256=kept["sha256"],
    )
    messages.success(request, f"已导入 {len(batch.changes)} 个数；发现不对可以在下面撤回")
    return redirect("measures:enter")


@login_required
@require_POST
def undo_import(request: UserRequest, import_id: int) -> HttpResponse:
    """Take a whole import back."""
    batch = get_object_or_404(ValueImport, pk=import_id, created_by=request.user)
    count = services.undo_import(actor=request.user, import_id=batch.pk)
    messages.success(request, f"已撤回 {batch.file_name}，{count} 个数回到导入之前")
    return redirect("measures:enter")


def _salt(request: UserRequest) -> str:
    return f"measures.import.{request.user.pk}"
