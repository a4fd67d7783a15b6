import threading
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from lianheng.engine.merkle_log.checkpoint import open_note
from lianheng.web.trail import checkpoints
from lianheng.web.trail.checkpoint_file import CheckpointFile, read_pieces
from lianheng.web.trail.checkpoints import LogContradicted, write_checkpoint
from lianheng.web.trail.keys import NoKey, signing_key
from lianheng.web.trail.models import TrailCheckpoint, TrailEntry
from lianheng.web.trail.services import record
from lianheng.web.trail.stored_tree import read_head
from lianheng.web.trail.tests.attacks import cut_tail, rebuild_consistently, sql

pytestmark = pytest.mark.django_db
Write = Callable[..., None]


def sizes(office: Path) -> list[int | None]:
    return [piece.size for piece in read_pieces((office / "checkpoints.txt").read_text(encoding="utf-8"))]


def test_it_signs_the_head_into_file_and_database(office: Path, write: Write) -> None:
    write(3)
    written = write_checkpoint()
    assert written is not None and written.is_new
    row = TrailCheckpoint.objects.get()
    checkpoint = open_note(row.note, signing_key().verifier)
    assert (checkpoint.size, checkpoint.root) == (read_head().size, read_head().root())
    assert (office / "checkpoints.txt").read_text(encoding="utf-8") == row.note + "\n"


def test_an_unchanged_log_gets_no_second_checkpoint(office: Path, write: Write) -> None:
    write(3)
    write_checkpoint()
    again = write_checkpoint()
    assert again is not None and not again.is_new
    assert sizes(office) == [3]
    write(2)
    write_checkpoint()
    assert sizes(office) == [3, 5]
    assert list(TrailCheckpoint.objects.order_by("size").values_list("size", flat=True)) == [3, 5]


def test_an_empty_log_is_not_signed(office: Path) -> None:
    assert write_checkpoint() is None
    assert not TrailCheckpoint.objects.exists()


def test_killed_between_file_and_row_the_next_call_adds_the_row(
    office: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(3)
    with monkeypatch.context() as patch:
        patch.setattr(TrailCheckpoint.objects, "create", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            write_checkpoint()
    assert sizes(office) == [3] and not TrailCheckpoint.objects.exists()
    write_checkpoint()
    assert sizes(office) == [3]
    assert TrailCheckpoint.objects.get().size == 3


def test_every_torn_end_is_closed_off_and_left_out(office: Path, write: Write) -> None:
    path = office / "checkpoints.txt"
    write(3)
    write_checkpoint()
    first = path.read_bytes()
    write(1)
    write_checkpoint()
    second = path.read_bytes()[len(first) :]
    # Cut inside the last signature or before; cut after it, the note is whole.
    for end in range(len(second) - 2):
        path.write_bytes(first + second[:end])
        with CheckpointFile.locked(path) as file:
            newest = file.newest()
            assert newest is not None and newest.size == 3, end
            file.append(second.decode().removesuffix("\n"))
        pieces = read_pieces(path.read_text(encoding="utf-8", errors="replace"))
        assert [p.size for p in pieces if not p.is_torn] == [3, 4], end
        assert all(p.size is None for p in pieces if p.is_torn)


def test_the_newest_is_found_at_the_end_of_a_long_file(office: Path, write: Write) -> None:
    path = office / "checkpoints.txt"
    write(1)
    note = write_checkpoint().note  # type: ignore[union-attr]
    for window_edge in range(0, 220, 7):
        path.write_bytes(b"x" * window_edge + b"\n\n\n" + (note + "\n").encode() * 200)
        with CheckpointFile.locked(path) as file:
            assert file.newest().note == note  # type: ignore[union-attr]


def test_a_cut_log_is_not_signed_again(office: Path, write: Write) -> None:
    write(5)
    write_checkpoint()
    cut_tail(3)
    with pytest.raises(LogContradicted, match="covers 5 entries, the log has only 3"):
        write_checkpoint()
    assert sizes(office) == [5]


def test_a_rewritten_log_is_not_signed(office: Path, write: Write) -> None:
    write(5)
    write_checkpoint()
    sql("UPDATE trail_trailentry SET actor = 'user:9' WHERE seq = 2")
    rebuild_consistently()
    write(1)
    with pytest.raises(LogContradicted, match="does not begin with the 5 entries"):
        write_checkpoint()
    with pytest.raises(CommandError, match="NOT signed: the log does not begin"):
        call_command("trail_checkpoint")


def test_without_a_key_it_says_how_to_make_one(office: Path, write: Write) -> None:
    (office / "keys" / "trail.key").unlink()
    write(1)
    with pytest.raises(NoKey, match="run 'lianheng keys make'"):
        write_checkpoint()


def test_a_key_that_others_may_read_is_refused(office: Path, write: Write) -> None:
    (office / "keys" / "trail.key").chmod(0o644)
    write(1)
    with pytest.raises(NoKey, match="chmod 600"):
        write_checkpoint()


@pytest.mark.django_db(transaction=True)
def test_it_never_signs_inside_a_transaction(office: Path) -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        record(actor=None, action="test.done")
        write_checkpoint()
    assert not TrailEntry.objects.exists()
    assert not (office / "checkpoints.txt").exists()


def test_two_writers_of_checkpoints_take_turns(office: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits for the file's lock, and finds the note there."""
    write(3)
    order: list[str] = []
    holding, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with CheckpointFile.locked(office / "checkpoints.txt"):
            holding.set()
            go_on.wait(5)
            order.append("first")

    other = threading.Thread(target=hold)
    other.start()
    holding.wait(5)
    threading.Timer(0.2, go_on.set).start()
    read = checkpoints.read_head
    monkeypatch.setattr(checkpoints, "read_head", lambda: (order.append("second"), read())[1])
    write_checkpoint()
    other.join()
    assert order[:2] == ["first", "second"]


def test_the_command_prints_what_to_publish(office: Path, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write(2)
    call_command("trail_checkpoint")
    assert "2 entries signed" in capsys.readouterr().out
    call_command("trail_checkpoint")
    assert "2 entries already signed" in capsys.readouterr().out
