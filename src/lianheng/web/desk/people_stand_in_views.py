"""AB岗: let a colleague stand in for one of my roles for some days; for everybody who holds a role."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.services import delegate_role, end_delegation
from lianheng.web.accounts.services.delegating import own_assignments, possible_stand_ins
from lianheng.web.accounts.why import grant_of
from lianheng.web.desk.people_forms import StandInForm
from lianheng.web.desk.people_words import delegation_rows
from lianheng.web.desk.words import describe_grants
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.refused_forms import show_refusal

SHOWN_COLLEAGUES = 12


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def stand_ins(request: UserRequest) -> HttpResponse:
    """Show who stands in for whom, and let somebody stand in for me."""
    user = request.user
    form = _form(request, user)
    if request.method == "POST" and form.is_valid():
        try:
            _delegate(user, form)
        except InvalidInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "已请人代班，到期自动结束；要提前收回，点“结束”")
            return redirect("people:stand_ins")
    rows = delegation_rows(user, today())
    context = {"form": form, "rows": rows, "can_delegate": own_assignments(user, today()).exists()}
    return render(request, "desk/people_stand_ins.html", context, status=422 if request.method == "POST" else 200)


def _form(request: UserRequest, user: User) -> StandInForm:
    own = list(own_assignments(user, today()))
    words = describe_grants([grant_of(row, None) for row in own])
    roles = [(row.pk, f"{text.role}（{text.where}）") for row, text in zip(own, words, strict=True)]
    colleagues: list[str] = []
    if user.institution_id:
        near = User.objects.filter(institution=user.institution_id, is_active=True).exclude(pk=user.pk)
        colleagues = [f"{u.name} {u.username}" for u in near.order_by("username")[:SHOWN_COLLEAGUES]]
    return StandInForm(request.POST or None, roles=roles, colleagues=colleagues, initial={"valid_from": today()})


def _delegate(user: User, form: StandInForm) -> None:
    data = form.cleaned_data
    assignment = Assignment.objects.get(pk=data["assignment"])
    to = possible_stand_ins(user, assignment).filter(username=data["to"].strip().lower()).first()
    if to is None:
        # The same words whether the person does not exist or is out of reach.
        raise InvalidInput("没有这个用户名，或者不是本单位和这项角色范围内的在用账号", "to")
    delegate_role(
        actor=user,
        assignment_id=assignment.pk,
        to_id=to.pk,
        valid_from=data["valid_from"],
        valid_to=data["valid_to"],
        reason=data["reason"],
        today=today(),
    )


@login_required
@require_POST
def end_stand_in(request: UserRequest, delegation_id: int) -> HttpResponse:
    """Stop a stand-in at once."""
    end_delegation(actor=request.user, delegation_id=delegation_id)
    messages.success(request, "代班已结束")
    # From a person's page a security administrator goes back there.
    person = request.POST.get("person", "")
    return (
        redirect("people:person", int(person))
        if person.isascii() and person.isdecimal()
        else redirect("people:stand_ins")
    )
