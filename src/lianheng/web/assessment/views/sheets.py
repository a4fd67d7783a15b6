"""The institution's form: filling, handing in, sending back, more time."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianheng.web.accounts.models import User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import grant_for, require_role, visible
from lianheng.web.assessment import queries
from lianheng.web.assessment.closing import undecided_extensions
from lianheng.web.assessment.forms.rounds import RevisionForm
from lianheng.web.assessment.forms.sheet import ExtensionForm, ReturnForm, SheetPage, Typed
from lianheng.web.assessment.models import Extension, Round, Sheet
from lianheng.web.assessment.services import sheets as services
from lianheng.web.assessment.views.sheet_table import SheetTable, sheet_light
from lianheng.web.evidence.services import add_evidence
from lianheng.web.shell.clock import SHANGHAI, now, today
from lianheng.web.shell.errors import InvalidInput, StaleForm, why_refused
from lianheng.web.shell.prepared import ask
from lianheng.web.shell.refused_forms import show_refusal

DECIDE = (Role.SPECIAL_OFFICE,)


@login_required
@require_safe
def sheets(request: UserRequest) -> HttpResponse:
    """The sheets in this person's scope."""
    rows = queries.sheets_for(request.user).select_related("round", "institution")
    return SheetTable().respond(request, rows, "assessment/sheet_list.html")


def may_fill(user: User, sheet: Sheet) -> bool:
    return grant_for(user, services.MAY_FILL, sheet) is not None


def closed_because(sheet: Sheet) -> str:
    """Return why nobody can fill the sheet now, or nothing."""
    if sheet.round.state != Round.LAUNCHED:
        return f"{sheet.round.name}现在是“{sheet.round.get_state_display()}”，自评已经结束，内容只能看。"
    if sheet.state == Sheet.SUBMITTED:
        return "已经提交，内容只能看。要改请工作专班退回。"
    if today() > services.last_day(sheet):
        return f"补报期到 {services.last_day(sheet)} 已过，不能再填。"
    return ""


def _context(request: UserRequest, sheet: Sheet, page: SheetPage) -> dict[str, Any]:
    user, closed = request.user, closed_because(sheet)
    entries = queries.sheet_timeline(user, sheet)
    saved = next((entry for entry in entries if entry.code == "assessment.sheet_filled"), None)
    launched, submitted = sheet.round.state == Round.LAUNCHED, sheet.state == Sheet.SUBMITTED
    returns = launched and submitted and grant_for(user, services.MAY_RETURN, sheet) is not None
    late = launched and not submitted and today() > sheet.due
    return {
        "sheet": sheet,
        "page": page,
        "light": sheet_light(sheet, today()),
        "closed": closed,
        "filling": not closed and may_fill(user, sheet),
        "is_filler": may_fill(user, sheet),
        "late": late and not closed,
        "last_day": services.last_day(sheet),
        "may_extend": not why_refused(services.require_extendable, user, sheet),
        "may_return": returns,
        "return_off": why_refused(services.require_returnable, user, sheet) if returns else "",
        "extensions": [_Asked(row, _undecidable(user, sheet, row)) for row in ask(_extensions_of, sheet.pk)],
        "entries": entries,
        "saved": saved.time.astimezone(SHANGHAI).strftime("%H:%M") if saved else "",
    }


@dataclass(frozen=True)
class _Asked:
    """A request for more time, and why this person cannot decide it now."""

    row: Extension
    off: str


def _undecidable(user: User, sheet: Sheet, row: Extension) -> str:
    if sheet.state == Sheet.SUBMITTED:
        return "考评表已经提交，不用再决定"
    if sheet.round.state != Round.LAUNCHED:
        return "自评已经结束，没有决定"
    if grant_for(user, DECIDE, sheet) is None or row.asked_by_id == user.pk:
        return "等工作专班决定"
    return why_refused(services.require_asked_by_other, user, row) if row.granted is None else ""


def _extensions_of(sheet_id: int) -> QuerySet[Extension]:
    return Extension.objects.filter(sheet=sheet_id).select_related("asked_by", "decided_by").order_by("-id")


@login_required
@require_safe
def sheet(request: UserRequest, sheet_id: int) -> HttpResponse:
    """One institution's sheet: a form for who fills it, the same content to read for the others."""
    row = queries.get_sheet_for(request.user, sheet_id)
    return render(request, "assessment/sheet_page.html", _context(request, row, SheetPage(row)))


@login_required
@require_POST
def fill_sheet(request: UserRequest, sheet_id: int) -> HttpResponse:
    """Save what was typed and uploaded; with errors the form comes back with everything that was typed."""
    row = queries.get_sheet_for(request.user, sheet_id)
    require_role(request.user, services.MAY_FILL, row, "填报考评表")
    typed = Typed.read(row, request.POST)
    errors, taken = _upload(request, row, typed)
    page = SheetPage(row)
    stale = ""
    try:
        if errors:
            raise InvalidInput("有文件没有收下")
        row = services.fill_sheet(
            actor=request.user,
            sheet_id=row.pk,
            revision=_revision(request),
            values=typed.values,
            self_points=typed.self_points,
            evidence=page.evidence_changes(typed),
        )
    except InvalidInput as error:
        errors |= dict(getattr(error, "errors", {}))
        general = "" if errors else error.message
    except StaleForm:
        row = queries.get_sheet_for(request.user, sheet_id)
        page, general = SheetPage(row), ""
        stale = "这份表刚刚被别人存过。您填的都还在下面，和现在系统里不一样的地方已经标出来；核对后再存一次。"
    else:
        return _saved(request, row)
    if request.accepts("text/html"):
        page.lay_over(typed, errors)
        context = _context(request, row, page) | {"stale": stale, "general": general, "taken": taken}
        return render(request, "assessment/sheet_page.html", context, status=409 if stale else 422)
    return JsonResponse({"errors": errors, "message": stale or general}, status=409 if stale else 422)


def _revision(request: UserRequest) -> int:
    form = RevisionForm(request.POST)
    if not form.is_valid():
        raise StaleForm
    return int(form.cleaned_data["revision"])


def _upload(request: UserRequest, sheet: Sheet, typed: Typed) -> tuple[dict[str, str], list[str]]:
    """Take files in, each as an act of its own, and tick them; return what was refused by field, and names taken."""
    errors: dict[str, str] = {}
    taken: list[str] = []
    if not request.FILES or not may_fill(request.user, sheet) or closed_because(sheet):
        return errors, taken
    for name, uploads in request.FILES.lists():
        code = name.removeprefix("file.")
        if typed.evidence is None or code not in typed.evidence:
            continue
        for upload in uploads:
            try:
                row = add_evidence(actor=request.user, institution_id=sheet.institution_id, upload=upload)
            except InvalidInput as error:
                errors[name] = f"“{upload.name}”没有收下：{error.message}"
            else:
                typed.evidence[code].append(row.pk)
                taken.append(row.title)
    return errors, taken


def _saved(request: UserRequest, row: Sheet) -> HttpResponse:
    if not request.accepts("text/html"):
        page = SheetPage(row)
        moment = now().astimezone(SHANGHAI).strftime("%H:%M")
        return JsonResponse({"revision": row.revision, "saved": moment, "missing": len(page.missing)})
    if request.POST.get("then") == "submit":
        return redirect("assessment:submit_sheet", row.pk)
    return redirect("assessment:sheet", row.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def submit_sheet(request: UserRequest, sheet_id: int) -> HttpResponse:
    """Ask once, naming the sheet, then hand it in."""
    row = queries.get_sheet_for(request.user, sheet_id)
    if not may_fill(request.user, row):
        raise Http404
    if request.method != "POST":
        return render(request, "assessment/sheet_submit.html", _context(request, row, SheetPage(row)))
    services.submit_sheet(actor=request.user, sheet_id=row.pk, revision=_revision(request))
    messages.success(request, f"已提交：{row.name}{row.scheme.name}")
    return redirect("assessment:sheet", row.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def return_sheet(request: UserRequest, sheet_id: int) -> HttpResponse:
    """Send a sheet back with a reason."""
    row = queries.get_sheet_for(request.user, sheet_id)
    services.require_returnable(request.user, row)
    form = ReturnForm(request.POST or None, initial={"revision": row.revision})
    if request.method == "POST" and form.is_valid():
        services.return_sheet(actor=request.user, sheet_id=row.pk, **form.cleaned_data)
        messages.success(request, f"已退回：{row.name}")
        return redirect("assessment:sheet", row.pk)
    context = {"sheet": row, "form": form}
    return render(request, "assessment/sheet_return.html", context, status=422 if request.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def request_extension(request: UserRequest, sheet_id: int) -> HttpResponse:
    """Ask for more time."""
    row = queries.get_sheet_for(request.user, sheet_id)
    services.require_extendable(request.user, row)
    form = ExtensionForm(request.POST or None, initial={"revision": row.revision})
    if request.method == "POST" and form.is_valid():
        try:
            services.request_extension(actor=request.user, sheet_id=row.pk, **form.cleaned_data)
        except InvalidInput as error:
            show_refusal(form, error)
        else:
            messages.success(request, "延期申请已送工作专班，决定前仍按原来的截止日期")
            return redirect("assessment:sheet", row.pk)
    context = {"sheet": row, "form": form}
    return render(request, "assessment/sheet_extension.html", context, status=422 if request.method == "POST" else 200)


def extensions_for(user: User) -> QuerySet[Extension]:
    """Return the extensions that wait for this person's decision."""
    rows = Extension.objects.filter(visible(user, prefix="sheet__", institution="institution", roles=DECIDE))
    return (
        rows.filter(pk__in=undecided_extensions().values("pk"))
        .exclude(asked_by=user)
        .select_related("sheet__round", "asked_by")
        .order_by("sheet__due", "id")
    )


@login_required
@require_safe
def extensions(request: UserRequest) -> HttpResponse:
    """The requests for more time that wait for me."""
    rows = extensions_for(request.user)
    return render(request, "assessment/sheet_extensions.html", {"rows": rows[:200], "total": rows.count()})


@login_required
@require_POST
def decide_extension(request: UserRequest, extension_id: int) -> HttpResponse:
    """Grant or refuse more time."""
    seen = Extension.objects.filter(sheet__in=queries.sheets_for(request.user))
    row = get_object_or_404(seen.select_related("sheet"), pk=extension_id)
    require_role(request.user, [Role.SPECIAL_OFFICE], row.sheet, "决定延期")
    answer = request.POST.get("granted")
    if answer not in ("yes", "no"):
        raise InvalidInput("请选同意或不同意")
    services.decide_extension(actor=request.user, extension_id=row.pk, granted=answer == "yes")
    word = f"已同意延到 {row.new_due}" if answer == "yes" else "没有同意延期"
    messages.success(request, f"{row.sheet.name}：{word}")
    return redirect("assessment:sheet", row.sheet_id)
