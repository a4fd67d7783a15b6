"""制度文件: the 1+1+7+2 slots, filing, download, and the clauses on which items rest."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from lianheng.web.accounts.requests import UserRequest
from lianheng.web.evidence.sending import send
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.refused_forms import show_refusal
from lianheng.web.standards import queries, services
from lianheng.web.standards.forms import ClauseForm, DocumentForm
from lianheng.web.standards.models import PolicyDocument
from lianheng.web.standards.permission import require_office
from lianheng.web.standards.views.browse import show_item
from lianheng.web.trail.queries import timeline


@login_required
@require_safe
def documents(request: UserRequest) -> HttpResponse:
    """The meter and the slots."""
    context = {"meter": queries.document_meter(), "editor": queries.may_edit(request.user)}
    return render(request, "standards/documents.html", context)


@login_required
@require_safe
def document(request: UserRequest, slot: str) -> HttpResponse:
    """One document with the items that rest on it."""
    row = queries.get_document(slot)
    form = DocumentForm(instance=row, initial={"revision": row.revision}) if queries.may_edit(request.user) else None
    return _show(request, row, form)


def _show(request: UserRequest, row: PolicyDocument, form: DocumentForm | None, status: int = 200) -> HttpResponse:
    resting = queries.items_resting_on(row, queries.live_catalogue())
    context = {
        "document": row,
        "form": form,
        "resting": resting,
        "timeline": timeline(row),
        "editor": form is not None,
    }
    return render(request, "standards/document.html", context, status=status)


@login_required
@require_POST
def file_document(request: UserRequest, slot: str) -> HttpResponse:
    """Fill the slot with a file, its number and its date."""
    row = queries.get_document(slot)
    require_office(request.user, "归档政策文件")
    form = DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        fields = {key: value for key, value in form.cleaned_data.items() if key != "file"}
        try:
            services.file_document(
                actor=request.user, slot=slot, upload=form.cleaned_data["file"], today=today(), **fields
            )
        except InvalidInput as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"《{fields['title']}》已归档")
            return redirect("standards:document", slot)
    return _show(request, row, form, status=422)


@login_required
@require_safe
def download(request: UserRequest, slot: str) -> FileResponse:
    """The filed document, to whoever is logged in."""
    row = queries.get_document(slot)
    if row.evidence is None:
        raise Http404
    return send(row.evidence, row.filename)


@login_required
@require_POST
def add_clause(request: UserRequest, code: str) -> HttpResponse:
    """Say on which clause an item rests."""
    require_office(request.user, "维护条款依据")
    form = ClauseForm(request.POST)
    if form.is_valid():
        try:
            services.add_clause(actor=request.user, item_code=code, **form.cleaned_data)
        except InvalidInput as error:
            show_refusal(form, error)
        else:
            messages.success(request, "条款依据已添加")
            return redirect("standards:item", code)
    return show_item(request, code, form, status=422)


@login_required
@require_POST
def remove_clause(request: UserRequest, link_id: int) -> HttpResponse:
    """Take a link away."""
    link = services.remove_clause(actor=request.user, link_id=link_id)
    messages.success(request, f"{link.item_code} 与《{link.document.title}》{link.clause} 的关联已去掉")
    return redirect("standards:document", link.document.slot)
