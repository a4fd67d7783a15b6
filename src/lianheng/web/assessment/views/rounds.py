"""The round: where it stands, what is next, what is missing, what came of it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from lianheng.web.accounts.models import User
from lianheng.web.accounts.prepared import ask_for
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import grant_for, require_role
from lianheng.web.assessment import jobs, queries, steps
from lianheng.web.assessment.forms.rounds import QuarterForm, ReopenForm, RoundForm, StepForm
from lianheng.web.assessment.groups import group_name
from lianheng.web.assessment.models import OfficialNotice, Result, ResultRun, Round, Sheet
from lianheng.web.assessment.services import packages, rounds, snapshots
from lianheng.web.assessment.uncounted import UNDECIDED, late_figures, late_values
from lianheng.web.assessment.views.sheet_table import both_done
from lianheng.web.evidence.services import path_of
from lianheng.web.measures.models import MeasureValue
from lianheng.web.measures.queries import values_for
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.models import Job
from lianheng.web.shell.prepared import ask
from lianheng.web.shell.refused_forms import show_refusal
from lianheng.web.shell.workdays import add_working_days, year_is_known
from lianheng.web.standards.permission import is_office, require_office
from lianheng.web.trail.queries import timeline
from lianheng.web.units.queries import city_of_profile

MISSING_SHOWN = 200


@login_required
@require_safe
def round_list(request: UserRequest) -> HttpResponse:
    """List the years."""
    return _round_list(request, RoundForm())


def _round_list(request: UserRequest, form: RoundForm, status: int = 200) -> HttpResponse:
    context = {
        "rounds": queries.rounds_for(request.user),
        "works": queries.works_here(request.user),
        "office": is_office(request.user),
        "no_profile": city_of_profile() is None,
        "form": form,
    }
    return render(request, "assessment/round_list.html", context, status=status)


@login_required
@require_POST
def create_round(request: UserRequest) -> HttpResponse:
    """Prepare a year."""
    require_office(request.user, "筹备年度考评")
    form = RoundForm(request.POST)
    if form.is_valid():
        try:
            round_ = rounds.create_round(actor=request.user, **form.cleaned_data)
        except InvalidInput as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{round_.name}已建立，核对后启动自评")
            return redirect("assessment:round", round_.pk)
    return _round_list(request, form, 422)


@login_required
@require_safe
def round_page(request: UserRequest, round_id: int) -> HttpResponse:
    """Show a round: stations, counts in scope, next steps, runs, documents, timeline."""
    return _round_page(request, round_id)


def _round_page(request: UserRequest, round_id: int, error: str = "", status: int = 200) -> HttpResponse:
    round_ = queries.get_round_with_papers_for(request.user, round_id)
    papers = queries.papers_of(round_)
    city = queries.place_of(round_)
    office = grant_for(request.user, queries.OFFICE, city) is not None
    runs_it = grant_for(request.user, [Role.SPECIAL_OFFICE], city) is not None
    runs: Sequence[Any] = ask(_runs, round_.pk) if office else ()
    quarter = snapshots.last_quarter(round_.year, today())
    offers, left = steps.offers(request.user, round_, city)
    context = {
        "round": round_,
        "stations": _stations(round_),
        "offers": offers,
        "left_to_others": left,
        "error": error,
        "round_text": str(round_.pk),
        "by_group": [row | {"name": group_name(row["group"])} for row in ask_for(request.user, _progress, round_.pk)],
        "office": office,
        "runs": runs,
        "late": sum(run.late for run in runs) if round_.state in UNDECIDED else 0,
        "snapshots": papers["snapshots"] if office else (),
        "notices": papers["notices"],
        "announced": any(notice["run__current"] for notice in papers["notices"]),
        "runs_it": runs_it,
        "quarter_form": QuarterForm.up_to(quarter),
        "takes_quarters": runs_it and quarter is not None and snapshots.takes_quarters(round_, computed=bool(runs)),
        "reopen_form": ReopenForm(initial={"revision": round_.revision}),
        "may_reopen": round_.state in (Round.NOTICE, Round.PUBLISHED, Round.LOCKED)
        and grant_for(request.user, [Role.LEADING_GROUP], city) is not None,
        "unknown_years": [year for year in _years_of(round_) if not year_is_known(year)],
        "timeline": timeline(round_),
    }
    return render(request, "assessment/round_page.html", context, status=status)


def _years_of(round_: Round) -> list[int]:
    """Return the years in which a round's dates lie: their working days are counted."""
    late = add_working_days(round_.self_score_due, round_.late_days)
    dates = (round_.self_score_due, late, round_.assess_due, round_.objection_due)
    return sorted({date.year for date in dates if date})


def _runs(round_id: int) -> QuerySet[ResultRun]:
    """Return a round's runs without the packages that they carry; the newest with how many numbers changed since."""
    late = Case(When(current=True, then=late_figures("round__")["late_values"]), default=Value(0))
    runs = ResultRun.objects.filter(round=round_id).select_related("snapshot", "computed_by").annotate(late=late)
    return runs.defer("inputs", "snapshot__content").order_by("-number")


def _stations(round_: Round) -> list[dict[str, object]]:
    states = [code for code, _ in Round.STATES]
    here = states.index(round_.state)
    return [
        {"label": label, "done": number < here, "current": number == here}
        for number, (_, label) in enumerate(Round.STATES)
    ]


def _progress(user: User, round_id: int) -> QuerySet[Sheet, Any]:
    """Count a round's sheets by group within the person's scope: issued, handed in, scored by both."""
    sheets = queries.sheets_for(user).filter(round=round_id)
    handed_in, scored = Count("pk", filter=Q(state=Sheet.SUBMITTED)), Count("pk", filter=both_done())
    groups = sheets.values("group").annotate(issued=Count("pk"), handed_in=handed_in, scored=scored)
    return groups.order_by("group")


@login_required
@require_POST
def take_step(request: UserRequest, round_id: int) -> HttpResponse:
    """Take the round's next step; the service checks state, role and who did the step before."""
    round_ = queries.get_round_for(request.user, round_id)
    form = StepForm(request.POST)
    step = steps.BY_CODE.get(request.POST.get("step", ""))
    require_role(request.user, step.roles if step else queries.OFFICE, queries.place_of(round_), _act(step))
    if not form.is_valid() or step is None:
        said = form.errors.get("opinion", ["这一步没有认出来，请刷新页面再试"])[0]
        return _round_page(request, round_.pk, str(said), 422)
    extra = {"opinion": form.cleaned_data["opinion"]} if step.asks_opinion else {}
    try:
        outcome = step.act(actor=request.user, round_id=round_.pk, revision=form.cleaned_data["revision"], **extra)
    except InvalidInput as error:
        return _round_page(request, round_.pk, error.message, 422)
    if isinstance(outcome, Job):
        return redirect("job", outcome.pk)
    messages.success(request, f"已办理：{step.label}")
    return redirect("assessment:round", round_.pk)


def _act(step: steps.Step | None) -> str:
    return step.label if step else "办理年度考评"


@login_required
@require_POST
def reopen_round(request: UserRequest, round_id: int) -> HttpResponse:
    """Reopen; both results stay."""
    round_ = queries.get_round_for(request.user, round_id)
    require_role(request.user, [Role.LEADING_GROUP], queries.place_of(round_), "重开考评")
    form = ReopenForm(request.POST)
    if not form.is_valid():
        said = form.errors["reason"][0] if request.POST.get("reason", "").strip() and "reason" in form.errors else ""
        return _round_page(request, round_.pk, str(said or "请写明重开的理由"), 422)
    try:
        rounds.reopen_round(actor=request.user, round_id=round_.pk, **form.cleaned_data)
    except InvalidInput as error:
        return _round_page(request, round_.pk, error.message, 422)
    messages.success(request, "已重开，原结果保留，重新计算后两次结果并存")
    return redirect("assessment:round", round_.pk)


@login_required
@require_POST
def freeze_quarter(request: UserRequest, round_id: int) -> HttpResponse:
    """Freeze a quarter."""
    round_ = queries.get_round_for(request.user, round_id)
    require_role(request.user, [Role.SPECIAL_OFFICE], queries.place_of(round_), "冻结季度快照")
    form = QuarterForm(request.POST)
    if not form.is_valid():
        return _round_page(request, round_.pk, "请选第 1 到第 4 季度", 422)
    snapshot = snapshots.freeze_quarter(actor=request.user, round_id=round_.pk, quarter=form.cleaned_data["quarter"])
    messages.success(request, f"{snapshot.period} 快照已冻结，{snapshot.units} 个单位，缺 {snapshot.missing} 个数据")
    return redirect("assessment:round", round_.pk)


@login_required
@require_safe
def missing(request: UserRequest, round_id: int) -> HttpResponse:
    """List what blocks publication, by unit: values that are missing or contradict each other."""
    round_ = queries.get_round_for(request.user, round_id)
    rows = (
        Result.objects.filter(sheet__in=queries.sheets_for(request.user), run__round=round_, current=True, score=None)
        .select_related("sheet__scheme", "sheet__institution", "sheet__round")
        .order_by("group", "sort_key")
    )
    lines = [(row, queries.missing_measures(row.sheet)) for row in rows[:MISSING_SHOWN]]
    late = _late_values(request.user, round_)
    context = {
        "round": round_,
        "lines": lines,
        "total": rows.count(),
        "late_values": late[:MISSING_SHOWN],
        "late_total": late.count(),
    }
    return render(request, "assessment/round_missing.html", context)


def _late_values(user: User, round_: Round) -> QuerySet[MeasureValue]:
    """Return the numbers in one's scope that were changed since the newest run, the latest first."""
    newest = round_.runs.filter(current=True).only("computed_at").first()
    if newest is None or round_.state not in UNDECIDED:
        return MeasureValue.objects.none()
    late = values_for(user) & late_values(round_.division, str(round_.year), newest.computed_at).order_by()
    return late.order_by("-entered_at", "-pk")


@login_required
@require_POST
def issue_notice(request: UserRequest, round_id: int) -> HttpResponse:
    """Issue the notice of the current results."""
    round_ = queries.get_round_for(request.user, round_id)
    require_role(request.user, [Role.SPECIAL_OFFICE], queries.place_of(round_), "印发通报")
    form = StepForm({**request.POST.dict(), "step": "notice"})
    if not form.is_valid():
        return _round_page(request, round_.pk, "请刷新页面再试", 422)
    job = jobs.start_notice(actor=request.user, round_id=round_.pk, revision=form.cleaned_data["revision"])
    return redirect("job", job.pk)


@login_required
@require_safe
def notice_file(request: UserRequest, notice_id: int, form: str) -> FileResponse:
    """Send the notice as issued, as .docx or PDF; a notice is for everybody who may open its round."""
    notice = get_object_or_404(OfficialNotice.objects.select_related("round"), pk=notice_id)
    queries.get_round_for(request.user, notice.round_id)
    files = {"docx": notice.docx, "pdf": notice.pdf}
    if form not in files:
        raise Http404
    return download(path_of(files[form].sha256).open("rb"), f"{notice.number}.{form}", files[form].mime, form == "pdf")


def download(content: object, name: str, mime: str, inline: bool = False) -> FileResponse:
    """Return a file under a Chinese name."""
    response = FileResponse(content, content_type=mime)
    response["Content-Disposition"] = f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(name)}"
    return response


def _run_for(request: UserRequest, run_id: int) -> ResultRun:
    """Return a run to an office of the whole city: a package holds everybody's data."""
    run = get_object_or_404(ResultRun.objects.select_related("round", "package").defer("inputs"), pk=run_id)
    if grant_for(request.user, queries.OFFICE, rounds.city_of(run.round)) is None:
        raise Http404
    return run


@login_required
@require_POST
def make_package(request: UserRequest, run_id: int) -> HttpResponse:
    """Start packing a run."""
    job = jobs.start_package(actor=request.user, run_id=_run_for(request, run_id).pk)
    return redirect("job", job.pk)


@login_required
@require_safe
def package(request: UserRequest, run_id: int) -> FileResponse:
    """Send a run's package."""
    run = _run_for(request, run_id)
    if run.package is None:
        raise Http404
    packages.note_download(actor=request.user, run_id=run.pk)
    name = f"lianheng-{run.round.year}-run{run.number}.zip"
    return download(path_of(run.package.sha256).open("rb"), name, "application/zip")
