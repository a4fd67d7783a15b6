"""What takes longer than a page may: computing a round, drawing its notice, packing a run."""

from typing import Any

from django.db import transaction
from django.urls import reverse

from lianheng.web.accounts.askers import asker_of
from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.assessment.models import ResultRun, Round
from lianheng.web.assessment.services import computing, notices, packages, rounds
from lianheng.web.shell.errors import WrongState
from lianheng.web.shell.jobs import JobKind, Outcome, register, start_job
from lianheng.web.shell.models import Job

COMPUTE, NOTICE, PACKAGE = "assessment.compute", "assessment.notice", "assessment.package"


@transaction.atomic
def start_computing(*, actor: User, round_id: int, revision: int) -> Job:
    """Queue the computation of a round; what can be refused is refused at once."""
    round_ = rounds.lock_round(round_id, revision=revision, state=computing.STATES)
    require_role(actor, [Role.SPECIAL_OFFICE], rounds.city_of(round_), "计算考评结果")
    rounds.refuse_seated(actor, round_, "计算考评结果")
    return _start(COMPUTE, f"计算{round_.name}结果", actor, {"round_id": round_id, "revision": revision})


@transaction.atomic
def start_notice(*, actor: User, round_id: int, revision: int) -> Job:
    """Queue the notice of a published round."""
    round_ = rounds.lock_round(round_id, revision=revision, state=[Round.PUBLISHED, Round.LOCKED])
    require_role(actor, [Role.SPECIAL_OFFICE], rounds.city_of(round_), "印发通报")
    if round_.notices.filter(run__current=True).exists():
        raise WrongState("这次结果的通报已经印发")
    return _start(NOTICE, f"印发{round_.name}结果通报", actor, {"round_id": round_id, "revision": revision})


@transaction.atomic
def start_package(*, actor: User, run_id: int) -> Job:
    """Queue the package of a run."""
    run = ResultRun.objects.select_related("round").get(pk=run_id)
    require_role(actor, [Role.SPECIAL_OFFICE, Role.LEADING_GROUP], rounds.city_of(run.round), "生成数据包")
    return _start(PACKAGE, f"{run.round.name}第 {run.number} 次计算的数据包", actor, {"run_id": run_id})


def _start(kind: str, title: str, actor: User, arguments: dict[str, Any]) -> Job:
    return start_job(room="assessment", kind=kind, title=title, asked_by=actor.pk, arguments=arguments)


def _compute(job: Job, _: Any) -> Outcome:
    run = computing.compute_results(actor=asker_of(job), **job.arguments)
    count = run.results.count()
    return Outcome(f"第 {run.number} 次计算完成，{count} 份结果", reverse("assessment:round", args=[run.round_id]))


def _notice(job: Job, _: Any) -> Outcome:
    notice = notices.issue_notice(actor=asker_of(job), **job.arguments)
    return Outcome(f"通报 {notice.number} 已印发", reverse("assessment:round", args=[notice.round_id]))


def _package(job: Job, _: Any) -> Outcome:
    run = packages.make_package(actor=asker_of(job), **job.arguments)
    return Outcome("数据包已生成，可以下载", reverse("assessment:package", args=[run.pk]))


def _prepare_package(job: Job) -> None:
    """A checkpoint is signed before the job's transaction begins."""
    packages.prepare_package(job.arguments["run_id"])


def register_jobs() -> None:
    """Make the kinds of work known; called at start-up."""
    register(COMPUTE, JobKind(_compute))
    register(NOTICE, JobKind(_notice))
    register(PACKAGE, JobKind(_package, prepare=_prepare_package))
