"""结果运用: praise and interview lists, five linkages, four inclusions."""

import io

import xlsxwriter  # type: ignore[import-untyped]
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from lianheng.web.accounts.models import User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import READERS, Role
from lianheng.web.accounts.scope import grant_for, require_role, visible
from lianheng.web.assessment import queries
from lianheng.web.assessment.forms.rounds import InclusionForm, LinkageForm, ReceiptForm, RevisionForm
from lianheng.web.assessment.groups import group_name
from lianheng.web.assessment.models import Inclusion, Linkage, ResultRun, Round
from lianheng.web.assessment.services import use
from lianheng.web.assessment.services.rounds import city_of
from lianheng.web.assessment.views.rounds import download
from lianheng.web.evidence.queries import evidence_for
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.refused_forms import show_refusal
from lianheng.web.units.models import Institution

MAY_FILE = (Role.UNIT_ADMIN, Role.UNIT_LEADER, Role.SPECIAL_OFFICE)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _round(request: UserRequest, round_id: int) -> Round:
    """Use of results is the office's and the leading group's; for everybody else it does not exist."""
    round_ = queries.get_round_for(request.user, round_id)
    if grant_for(request.user, queries.OFFICE, city_of(round_)) is None:
        raise Http404
    return round_


@login_required
@require_safe
def use_page(request: UserRequest, round_id: int) -> HttpResponse:
    """Show who is praised and interviewed by class, and where results went."""
    return _page(request, _round(request, round_id), LinkageForm())


def _page(request: UserRequest, round_: Round, form: LinkageForm, status: int = 200) -> HttpResponse:
    run = ResultRun.objects.filter(round=round_, current=True).defer("inputs").first()
    marked = queries.results_for(request.user).filter(run=run).order_by("group", "position", "name") if run else ()
    classes: dict[str, dict[str, object]] = {}
    for row in marked:
        entry = classes.setdefault(
            row.group, {"name": group_name(row.group), "size": row.group_size, "praised": [], "interviewed": []}
        )
        if row.praised:
            entry["praised"].append(row)  # type: ignore[attr-defined]
        if row.interviewed:
            entry["interviewed"].append(row)  # type: ignore[attr-defined]
    context = {
        "round": round_,
        "classes": classes.values(),
        "frozen": run is not None and use.lists_frozen(run),
        "linkages": Linkage.objects.filter(round=round_).select_related("exported_by").order_by("-id"),
        "kinds": Linkage.KINDS,
        "form": form,
        "receipt_form": ReceiptForm(),
        "published": round_.state in (Round.PUBLISHED, Round.LOCKED),
    }
    return render(request, "assessment/use_page.html", context, status=status)


@login_required
@require_POST
def export_linkage(request: UserRequest, round_id: int) -> HttpResponse:
    """Export to another assessment on its scale."""
    round_ = _round(request, round_id)
    require_role(request.user, [Role.SPECIAL_OFFICE], city_of(round_), "报送挂钩结果")
    form = LinkageForm(request.POST)
    if form.is_valid():
        try:
            linkage = use.export_linkage(actor=request.user, round_id=round_.pk, **form.cleaned_data)
        except InvalidInput as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"已生成报送{linkage.get_kind_display()}的结果，请下载后送出并登记回执")
            return redirect("assessment:use", round_.pk)
    return _page(request, round_, form, 422)


def _linkage(user: User, linkage_id: int) -> Linkage:
    linkage = get_object_or_404(Linkage.objects.select_related("round", "run"), pk=linkage_id)
    if grant_for(user, queries.OFFICE, city_of(linkage.round)) is None:
        raise Http404
    return linkage


@login_required
@require_safe
def linkage_file(request: UserRequest, linkage_id: int) -> FileResponse:
    """Send the workbook of a linkage; the rows are those of its run and scale."""
    linkage = _linkage(request.user, linkage_id)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(linkage.get_kind_display()[:31])
    sheet.write_row(
        0, 0, ["单位编码", "单位", "可比组", "得分（满分100）", f"折算（满分{linkage.scale.normalize():f}）"]
    )
    for number, row in enumerate(use.export_rows(linkage.run, linkage.scale), 1):
        sheet.write_row(number, 0, [row[0], row[1], group_name(row[2])])
        sheet.write_row(number, 3, [float(row[3]), float(row[4])])
    book.close()
    buffer.seek(0)
    return download(buffer, f"{linkage.round.year}年度结果_{linkage.get_kind_display()}.xlsx", XLSX)


@login_required
@require_POST
def note_receipt(request: UserRequest, linkage_id: int) -> HttpResponse:
    """Note a receipt."""
    linkage = _linkage(request.user, linkage_id)
    require_role(request.user, [Role.SPECIAL_OFFICE], city_of(linkage.round), "登记回执")
    form = ReceiptForm(request.POST)
    if not form.is_valid():
        raise InvalidInput("回执没有登记：请填回执和日期")
    use.note_receipt(actor=request.user, linkage_id=linkage.pk, **form.cleaned_data)
    messages.success(request, "回执已登记")
    return redirect("assessment:use", linkage.round_id)


def _institution(user: User, institution_id: int) -> Institution:
    # An assessor's grant covers the city; it does not open what a unit has filed, only the sheets that are scored.
    return get_object_or_404(Institution, visible(user, institution="id", roles=READERS), pk=institution_id)


@login_required
@require_safe
def inclusions(request: UserRequest, institution_id: int, year: int) -> HttpResponse:
    """Show a unit's four inclusions of a year: what is evidenced and what is missing."""
    return _inclusions(request, _institution(request.user, institution_id), year)


def _inclusions(
    request: UserRequest, institution: Institution, year: int, error: str = "", status: int = 200
) -> HttpResponse:
    # Whoever sees the institution (`_institution`) sees these.
    rows = list(Inclusion.objects.filter(institution=institution, year=year).select_related("evidence"))
    share, missing = use.inclusion_share(rows)
    by_kind = {row.kind: row for row in rows}
    may_file = grant_for(request.user, MAY_FILE, institution) is not None
    context = {
        "institution": institution,
        "year": year,
        "share": share,
        "missing": missing,
        "slots": [{"kind": kind, "name": name, "row": by_kind.get(kind)} for kind, name in Inclusion.KINDS],
        "evidence": evidence_for(request.user).filter(institution=institution)[:50],
        "may_file": may_file,
        "error": error,
    }
    return render(request, "assessment/use_inclusions.html", context, status=status)


@login_required
@require_POST
def file_inclusion(request: UserRequest, institution_id: int, year: int) -> HttpResponse:
    """File one slot."""
    institution = _institution(request.user, institution_id)
    require_role(request.user, MAY_FILE, institution, "登记四纳入")
    form = InclusionForm(request.POST)
    if not form.is_valid():
        return _inclusions(request, institution, year, "日期要按 2026-12-03 的格式填", 422)
    data, shown = form.cleaned_data, RevisionForm(request.POST)
    try:
        use.file_inclusion(
            actor=request.user,
            institution_id=institution.pk,
            year=year,
            kind=data["kind"],
            date=data["date"],
            evidence_id=data["evidence"],
            revision=shown.cleaned_data["revision"] if shown.is_valid() else 0,
        )
    except InvalidInput as error:
        return _inclusions(request, institution, year, error.message, 422)
    messages.success(request, "已登记")
    return redirect("assessment:inclusions", institution.pk, year)
