"""The predicate in SQL says the same as the definition in words, on random trees and random grants."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from lianheng.web.accounts.models import Assignment, User
from lianheng.web.units.models import Division, Institution

LENGTHS = (2, 4, 6, 9, 12)
COLUMNS = ("province", "city", "county", "town", "village")
LINES = ("school", "hospital", "")
# Every step of a code is one of two: random trees overlap often enough to matter.
CODES = st.lists(st.integers(1, 2), min_size=1, max_size=5).map(
    lambda steps: "".join(f"{step:0{size}}" for step, size in zip(steps, (2, 2, 2, 3, 3), strict=False))
)
BODIES = st.lists(st.tuples(CODES, st.sampled_from(LINES)), min_size=1, max_size=12)
GRANTS = st.lists(
    st.tuples(
        st.sampled_from(["special_office", "unit_admin", "system_admin"]),
        st.one_of(st.just(""), CODES),
        st.sampled_from(LINES),
        st.one_of(st.none(), st.integers(0, 11)),
        st.booleans(),
    ),
    max_size=4,
)


def place(code: str) -> Division:
    """Return a division with all above it."""
    parent = None
    for length in (n for n in LENGTHS if n <= len(code)):
        part = code[:length]
        above = {column: code[:n] for column, n in zip(COLUMNS, LENGTHS, strict=True) if n <= length}
        parent, _ = Division.objects.get_or_create(
            code=part, defaults={"name": part, "level": LENGTHS.index(length) + 1, "parent": parent, **above}
        )
    return parent


class TestScope(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(BODIES, GRANTS)
    def test_visible_to_equals_brute_force(self, bodies, grants) -> None:
        rows = []
        for number, (code, line) in enumerate(bodies):
            division = place(code)
            above = {column: getattr(division, column) for column in COLUMNS}
            rows.append(
                Institution.objects.create(
                    code=f"I{number}",
                    name=f"单位{number}",
                    sort_key=f"{number}",
                    level=division.level,
                    division=division,
                    business_line=line,
                    **above,
                )
            )
        user = User.objects.create(username="someone", name="某", created=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        for role, division, line, own, valid in grants:
            Assignment.objects.create(
                user=user, role=role, division=division, business_line=line,
                institution=rows[own] if own is not None and own < len(rows) else None,
                valid_from=dt.date(2020, 1, 1) if valid else dt.date(2030, 1, 1),
            )  # fmt: skip
        expected = {row.pk for row in rows if any(self.sees(grant, row, rows) for grant in grants)}
        assert set(Institution.objects.visible_to(user).values_list("pk", flat=True)) == expected

    @staticmethod
    def sees(grant, row, rows) -> bool:
        """A grant holds a row if under the place, in the line and the institution itself, as far as each is said."""
        role, division, line, own, valid = grant
        institution = rows[own] if own is not None and own < len(rows) else None
        if not valid or role == "system_admin" or not (division or line or institution):
            return False
        under = row.division_id == division or row.division_id.startswith(division)
        return under and line in ("", row.business_line) and institution in (None, row)
