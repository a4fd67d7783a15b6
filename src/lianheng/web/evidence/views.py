"""Handing files in and reading them back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lianheng.web.accounts.scope import grant_for, require_role
from lianheng.web.evidence import queries, services
from lianheng.web.evidence.forms import EvidenceForm
from lianheng.web.evidence.sending import send
from lianheng.web.evidence.tables import EvidenceTable
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.refused_forms import show_refusal
from lianheng.web.units.models import Institution
from lianheng.web.units.queries import get_institution_for


@login_required
@require_safe
def evidence_list(request: HttpRequest) -> HttpResponse:
    """佐证材料: everything handed in within this person's scope."""
    own = request.user.institution
    may_add = own is not None and grant_for(request.user, services.MAY_UPLOAD, own) is not None
    rows = queries.evidence_for(request.user).select_related("file", "uploaded_by", "institution")
    return EvidenceTable().respond(request, rows, "evidence/list.html", {"own": own if may_add else None})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add_evidence(request: HttpRequest, institution_id: int) -> HttpResponse:
    """Take one file in for an institution in scope."""
    institution: Institution = get_institution_for(request.user, institution_id)
    require_role(request.user, services.MAY_UPLOAD, institution, "上传佐证材料")
    form = EvidenceForm(request.POST or None, request.FILES or None)
    context = {"form": form, "institution": institution}
    if request.method != "POST":
        return render(request, "evidence/add.html", context)
    if form.is_valid():
        values = form.cleaned_data
        before = institution.evidence.count()
        try:
            evidence = services.add_evidence(
                actor=request.user,
                institution_id=institution.pk,
                upload=values["file"],
                title=values["title"],
                dated=values["dated"],
            )
        except InvalidInput as error:
            show_refusal(form, error)
        else:
            known = institution.evidence.count() == before
            word = "这份材料以前交过，不用再交，直接引用" if known else "已收下"
            messages.success(request, f"{word}：{evidence.title}")
            return redirect(reverse("evidence:list"))
    return render(request, "evidence/add.html", context, status=422)


@login_required
@require_safe
def download(request: HttpRequest, evidence_id: int) -> FileResponse:
    """Send the file of a piece of evidence to somebody in whose scope it lies."""
    evidence = queries.get_evidence_for(request.user, evidence_id)
    return send(evidence.file, evidence.filename)
