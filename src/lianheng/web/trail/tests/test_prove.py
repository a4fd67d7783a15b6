import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

import lianheng.engine.merkle_log.verify_standalone as standalone
from lianheng.cli.main import main
from lianheng.engine.merkle_log.tree import root_from_leaves
from lianheng.web.trail.checkpoints import write_checkpoint
from lianheng.web.trail.keys import signing_key
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.proofs import proof_file
from lianheng.web.trail.services import erase_payload
from lianheng.web.trail.stored_tree import root_at, stored_hash

pytestmark = pytest.mark.django_db
Write = Callable[..., None]
Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("seq", [0, 1, 255, 256, 511, 512, 699])
def test_a_proof_file_is_accepted_by_both_verifiers(office: Path, write: Write, seq: int) -> None:
    write(700)
    write_checkpoint()
    out = office / "proof.json"
    call_command("trail_prove", str(seq), "--out", str(out))
    assert main(["trail", "verify-file", str(out), "--key", signing_key().vkey]) == 0
    command = [sys.executable, "-I", standalone.__file__, str(out), signing_key().vkey]
    assert subprocess.run(command, env=dict(os.environ), check=False, capture_output=True).returncode == 0


def test_the_content_is_opened_on_demand_and_that_is_an_entry(
    office: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write(3)
    write_checkpoint()
    out = office / "proof.json"
    call_command("trail_prove", "1", "--out", str(out), "--with-content")
    assert main(["trail", "verify-file", str(out), "--key", signing_key().vkey]) == 0
    assert 'payload: {"number": 1}' in capsys.readouterr().out
    last = TrailEntry.objects.order_by("-seq").first()
    assert last is not None
    assert (last.action, last.result, last.subject_id) == ("trail.proof_opened", "read", "1")


def test_a_changed_entry_gives_no_accepted_proof(office: Path, write: Write) -> None:
    write(3)
    write_checkpoint()
    out = office / "proof.json"
    out.write_text(proof_file(1).replace('"index": 1', '"index": 2'), encoding="ascii")
    assert main(["trail", "verify-file", str(out), "--key", signing_key().vkey]) == 1


def test_what_cannot_be_proved_says_why(office: Path, write: Write) -> None:
    write(3)
    out = office / "proof.json"
    with pytest.raises(CommandError, match="no checkpoint covers entry 1 yet: run 'lianheng trail checkpoint' first"):
        call_command("trail_prove", "1", "--out", str(out))
    write_checkpoint()
    with pytest.raises(CommandError, match="there is no entry 9"):
        call_command("trail_prove", "9", "--out", str(out))
    erase_payload(actor=type("Actor", (), {"pk": 1})(), seq=1, reason="依申请删除个人信息")
    with pytest.raises(CommandError, match="the content of entry 1 was erased"):
        call_command("trail_prove", "1", "--out", str(out), "--with-content")
    assert not out.exists()
    call_command("trail_prove", "1", "--out", str(out))
    with pytest.raises(CommandError, match="exists already"):
        call_command("trail_prove", "1", "--out", str(out))


def test_roots_of_earlier_sizes_come_from_stored_rows(office: Path, write: Write) -> None:
    write(600)
    leaves = [bytes(leaf) for leaf in TrailEntry.objects.order_by("seq").values_list("leaf", flat=True)]
    for size in (0, 1, 2, 3, 255, 256, 257, 511, 512, 599, 600):
        assert root_at(size) == root_from_leaves(leaves[:size]), size
    assert stored_hash(9, 0) == root_from_leaves(leaves[:512])
    with pytest.raises(LookupError):
        stored_hash(8, 2)
