"""A list tells the day on which something was done here, not the one that it was in UTC."""

import datetime as dt
from types import SimpleNamespace

import pytest

from lianheng.web.assessment.views.sheet_table import SheetTable
from lianheng.web.desk.people_table import PeopleTable
from lianheng.web.evidence.tables import EvidenceTable
from lianheng.web.shell.tables import Column

# Half past one in the night of 3 December.
MOMENT = dt.datetime(2026, 12, 2, 17, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("columns", "key", "field"),
    [
        (EvidenceTable.columns, "created", "created"),
        (SheetTable.columns, "submitted", "submitted_at"),
        (PeopleTable.account_columns, "last_login", "last_login"),
    ],
)
def test_a_night_belongs_to_its_day_here(columns: tuple[Column, ...], key: str, field: str) -> None:
    column = next(column for column in columns if column.key == key)
    assert str(column.plain(SimpleNamespace(**{field: MOMENT}))) == "2026-12-03"
