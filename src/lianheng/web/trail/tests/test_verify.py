"""An attacker with database and program, without the key; each test is one attack."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from lianheng.engine.merkle_log.checkpoint import Checkpoint, SigningKey, sign
from lianheng.web.trail.checkpoints import write_checkpoint
from lianheng.web.trail.keys import signing_key
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.services import erase_payload
from lianheng.web.trail.stored_tree import read_head
from lianheng.web.trail.testing import guards_lifted
from lianheng.web.trail.tests.attacks import cut_tail, rebuild_consistently, sql
from lianheng.web.trail.verification import Report, verify

pytestmark = pytest.mark.django_db
Write = Callable[..., None]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def exported(office: Path, write: Write) -> str:
    """A log of 600 entries with checkpoints at 300 and 590; the file as another department fetched it."""
    write(300)
    write_checkpoint()
    write(290)
    write_checkpoint()
    write(10)
    return (office / "checkpoints.txt").read_text(encoding="utf-8")


def check(exported: str | None = None) -> Report:
    return verify(signing_key().verifier, exported, "FILE")


def test_an_honest_log_is_whole(exported: str) -> None:
    report = check(exported)
    assert report.problems == []
    assert (report.size, report.covered, report.checkpoints) == (600, 590, 2)
    assert report.root == read_head().root()


def test_an_empty_log_is_whole(office: Path) -> None:
    report = check()
    assert (report.is_whole, report.size, report.covered) == (True, 0, 0)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513])
def test_every_size_around_a_stored_node_is_whole(office: Path, write: Write, size: int) -> None:
    write(size)
    write_checkpoint()
    assert check((office / "checkpoints.txt").read_text(encoding="utf-8")).problems == []


@pytest.mark.parametrize("column", ["actor", "role", "action", "subject_type", "subject_id", "unit", "result"])
def test_a_changed_column_is_named_with_its_entry(exported: str, column: str) -> None:
    sql(f"UPDATE trail_trailentry SET {column} = 'forged' WHERE seq = 77")
    assert check().problems == ["rows were changed: they do not hash to their leaves, entries 77"]


def test_a_changed_time_is_found_to_the_microsecond(exported: str) -> None:
    entry = TrailEntry.objects.get(seq=77)
    with guards_lifted():
        TrailEntry.objects.filter(seq=77).update(time=entry.time.replace(microsecond=entry.time.microsecond + 1))
    assert check().problems == ["rows were changed: they do not hash to their leaves, entries 77"]


def test_text_moved_from_one_field_to_its_neighbour_is_found(exported: str) -> None:
    sql("UPDATE trail_trailentry SET subject_type = ':', subject_id = '' WHERE seq = 77")
    assert not check().is_whole


def test_a_changed_content_is_found(exported: str) -> None:
    sql("UPDATE trail_trailpayload SET content = '{}' WHERE entry_id IN (5, 6, 7, 20)")
    assert check().problems == ["contents were changed: they do not fit their commitments, entries 5–7, 20"]


def test_a_deleted_content_without_a_record_is_found(exported: str) -> None:
    sql("DELETE FROM trail_trailpayload WHERE entry_id = 5")
    assert check().problems == ["contents are gone without an entry that records their erasure, entries 5"]


def test_an_erased_content_leaves_the_log_whole(exported: str) -> None:
    erase_payload(actor=type("Actor", (), {"pk": 1})(), seq=5, reason="依申请删除个人信息")
    report = check(exported)
    assert (report.problems, report.erased) == ([], 1)


def test_missing_entries_are_named(exported: str) -> None:
    sql("DELETE FROM trail_trailpayload WHERE entry_id IN (40, 41)")
    sql("DELETE FROM trail_trailentry WHERE seq IN (40, 41)")
    first, second = check().problems
    assert first == "entries are missing 40–41"
    assert second.startswith("the stored checkpoint of size 300 cannot be compared: entries are missing")


def test_a_changed_node_or_head_is_found(exported: str) -> None:
    sql('UPDATE trail_trailnode SET hash = %s WHERE height = 8 AND "index" = 1', bytes(32))
    assert check().problems == ["stored tree nodes are wrong or missing: height 8 number 1"]


def test_a_planted_node_is_found(exported: str) -> None:
    sql('INSERT INTO trail_trailnode (height, "index", hash) VALUES (8, 9, %s)', bytes(32))
    assert check().problems == ["stored tree nodes are wrong or missing: height 8 number 9 (should not be there)"]


def test_rows_rewritten_with_their_leaf_disagree_with_tree_and_head(exported: str) -> None:
    sql("UPDATE trail_trailhead SET frontier = %s", (600).to_bytes(8, "big") + bytes(32 * (600).bit_count()))
    assert check().problems == ["the head's frontier is not that of the entries"]


def test_a_head_that_claims_more_or_less_is_found(exported: str) -> None:
    sql("UPDATE trail_trailhead SET size = 500")
    assert "the head says 500 entries, its frontier 600" in check().problems
    sql("UPDATE trail_trailhead SET size = %s, frontier = %s", 2**61, (2**61).to_bytes(8, "big") + bytes(32))
    assert "entries are missing 600–2305843009213693951" in check().problems
    sql("UPDATE trail_trailhead SET size = 3, frontier = %s", b"short")
    assert any("the head cannot be read" in problem for problem in check().problems)


def test_a_consistent_rewrite_without_the_key_is_found_and_bounded(exported: str) -> None:
    sql("UPDATE trail_trailentry SET actor = 'user:9' WHERE seq = 450")
    rebuild_consistently()
    (problem,) = check().problems
    assert problem == (
        "the log was rewritten: the stored checkpoint of size 590 (size 590) has another root; an entry of 300–589 "
        "was changed"
    )


def test_a_rewrite_that_also_drops_the_stored_checkpoints_is_found_by_the_exported_file(exported: str) -> None:
    sql("UPDATE trail_trailentry SET actor = 'user:9' WHERE seq = 20")
    sql("DELETE FROM trail_trailcheckpoint")
    rebuild_consistently()
    assert check().problems == []  # nothing inside the database can show it
    (problem,) = check(exported).problems
    assert problem == (
        "the log was rewritten: the checkpoint in line 1 of FILE (size 300) has another root; an entry of 0–299 was "
        "changed (and 1 more checkpoints say so)"
    )


def test_a_cut_tail_is_found_by_the_exported_file(exported: str) -> None:
    cut_tail(400)
    assert check().problems == []
    (problem,) = check(exported).problems
    assert problem == (
        "the tail was cut off: the checkpoint in line 7 of FILE covers 590 entries, the log has 400; at least 400–589 "
        "are gone"
    )


def test_a_tail_cut_beyond_the_last_checkpoint_is_what_remains_open(exported: str) -> None:
    """The promise ends at the last exported checkpoint; the report says so beforehand."""
    assert check(exported).covered == 590
    cut_tail(595)
    report = check(exported)
    assert (report.problems, report.size, report.covered) == ([], 595, 590)


def test_a_checkpoint_signed_with_another_key_is_refused(exported: str) -> None:
    stranger = SigningKey.generate("lianheng/trail")
    forged = sign(Checkpoint("lianheng/trail", 600, read_head().root()), stranger)
    problems = check(exported + forged + "\n").problems
    assert len(problems) == 1
    assert "the checkpoint in line 13 of FILE is not valid: the note is not signed by the key" in problems[0]


def test_a_stored_checkpoint_whose_columns_differ_from_its_note_is_found(exported: str) -> None:
    sql("UPDATE trail_trailcheckpoint SET root = %s WHERE size = 300", bytes(32))
    assert check().problems == ["the stored checkpoint of size 300 differs from its signed note"]


def test_a_file_without_any_checkpoint_proves_nothing(exported: str) -> None:
    assert check("").problems == ["FILE holds no valid checkpoint: it proves nothing"]


def test_a_torn_end_of_the_file_is_a_remark(exported: str) -> None:
    report = check(exported + "lianheng/trail\n59")
    assert report.problems == []
    assert report.remarks == ["the checkpoint in line 13 of FILE was cut off in writing and is left out"]


def test_a_dropped_trigger_fails_the_verification(exported: str) -> None:
    on_table = " ON trail_trailentry" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER trail_trailentry_no_delete{on_table}")
    assert check().problems == ["triggers are missing or altered: trail_trailentry_no_delete; run 'lianheng migrate'"]


def test_the_command_answers_in_words_and_exit_codes(exported: str, office: Path, capsys: Capture) -> None:
    kept = office / "fetched.txt"
    kept.write_text(exported, encoding="utf-8")
    call_command("trail_verify", "--against", str(kept))
    printed = capsys.readouterr().out
    assert "600 entries, 2 checkpoints, 0 contents erased" in printed
    assert "the newest 10 entries, 590–599, are not covered by any exported checkpoint yet" in printed
    assert "OK: the trail is whole" in printed
    cut_tail(400)
    call_command("trail_verify")
    with pytest.raises(CommandError) as error:
        call_command("trail_verify", "--against", str(kept), "--key", signing_key().vkey)
    assert error.value.returncode == 1
    assert "WRONG: the tail was cut off" in capsys.readouterr().out
    with pytest.raises(CommandError, match="cannot read") as error:
        call_command("trail_verify", "--against", str(office / "nowhere"))
    assert error.value.returncode == 2
    with pytest.raises(CommandError, match="neither a verifier key"):
        call_command("trail_verify", "--key", "nonsense")


def test_checkpoints_without_a_key_cannot_be_checked(exported: str, office: Path, capsys: Capture) -> None:
    (office / "keys" / "trail.key").unlink()
    with pytest.raises(CommandError):
        call_command("trail_verify")
    assert "the stored checkpoint of size 300 cannot be checked: there is no key" in capsys.readouterr().out


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL takes valid text only")
def test_bytes_that_are_no_text_are_named_and_do_not_stop_the_check(exported: str) -> None:
    sql("UPDATE trail_trailentry SET actor = CAST(x'ff6162' AS TEXT) WHERE seq = 77")
    sql("UPDATE trail_trailentry SET unit = unit || CAST(x'0061' AS TEXT) WHERE seq = 78")
    sql("UPDATE trail_trailpayload SET content = CAST(x'fe' AS TEXT) WHERE entry_id = 79")
    sql("UPDATE trail_trailentry SET leaf = 'text' WHERE seq = 595")
    problems = check().problems
    assert problems[0] == "rows were changed: they do not hash to their leaves, entries 77–78, 595"
    assert problems[1] == "contents were changed: they do not fit their commitments, entries 79"


def test_contents_that_were_swapped_are_found(exported: str) -> None:
    sql("DELETE FROM trail_trailpayload WHERE entry_id = 8")
    sql("UPDATE trail_trailpayload SET entry_id = 8 WHERE entry_id = 9")
    assert check().problems == [
        "contents were changed: they do not fit their commitments, entries 8",
        "contents are gone without an entry that records their erasure, entries 9",
    ]
