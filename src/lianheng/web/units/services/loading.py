"""Load a list of divisions: the first one, or a newer one whose differences become history."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from lianheng.web.accounts.models import User
from lianheng.web.shell.batches import in_batches
from lianheng.web.trail.services import record
from lianheng.web.units.division_file import (
    LEVEL_OF_LENGTH,
    DivisionFileError,
    DivisionList,
    covered_root,
    is_zone,
    natural_parent,
    read_divisions,
)
from lianheng.web.units.division_search import clear_index, copy_index, index_again, write_index
from lianheng.web.units.models import COLUMN_OF_LEVEL, NOW, Division, DivisionChange
from lianheng.web.units.services.placing import place_subtree

# A newer list that would end more than this share of what it covers is more likely a cut file than a reform.
MOST_ENDED = 0.05
FIRST_LIST_DATE = dt.date(2023, 6, 30)
COLUMNS = (
    "code", "name", "level", "parent_id", "province", "city", "county", "town", "village", "statistical",
    "counted_under", "valid_from", "valid_to", "revision",
)  # fmt: skip

Say = Callable[[str], None]


@dataclass
class LoadResult:
    """What a load changed."""

    sha256: str
    rows: int
    covers: str
    created: int = 0
    renamed: int = 0
    moved: int = 0
    ended: int = 0
    unchanged: int = 0


@dataclass
class Differences:
    """What a newer list says otherwise than the rows on record: as they stand there, with what they become."""

    renamed: list[tuple[Division, str]] = field(default_factory=list)
    moved: list[tuple[Division, str]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    unchanged: int = 0


@transaction.atomic
def load_divisions(
    *,
    actor: User | None,
    path: Path,
    date: dt.date,
    basis: str = "",
    under: str | None = None,
    accept_endings: bool = False,
    say: Say = lambda text: None,
) -> LoadResult:
    """Take a list in as a whole. Rows not in it, in the subtree that it covers, end on `date`; codes never vanish."""
    known = set(Division.objects.filter(NOW, level__lte=4).values_list("code", flat=True))
    rows = read_divisions(path, known.__contains__, lambda number: say(f"read {number:,} rows"))
    covers = covered_root(rows) if under is None else under
    result = LoadResult(sha256=rows.sha256, rows=len(rows.names), covers=covers)
    first = not known
    basis = basis or f"区划清单 {path.name}"
    say(f"{result.rows:,} rows are right; the list covers {covers or 'the whole country'}")
    if first:
        clear_index()
    else:
        _compare(rows, covers, date, basis, result, accept_endings, say)
    created_now = len(rows.names)
    result.created += created_now
    begin = FIRST_LIST_DATE if first else date
    _insert(_new_rows(rows, begin), created_now, say)
    if not first:
        _note_created(rows.names, date, basis)
    record(
        actor=actor,
        action="units.divisions_loaded",
        details={"file": path.name, "date": date.isoformat(), **asdict(result)},
    )
    return result


def _compare(
    rows: DivisionList, covers: str, date: dt.date, basis: str, result: LoadResult, accept_endings: bool, say: Say
) -> None:
    """Apply the differences to rows on record and take those out of `rows.names`: what stays there is new."""
    found = _differences(rows, covers)
    _refuse_unlikely(found, accept_endings)
    say(f"{len(found.renamed):,} renamed, {len(found.moved):,} moved, {len(found.gone):,} ended")
    _rename(found.renamed, date, basis)
    result.unchanged = found.unchanged
    result.renamed, result.moved, result.ended = len(found.renamed), len(found.moved), len(found.gone)
    # Inserting comes before moving: a new parent may itself be new.
    _insert_parents(rows, found.moved, date, basis, result)
    _move(found.moved, date, basis)
    _end(found.gone, date, basis)


def _differences(rows: DivisionList, covers: str) -> Differences:
    """Compare every row on record with the list, and take those that it names out of `rows.names`."""
    found = Differences()
    column = COLUMN_OF_LEVEL[LEVEL_OF_LENGTH[len(covers)]] if covers else ""
    fields = ("code", "name", "parent_id", "valid_to", *((column,) if column else ()))
    for values in Division.objects.values_list(*fields).iterator(chunk_size=20_000):
        code, name, parent, valid_to = values[:4]
        new_name = rows.names.get(code)
        if new_name is None:
            if valid_to is None and (not column or values[4] == covers) and code != covers:
                found.gone.append(code)
            continue
        new_parent = rows.parent(code)
        if valid_to is not None:
            found.back.append(code)
        elif new_name == name and new_parent == (parent or ""):
            found.unchanged += 1
        else:
            if new_name != name:
                found.renamed.append((Division(code=code, name=name), new_name))
            if new_parent != (parent or ""):
                found.moved.append((Division(code=code, parent_id=parent), new_parent))
        del rows.names[code]
    return found


def _refuse_unlikely(found: Differences, accept_endings: bool) -> None:
    """Refuse a list that brings back what was ended, or that ends more than a reform does."""
    if found.back:
        reused = "was ended before and is in the list again: an ended code is not reused"
        raise DivisionFileError([f"{code} {reused}" for code in found.back[:20]])
    gone, total = found.gone, found.unchanged + len(found.renamed) + len(found.gone)
    if gone and len(gone) > max(20, MOST_ENDED * total) and not accept_endings:
        raise DivisionFileError(
            [f"the list would end {len(gone):,} of {total:,} divisions (first: {gone[0]}): is it whole? "
             "If it is, load it again with --accept-endings"]
        )  # fmt: skip


def _move(moved: list[tuple[Division, str]], date: dt.date, basis: str) -> None:
    for division, parent in moved:
        place_subtree(division.code, parent)
    _raise_revisions([division.code for division, _ in moved])
    DivisionChange.objects.bulk_create(
        DivisionChange(division_id=d.code, kind="moved", date=date, old_parent=d.parent_id or "", basis=basis)
        for d, _ in moved
    )


def _rename(renamed: list[tuple[Division, str]], date: dt.date, basis: str) -> None:
    DivisionChange.objects.bulk_create(
        (
            DivisionChange(division_id=d.code, kind="renamed", date=date, old_name=d.name, basis=basis)
            for d, _ in renamed
        ),
        batch_size=5000,
    )
    for division, name in renamed:
        division.name = name
    Division.objects.bulk_update((d for d, _ in renamed), ["name"], batch_size=400)
    _raise_revisions([d.code for d, _ in renamed])
    for codes in in_batches(division.code for division, _ in renamed):
        index_again(pk__in=codes)


def _insert_parents(
    rows: DivisionList, moved: list[tuple[Division, str]], date: dt.date, basis: str, result: LoadResult
) -> None:
    """Insert now what moved places will stand under."""
    wanted: dict[str, str] = {}
    for _, parent in moved:
        while parent in rows.names:
            wanted[parent] = rows.names.pop(parent)
            parent = rows.parent(parent)
    if wanted:
        early = DivisionList(wanted, rows.moved)
        _insert(_new_rows(early, date), len(wanted), lambda text: None)
        _note_created(wanted, date, basis)
        result.created += len(wanted)


def _raise_revisions(codes: list[str]) -> None:
    """A form that shows a place as it was before the list is stale now."""
    for batch in in_batches(codes):
        Division.objects.filter(pk__in=batch).update(revision=F("revision") + 1)


def _end(codes: list[str], date: dt.date, basis: str) -> None:
    for batch in in_batches(codes):
        Division.objects.filter(pk__in=batch).update(valid_to=date, revision=F("revision") + 1)
    DivisionChange.objects.bulk_create(
        (DivisionChange(division_id=code, kind="ended", date=date, basis=basis) for code in codes), batch_size=5000
    )


def _note_created(codes: Iterable[str], date: dt.date, basis: str) -> None:
    DivisionChange.objects.bulk_create(
        (DivisionChange(division_id=code, kind="created", date=date, basis=basis) for code in codes), batch_size=5000
    )


def _new_rows(rows: DivisionList, begin: dt.date) -> Iterator[tuple[Any, ...]]:
    """Yield the columns of new divisions, parents first."""
    placed: dict[str, tuple[str, ...]] = {}

    def ancestors(code: str) -> tuple[str, ...]:
        parent = rows.parent(code)
        above = placed.get(parent) if parent else ()
        if above is None:
            above = ancestors(parent) if parent in rows.names else _ancestors_on_record(parent)
            placed[parent] = above
        return (*above, code)

    for level_length, level in LEVEL_OF_LENGTH.items():
        for code, name in rows.names.items():
            if len(code) != level_length:
                continue
            line = ancestors(code)
            if level < 5:
                placed[code] = line
            below = ("",) * (5 - level)
            yield (code, name, level, rows.parent(code) or None, *line, *below, is_zone(code), "", begin, None, 0)


def _ancestors_on_record(code: str) -> tuple[str, ...]:
    found = Division.objects.filter(pk=code).values_list("province", "city", "county", "town").first()
    return tuple(part for part in found if part) if found else _prefixes(code)


def _prefixes(code: str) -> tuple[str, ...]:
    return (*(_prefixes(natural_parent(code)) if len(code) > 2 else ()), code)


def _insert(lines: Iterator[tuple[Any, ...]], total: int, say: Say) -> None:
    """Write rows past the ORM: 665,276 model objects would take most of a minute by themselves."""
    columns = ", ".join(connection.ops.quote_name(name) for name in COLUMNS)
    table = connection.ops.quote_name(Division._meta.db_table)
    done = 0
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # The lines are made before each COPY: making them may ask the database, which cannot answer during one.
            for batch in in_batches(lines, 50_000):
                with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for line in batch:
                        copy.write_row(line)
                copy_index(cursor, map(_found_by, batch))
                done += len(batch)
                say(f"wrote {done:,} of {total:,} rows")
            # Without fresh counts the planner reads the search index in order, from end to end.
            cursor.execute(f"ANALYZE {table}, units_division_words")
            return
        marks = ", ".join(["%s"] * len(COLUMNS))
        for batch in in_batches(lines, 10_000):
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", batch)
            write_index(map(_found_by, batch))
            done += len(batch)
            if done % 50_000 == 0 or done == total:
                say(f"wrote {done:,} of {total:,} rows")


def _found_by(line: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what the search index needs of the columns of `COLUMNS`."""
    code, name, level, _, province, city, county, town, *_ = line
    return code, level, name, province, city, county, town
