"""`visible()` and "why can X see this" against brute force, on random trees, grants and stand-ins."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from lianheng.web.accounts.models import Assignment, Delegation, User
from lianheng.web.accounts.scope import acting_as, grant_for, grants_of, visible
from lianheng.web.accounts.why import explain
from lianheng.web.shell.clock import SHANGHAI, now, today
from lianheng.web.units.models import Division, Institution

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 12, 3)
LINES = ("school", "hospital", "")
LEVELS = ((2, "province"), (4, "city"), (6, "county"), (9, "town"), (12, "village"))
days = st.integers(-3, 3).map(lambda n: DAY + dt.timedelta(days=n))


@dataclass(frozen=True)
class Right:
    """What the brute force knows of one assignment."""

    holder: int
    role: str
    place: int | None
    line: str
    own: int | None
    first: dt.date
    last: dt.date | None
    ended: bool


@dataclass(frozen=True)
class StandIn:
    right: int
    to: int
    first: dt.date
    last: dt.date
    ended: bool


@dataclass(frozen=True)
class World:
    parents: tuple[int, ...]
    bodies: tuple[tuple[int, str], ...]
    people: tuple[bool, ...]
    rights: tuple[Right, ...]
    stand_ins: tuple[StandIn, ...]

    def depth(self, node: int) -> int:
        return 0 if node == 0 else 1 + self.depth(self.parents[node - 1])


@st.composite
def worlds(draw: Any) -> World:
    parents: list[int] = []
    depth = [0]
    for _ in range(draw(st.integers(1, 7))):
        parent = draw(st.sampled_from([n for n in range(len(depth)) if depth[n] < 4]))
        parents.append(parent)
        depth.append(depth[parent] + 1)
    nodes = st.integers(0, len(parents))
    bodies = draw(st.lists(st.tuples(nodes, st.sampled_from(LINES)), min_size=1, max_size=6))
    people = draw(st.lists(st.booleans(), min_size=2, max_size=4))
    person = st.integers(0, len(people) - 1)
    rights = []
    for _ in range(draw(st.integers(1, 5))):
        first = draw(days)
        last = draw(st.none() | days.filter(lambda d, f=first: d >= f))
        role = draw(st.sampled_from(["special_office", "unit_admin", "assessor", "system_admin"]))
        place, line = draw(st.none() | nodes), draw(st.sampled_from(LINES))
        own = draw(st.none() | st.integers(0, len(bodies) - 1))
        rights.append(Right(draw(person), role, place, line, own, first, last, draw(st.integers(0, 4)) == 0))
    stand_ins = []
    for _ in range(draw(st.integers(0, 4))):
        first = draw(days)
        last = draw(days.filter(lambda d, f=first: d >= f))
        right = draw(st.integers(0, len(rights) - 1))
        stand_ins.append(StandIn(right, draw(person), first, last, draw(st.integers(0, 4)) == 0))
    return World(tuple(parents), tuple(bodies), tuple(people), tuple(rights), tuple(stand_ins))


def _build(world: World) -> tuple[list[User], list[Institution]]:
    """Put a world into the database; codes say the depth alone, never the ancestors (a moved place keeps its code)."""
    codes: list[str] = []
    above: list[dict[str, str]] = []
    for node in range(len(world.parents) + 1):
        depth = world.depth(node)
        length, column = LEVELS[depth]
        code = str(node + 1).rjust(length, "9") if length > 2 else f"{node + 10}"
        parent = None if node == 0 else world.parents[node - 1]
        columns = {**({} if parent is None else above[parent]), column: code}
        Division.objects.create(
            code=code, name=code, level=depth + 1, parent_id=None if parent is None else codes[parent], **columns
        )
        codes.append(code)
        above.append(columns)
    bodies = [
        Institution.objects.create(
            code=f"B{n}",
            name=f"B{n}",
            sort_key="b",
            level=1,
            division_id=codes[node],
            business_line=line,
            **above[node],
        )
        for n, (node, line) in enumerate(world.bodies)
    ]
    people = [
        User.objects.create(username=f"p{n}", name=f"p{n}", created=now(), is_active=active)
        for n, active in enumerate(world.people)
    ]
    made = [
        Assignment.objects.create(
            user=people[right.holder],
            role=right.role,
            division="" if right.place is None else codes[right.place],
            business_line=right.line,
            institution=None if right.own is None else bodies[right.own],
            valid_from=right.first,
            valid_to=right.last,
            ended=now() if right.ended else None,
        )
        for right in world.rights
    ]
    for s in world.stand_ins:
        Delegation.objects.create(
            assignment=made[s.right],
            to_user=people[s.to],
            valid_from=s.first,
            valid_to=s.last,
            reason="x",
            ended=now() if s.ended else None,
        )
    return people, bodies


def _counts(right: Right) -> bool:
    return not right.ended and right.first <= DAY and (right.last is None or right.last >= DAY)


def _reaches(world: World, right: Right, body: int) -> bool:
    """Walk up the tree, as a person with pencil and paper would."""
    if right.role == "system_admin" or (right.place is None and not right.line and right.own is None):
        return False
    node, line = world.bodies[body]
    inside = right.place is None
    while not inside:
        if node == right.place:
            inside = True
        elif node == 0:
            return False
        else:
            node = world.parents[node - 1]
    return (not right.line or right.line == line) and (right.own is None or right.own == body)


def _sees(world: World, person: int, body: int) -> bool:
    for number, right in enumerate(world.rights):
        if not _counts(right) or not _reaches(world, right, body):
            continue
        if right.holder == person:
            return True
        for s in world.stand_ins:
            stands_in = s.right == number and s.to == person and not s.ended and s.first <= DAY <= s.last
            if stands_in and world.people[right.holder]:
                return True
    return False


class RandomTrees(TestCase):
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(world=worlds())
    def test_what_is_seen_and_why_equal_brute_force(self, world: World) -> None:
        assert today() == DAY
        people, bodies = _build(world)
        for number, person in enumerate(people):
            seen = set(Institution.objects.filter(visible(person, institution="id")).values_list("pk", flat=True))
            expected = {body.pk for n, body in enumerate(bodies) if _sees(world, number, n)}
            assert seen == expected
            grants = grants_of(person)
            for body in bodies:
                answer = explain(person, Institution.objects.filter(pk=body.pk), DAY)
                assert answer.sees == (body.pk in expected)
                assert any(verdict.sees for verdict in answer.verdicts) == answer.sees
                assert all(verdict.reason for verdict in answer.verdicts)
                # The rule in Python (acts) and the rule in SQL (lists) are one rule.
                for grant in grants:
                    in_sql = Institution.objects.filter(pk=body.pk).filter(grant.predicate("", "id")).exists()
                    assert grant.covers(body) == in_sql
                    verdict = next(v for v in answer.verdicts if v.grant.assignment_id == grant.assignment_id)
                    assert verdict.sees == in_sql
                roles = {grant.role for grant in grants}
                if roles:
                    assert bool(acting_as(person, roles, body)) == (grant_for(person, roles, body) is not None)


def test_the_day_ends_at_midnight_in_shanghai(settings: Any) -> None:
    person = User.objects.create(username="p", name="p", created=now())
    ended = dt.datetime(2026, 12, 2, 23, 59, tzinfo=SHANGHAI)
    Assignment.objects.create(
        user=person, role="assessor", division="4304", valid_from=DAY - dt.timedelta(9), ended=ended
    )
    assert grants_of(person) == ()
    assert grants_of(person, on=dt.date(2026, 12, 1)) and not grants_of(person, on=dt.date(2026, 12, 2))
