import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection, connections, transaction

from lianheng.web.accounts.models import User
from lianheng.web.shell.errors import InvalidInput, Refusal, WrongState
from lianheng.web.trail.checkpoints import write_checkpoint
from lianheng.web.trail.keys import signing_key
from lianheng.web.trail.models import TrailEntry, TrailPayload
from lianheng.web.trail.queries import timeline
from lianheng.web.trail.services import erase_payload, record
from lianheng.web.trail.verification import verify

pytestmark = pytest.mark.django_db
AUDITOR = SimpleNamespace(pk=4)
SECRET = "不该留存的内容"


def test_the_content_is_gone_and_the_log_stays_whole(office: Path, make_user: Callable[..., User]) -> None:
    user = make_user("jia")
    entry = record(actor=user, action="test.done", subject=user, details={"comment": SECRET})
    write_checkpoint()
    erasure = erase_payload(actor=AUDITOR, seq=entry.seq, reason=" 依申请删除个人信息 ")
    assert not TrailPayload.objects.filter(content__contains=SECRET).exists()
    assert verify(signing_key().verifier, (office / "checkpoints.txt").read_text(encoding="utf-8")).problems == []
    assert (erasure.actor, erasure.action, erasure.subject_id) == ("user:4", "trail.payload_erased", str(entry.seq))
    assert erasure.payload.content == '{"reason":"依申请删除个人信息"}'
    row = next(row for row in timeline(user) if row.seq == entry.seq)
    assert (row.erased, row.comment) == (True, "内容已按规定清除")


def test_it_needs_a_reason_an_entry_and_something_to_erase() -> None:
    entry = record(actor=None, action="test.done", details={"comment": SECRET})
    with pytest.raises(InvalidInput) as error:
        erase_payload(actor=AUDITOR, seq=entry.seq, reason="  ")
    assert error.value.field == "reason"
    with pytest.raises(InvalidInput, match="没有编号为 99999 的痕迹"):
        erase_payload(actor=AUDITOR, seq=99999, reason="理由")
    erasure = erase_payload(actor=AUDITOR, seq=entry.seq, reason="理由")
    with pytest.raises(WrongState, match="已经清除过"):
        erase_payload(actor=AUDITOR, seq=entry.seq, reason="理由")
    with pytest.raises(WrongState, match="它的理由不能再清除"):
        erase_payload(actor=AUDITOR, seq=erasure.seq, reason="理由")


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite tests share one connection; see test_parallel")
def test_of_two_at_once_one_succeeds_and_one_is_refused() -> None:
    with transaction.atomic():
        seq = record(actor=None, action="test.done", details={"comment": SECRET}).seq
    outcomes: list[str] = []

    def erase() -> None:
        try:
            erase_payload(actor=AUDITOR, seq=seq, reason="理由")
            outcomes.append("done")
        except Refusal as refusal:
            outcomes.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=erase) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "wrong_state"]
    assert TrailEntry.objects.filter(action="trail.payload_erased").count() == 1
