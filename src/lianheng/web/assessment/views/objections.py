"""Objections: raised on the result page, answered by somebody who did not score."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import grant_for, require_role
from lianheng.web.assessment import queries
from lianheng.web.assessment.forms.rounds import AnswerForm, ObjectionForm
from lianheng.web.assessment.models import Objection
from lianheng.web.assessment.services import objections
from lianheng.web.assessment.views.results import result_context
from lianheng.web.shell.errors import InvalidInput, why_refused
from lianheng.web.shell.refused_forms import show_refusal
from lianheng.web.shell.unknown_conditions import choose, unknown_conditions, unknown_words
from lianheng.web.trail.queries import timeline

MOST_SHOWN = 500


@login_required
@require_POST
def raise_objection(request: UserRequest, result_id: int) -> HttpResponse:
    """Object to an item or the whole result."""
    result = queries.get_result_for(request.user, result_id)
    require_role(request.user, objections.MAY_RAISE, result, "提出异议")
    form = ObjectionForm(request.POST)
    if form.is_valid():
        try:
            objection = objections.raise_objection(actor=request.user, result_id=result.pk, **form.cleaned_data)
        except InvalidInput as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"异议已提出，{objection.due:%m月%d日}前书面答复")
            return redirect("assessment:result", result.pk)
    return render(request, "assessment/result_page.html", result_context(request, result, form), status=422)


@login_required
@require_safe
def objection_list(request: UserRequest) -> HttpResponse:
    """List objections in scope, the open ones first; `?open=1` those that wait for an answer."""
    rows = queries.objections_for(request.user)
    asked, no_such = choose(request, "open", "待答复", ["1"])
    only_open = asked == "1"
    shown = rows.filter(upheld=None) if only_open else rows
    newest = sorted(shown.order_by("-id")[:MOST_SHOWN], key=lambda row: row.upheld is not None)
    unknown = unknown_conditions(request, ["open"])
    context = {"objections": newest, "only_open": only_open, "total": shown.count(), "most": MOST_SHOWN}
    context["unknown"] = "；".join(notice for notice in (no_such, unknown and unknown_words(unknown)) if notice)
    return render(request, "assessment/objection_list.html", context)


@login_required
@require_safe
def objection_page(request: UserRequest, objection_id: int) -> HttpResponse:
    """Show an objection and its answer."""
    return _page(request, queries.get_objection_for(request.user, objection_id))


def _page(
    request: UserRequest, objection: Objection, form: AnswerForm | None = None, status: int = 200
) -> HttpResponse:
    # The reader is led to what counts now; the result that was objected to stays a link beside it.
    readable = queries.readable_of_sheet(request.user, objection.result.sheet_id)
    counts = next((row for row in readable if row.run.in_force or row.current), None)
    office = grant_for(request.user, [Role.SPECIAL_OFFICE], objection.result) is not None
    answers = objection.upheld is None and office
    context = {
        "objection": objection,
        "result": objection.result,
        "counts": counts,
        "objected": next((row for row in readable if row.pk == objection.result_id), None),
        "form": form or AnswerForm(initial={"revision": objection.revision}),
        "answers": answers,
        "answer_off": why_refused(objections.require_answerer, request.user, objection) if answers else "",
        "timeline": timeline(objection),
    }
    return render(request, "assessment/objection_page.html", context, status=status)


@login_required
@require_POST
def answer_objection(request: UserRequest, objection_id: int) -> HttpResponse:
    """Answer."""
    objection = queries.get_objection_for(request.user, objection_id)
    objections.require_answerer(request.user, objection)
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            objections.answer_objection(actor=request.user, objection_id=objection.pk, **form.cleaned_data)
        except InvalidInput as error:
            show_refusal(form, error)
        else:
            messages.success(request, "已答复；采纳的会在重新计算后计入结果")
            return redirect("assessment:objection", objection.pk)
    return _page(request, objection, form, 422)
