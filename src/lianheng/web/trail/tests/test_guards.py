import pytest
from django.core import checks
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from lianheng.web.trail import guards
from lianheng.web.trail.checks import trail_is_guarded
from lianheng.web.trail.models import TrailEntry, TrailHead, TrailPayload
from lianheng.web.trail.services import record
from lianheng.web.trail.testing import empty_trail

COLUMNS = {"trail_trailentry": "action", "trail_trailpayload": "content", "trail_trailnode": "height"}


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def rows(db: None) -> None:
    """One row in every table."""
    for _ in range(256):
        record(actor=None, action="test.done")
    run(
        "INSERT INTO trail_trailcheckpoint (size, root, note, created) "
        "SELECT 1, commitment, 'x', time FROM trail_trailentry WHERE seq = 0"
    )


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(("table", "column"), [*COLUMNS.items(), ("trail_trailcheckpoint", "note")])
def test_no_row_can_be_updated(table: str, column: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        run(f"UPDATE {table} SET {column} = {column}")


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("table", [t for t, operations in guards.REFUSED.items() if "DELETE" in operations])
def test_no_row_can_be_deleted(table: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        run(f"DELETE FROM {table}")


@pytest.mark.usefixtures("rows")
def test_the_head_only_grows_by_one() -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        run("UPDATE trail_trailhead SET size = 5")
    with pytest.raises(DatabaseError, match="append-only"):
        run("UPDATE trail_trailhead SET size = 258")


@pytest.mark.usefixtures("rows")
@pytest.mark.skipif("connection.vendor != 'sqlite'")
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_replace_is_refused_on_any_connection(recursive: str) -> None:
    copies = {
        "trail_trailentry": "* FROM trail_trailentry WHERE seq = 0",
        "trail_trailpayload": "* FROM trail_trailpayload WHERE entry_id = 0",
        "trail_trailnode": '99, height, "index", hash FROM trail_trailnode',
        "trail_trailcheckpoint": "99, size, root, note, created FROM trail_trailcheckpoint",
        "trail_trailhead": "* FROM trail_trailhead",
    }
    run(f"PRAGMA recursive_triggers = {recursive}")
    try:
        for table, copy in copies.items():
            with pytest.raises(DatabaseError, match="append-only"):
                run(f"INSERT OR REPLACE INTO {table} SELECT {copy}")
    finally:
        run("PRAGMA recursive_triggers = ON")


@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("table", list(guards.REFUSED))
def test_truncate_is_refused(table: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        run(f"SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {table} CASCADE")


@pytest.mark.usefixtures("rows")
def test_a_payload_may_be_deleted() -> None:
    TrailPayload.objects.filter(pk=3).delete()
    assert TrailEntry.objects.filter(pk=3).exists()


@pytest.mark.django_db(transaction=True)
def test_altering_a_table_and_migrating_leaves_all_triggers_there() -> None:
    with transaction.atomic():
        record(actor=None, action="test.done")
    old = TrailEntry._meta.get_field("action")
    wider = models.CharField(max_length=81)
    wider.set_attributes_from_name("action")
    wider.model = TrailEntry
    with connection.schema_editor() as editor:
        editor.alter_field(TrailEntry, old, wider)
    if connection.vendor == "sqlite":
        # Otherwise the test would show nothing: SQLite has rebuilt the table.
        assert guards.missing()
    call_command("migrate", verbosity=0)
    assert guards.missing() == frozenset()
    with pytest.raises(DatabaseError, match="append-only"):
        TrailEntry.objects.update(action="x")
    with connection.schema_editor() as editor:
        editor.alter_field(TrailEntry, wider, old)
    call_command("migrate", verbosity=0)
    assert guards.missing() == frozenset()


def drop(name: str) -> None:
    on_table = " ON trail_trailentry" if connection.vendor == "postgresql" else ""
    run(f"DROP TRIGGER {name}{on_table}")


@pytest.mark.django_db
def test_the_start_of_a_server_fails_in_one_line_if_a_trigger_is_missing() -> None:
    assert guards.why_not_to_start() is None
    drop("trail_trailentry_no_update")
    assert guards.why_not_to_start() == (
        "the trail's triggers trail_trailentry_no_update are missing: run 'lianheng migrate'"
    )


@pytest.mark.django_db
def test_the_system_check_finds_a_missing_trigger() -> None:
    assert trail_is_guarded(databases=["default"]) == []
    drop("trail_trailentry_no_delete")
    (message,) = trail_is_guarded(databases=["default"])
    assert (message.id, message.level) == ("trail.E001", checks.ERROR)


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_a_trigger_of_the_right_name_that_does_nothing_counts_as_missing() -> None:
    drop("trail_trailentry_no_update")
    run(
        "CREATE TRIGGER trail_trailentry_no_update BEFORE UPDATE ON trail_trailentry "
        "WHEN 0 BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    assert guards.missing() == {"trail_trailentry_no_update"}
    guards.install()
    assert guards.missing() == frozenset()


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_a_function_that_was_replaced_counts_as_missing() -> None:
    run("CREATE OR REPLACE FUNCTION trail_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$")
    assert "trail_trailentry_no_update" in guards.missing()
    guards.install()
    assert guards.missing() == frozenset()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", [1, 2])
def test_a_test_with_real_transactions_begins_with_an_empty_trail(round: int) -> None:
    assert TrailEntry.objects.count() == 0
    assert guards.missing() == frozenset()
    with transaction.atomic():
        assert record(actor=None, action="test.done").seq == 0


@pytest.mark.django_db(transaction=True)
def test_the_trail_is_emptied_through_the_helper_only(settings: object) -> None:
    with transaction.atomic():
        record(actor=None, action="test.done")
    empty_trail()
    assert TrailEntry.objects.count() == TrailPayload.objects.count() == 0
    assert TrailHead.objects.get().size == 0
    assert guards.missing() == frozenset()
    settings.MODE = "production"  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError, match="tests only"):
        empty_trail()


@pytest.mark.django_db
def test_a_second_head_is_impossible() -> None:
    with pytest.raises((DatabaseError, IntegrityError)):
        run("INSERT INTO trail_trailhead (id, size, frontier) SELECT id, size, frontier FROM trail_trailhead")
