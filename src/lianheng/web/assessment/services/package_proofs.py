"""日志证明: proof files of the acts behind a run, as they go into its package."""

from lianheng.web.assessment.models import ResultRun
from lianheng.web.shell.errors import WrongState
from lianheng.web.trail.checkpoints import LogContradicted, write_checkpoint
from lianheng.web.trail.keys import NoKey, signing_key
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.proofs import NotProvable, is_covered, opened_proof

FROZEN, COMPUTED, PUBLISHED = "frozen", "computed", "published"


def entries_behind(run: ResultRun) -> dict[str, TrailEntry]:
    """Return the entries that froze the snapshot, computed the run and, if it was, published it."""
    acts = TrailEntry.objects.filter(subject_type="assessment.round", subject_id=str(run.round_id))
    computed = list(acts.filter(action="assessment.results_computed").order_by("seq"))[run.number - 1 : run.number + 1]
    frozen = TrailEntry.objects.filter(
        action="assessment.snapshot_frozen", subject_type="assessment.snapshot", subject_id=str(run.snapshot_id)
    ).first()
    if not computed or frozen is None:
        raise WrongState("日志里没有这次计算或它的数据快照的记录，不能生成数据包；请审计管理员验证日志")
    found = {FROZEN: frozen, COMPUTED: computed[0]}
    # A publication belongs to the run that was in force: after its computation, before the next one.
    published = acts.filter(action="assessment.round_published", seq__gt=computed[0].seq)
    if len(computed) > 1:
        published = published.filter(seq__lt=computed[1].seq)
    newest = published.order_by("-seq").first()
    return found if newest is None else found | {PUBLISHED: newest}


def cover(run: ResultRun) -> None:
    """Sign a checkpoint if none covers the run's entries yet; outside any transaction, as signing asks for."""
    if is_covered(_last(run)):
        return
    try:
        write_checkpoint()
    except (LogContradicted, NoKey) as error:
        raise WrongState(f"日志没有签出检查点，不能生成数据包：{error}") from None


def proof_files(run: ResultRun) -> dict[str, bytes]:
    """Return name → proof file. All under the first checkpoint that covers them, so that the bytes stay the same."""
    last = _last(run)
    try:
        return {
            f"proof-{name}.json": opened_proof(entry.seq, covering=last).encode("ascii")
            for name, entry in entries_behind(run).items()
        }
    except NotProvable as error:
        raise WrongState(f"这次计算还没有日志证明，不能生成数据包：{error}") from None


def verifier_key() -> bytes:
    """Return the log's verifier key, as it is published."""
    try:
        return f"{signing_key().vkey}\n".encode()
    except NoKey as error:
        raise WrongState(f"日志的签名密钥读不出来，不能生成数据包：{error}") from None


def _last(run: ResultRun) -> int:
    return max(entry.seq for entry in entries_behind(run).values())
