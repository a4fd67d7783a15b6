"""Rows by the hundred."""

import pytest

from lianheng.web.shell.batches import in_batches


@pytest.mark.parametrize(
    ("count", "size", "lengths"), [(0, 3, []), (1, 3, [1]), (3, 3, [3]), (7, 3, [3, 3, 1]), (2, 500, [2])]
)
def test_every_row_comes_once_and_in_order(count: int, size: int, lengths: list[int]) -> None:
    batches = list(in_batches(iter(range(count)), size))
    assert [len(batch) for batch in batches] == lengths
    assert [row for batch in batches for row in batch] == list(range(count))


def test_rows_are_read_as_they_are_wanted() -> None:
    rows = iter(range(10))
    assert next(in_batches(rows, 4)) == [0, 1, 2, 3] and next(rows) == 4
