"""Each kind of break at its threshold, just under it, and where it cannot be told."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianheng.engine.redflags.problems import DeclarationError
from lianheng.engine.redflags.trace.events import Event, Known
from lianheng.engine.redflags.trace.judge import Trace, judge_case
from lianheng.engine.redflags.trace.process import Process
from lianheng.engine.redflags.trace.read_process import read_process
from lianheng.engine.redflags.trace.tests.conftest import DECLARED
from lianheng.engine.redflags.trace.workdays import add_months, workdays_between

TODAY = dt.date(2024, 12, 1)
DRAFT = {"basis": "b", "origin": "draft"}
# 2024-02-09 is a Friday; the spring festival of 2024 was free from 10 to 17 February, the 18th, a Sunday, was worked.
FREE = {
    day: not (day.weekday() < 5 or day == dt.date(2024, 2, 18)) or dt.date(2024, 2, 10) <= day <= dt.date(2024, 2, 17)
    for day in (dt.date(2024, 1, 1) + dt.timedelta(days=n) for n in range(366))
}


def events_of(*rows: str) -> list[Event]:
    """`plan 2024-01-01 100` and so on; `-` is no date."""
    found = []
    for row in rows:
        step, day, *amount = row.split()
        date = None if day == "-" else dt.date.fromisoformat(day)
        found.append(Event("A", step, date, Decimal(amount[0]) if amount else None))
    return found


def judged(buy: Process, *rows: str, known: Known | None = None, today: dt.date = TODAY) -> Trace:
    until = dict.fromkeys(buy.steps, today)
    return judge_case(buy, "A", events_of(*rows), known or Known(until=until, free=FREE), today)


def told(trace: Trace) -> list[tuple[str, str, str]]:
    return [(finding.kind, finding.rule or finding.step, finding.result) for finding in trace.findings]


WHOLE = ("plan 2024-01-02 100", "deal 2024-02-01 100", "filed 2024-02-05", "taken 2024-03-01", "paid 2024-03-31 100")


def test_a_whole_case_is_clear(buy: Process) -> None:
    assert told(judged(buy, *WHOLE)) == [] and judged(buy, *WHOLE).result == "clear"


def test_a_case_without_events_says_nothing(buy: Process) -> None:
    assert judged(buy).findings == ()


@pytest.mark.parametrize(("day", "found"), [("2024-02-01", []), ("2024-02-02", [("over_limit", "signed", "break")])])
def test_a_limit_is_kept_on_its_last_day(buy: Process, day: str, found: list[tuple[str, str, str]]) -> None:
    assert told(judged(buy, "plan 2024-01-02 100", f"deal {day} 100")) == found


def test_a_limit_holds_in_its_own_time(buy: Process) -> None:
    late = judged(buy, "plan 2025-01-02 1", "deal 2025-01-25 1", today=dt.date(2025, 2, 1))
    assert [(f.rule, f.allowed, f.basis) for f in late.findings] == [("signed_2025", Decimal(20), "规定乙")]
    assert told(judged(buy, "plan 2023-01-02 1", "deal 2023-10-25 1")) == []


def test_a_limit_in_working_days_asks_the_calendar(buy: Process) -> None:
    before = ("plan 2024-02-01 1", "deal 2024-02-08 1")
    # Friday the 9th and Sunday the 18th were worked: the second working day is the 18th.
    assert told(judged(buy, *before, "filed 2024-02-18")) == []
    assert told(judged(buy, *before, "filed 2024-02-19")) == [("over_limit", "filed", "break")]
    blind = Known(until=dict.fromkeys(buy.steps, TODAY))
    unsure = judged(buy, *before, "filed 2024-02-19", known=blind)
    assert told(unsure) == [("over_limit", "filed", "cannot_tell")] and "工作日历" in unsure.findings[0].text
    assert told(judged(buy, *before, "filed 2024-08-19", known=blind)) == [("over_limit", "filed", "break")]
    assert told(judged(buy, *before, "filed 2024-02-10", known=blind)) == []


def test_a_limit_in_months_ends_on_the_same_day_of_the_month(buy: Process) -> None:
    start = ("plan 2024-01-02 9", "deal 2024-01-03 9", "taken 2024-01-31")
    assert told(judged(buy, *start, "paid 2024-02-29 9")) == []
    assert told(judged(buy, *start, "paid 2024-03-01 9")) == [("over_limit", "settled", "break")]
    assert told(judged(buy, *start, "paid 2024-02-01 4", "paid 2024-03-01 4")) == [("over_limit", "settled", "break")]


def test_paying_before_what_has_no_order_is_under_its_limit(buy: Process) -> None:
    early = judged(buy, "plan 2024-01-02 9", "deal 2024-01-03 9", "taken 2024-02-05", "paid 2024-02-01 9")
    assert told(early) == [("under_limit", "settled", "break")]


def test_an_open_limit_is_overdue_only_where_its_source_speaks(buy: Process) -> None:
    assert told(judged(buy, "plan 2024-01-02 100", today=dt.date(2024, 2, 1))) == []
    assert told(judged(buy, "plan 2024-01-02 100", today=dt.date(2024, 2, 2))) == [("over_limit", "signed", "break")]
    stale = Known(until={"deal": dt.date(2024, 1, 20)})
    late = judged(buy, "plan 2024-01-02 100", known=stale)
    assert told(late) == [("over_limit", "signed", "cannot_tell")] and "数据只到2024-01-20" in late.findings[0].text
    for known in (
        Known(silent={"deal": "无"}), Known(unlinked={"A": frozenset({"deal"})}), Known(doubtful={"A"}), Known()
    ):  # fmt: skip
        assert told(judged(buy, "plan 2024-01-02 100", known=known)) == [("over_limit", "signed", "cannot_tell")]


def test_a_missing_step_is_a_break_only_where_it_could_have_been_seen(buy: Process) -> None:
    rows = ("plan 2024-01-02 100", "taken 2024-01-20", "paid 2024-01-20 5")
    assert ("missing_step", "deal", "break") in told(judged(buy, *rows))
    for known in (Known(silent={"deal": "无"}), Known(unlinked={"A": frozenset({"deal"})}), Known(doubtful={"A"})):
        assert ("missing_step", "deal", "cannot_tell") in told(judged(buy, *rows, known=known))
    # What is not required, and what may still come, lacks nothing.
    assert "missing_step" not in {kind for kind, *_ in told(judged(buy, "plan 2024-11-20 100", "deal 2024-11-21 100"))}


def test_steps_the_wrong_way_round_and_twice(buy: Process) -> None:
    assert told(judged(buy, "plan 2024-02-02 1", "deal 2024-02-01 1")) == [("wrong_order", "deal", "break")]
    assert told(judged(buy, "plan 2024-02-01 1", "deal 2024-02-01 1")) == []
    twice = judged(buy, "plan 2024-02-01 1", "plan 2024-02-03 1", "deal 2024-02-04 1")
    assert told(twice) == [("repeated_step", "plan", "break")]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (("deal 2024-01-03 100.01",), [("amount", "within_plan", "break")]),
        (("deal 2024-01-03",), [("amount", "within_plan", "cannot_tell")]),
        (("deal 2024-01-03 100", "more 2024-01-04 10"), []),
        (("deal 2024-01-03 100", "more 2024-01-04 10.01"), [("amount", "tenth", "break")]),
        (("deal 2024-01-03 100", "taken 2024-02-01", "paid 2024-02-01 60", "paid 2024-02-03 40.01"),
         [("amount", "within_deal", "break")]),
        (("deal 2024-01-03 100", "more 2024-01-04 5", "taken 2024-02-01", "paid 2024-02-01 105"), []),
        (("deal 2024-01-03 100", "taken 2024-02-01", "paid 2024-02-01"), [("amount", "within_deal", "cannot_tell")]),
        (("deal 2024-01-03 100", "taken 2024-02-01", "paid 2024-02-01", "paid 2024-02-02 101"),
         [("amount", "within_deal", "break")]),
        (("deal 2024-01-03 -100",), [("amount", "within_plan", "cannot_tell")]),
    ],
)  # fmt: skip
def test_sums_that_must_fit(buy: Process, rows: tuple[str, ...], found: list[tuple[str, str, str]]) -> None:
    assert told(judged(buy, "plan 2024-01-02 100", *rows, today=dt.date(2024, 2, 20))) == found


def test_an_addition_in_a_register_that_is_not_loaded_may_explain_an_excess(buy: Process) -> None:
    rows = ("plan 2024-01-02 100", "deal 2024-01-03 100", "taken 2024-02-01", "paid 2024-02-01 101")
    unheard = Known(unheard={"more"}, until=dict.fromkeys(buy.steps, TODAY))
    assert told(judged(buy, *rows, known=unheard)) == [("amount", "within_deal", "cannot_tell")]
    over = judged(buy, *rows).findings
    assert [(f.result, f.measured, f.allowed) for f in over] == [("break", Decimal(101), Decimal(100))]


def test_the_day_of_the_excess_is_named(buy: Process) -> None:
    trace = judged(buy, *WHOLE[:4], "paid 2024-03-04 90", "paid 2024-03-06 20", "paid 2024-03-09 20")
    assert [finding.day for finding in trace.breaks] == [dt.date(2024, 3, 6)]


def test_days_that_lack_or_lie_ahead_cannot_be_told(buy: Process) -> None:
    assert told(judged(buy, "plan -  100")) == [("no_date", "plan", "cannot_tell")]
    assert told(judged(buy, "plan 2024-12-02 100"))[0] == ("future_date", "plan", "cannot_tell")


@settings(max_examples=40, deadline=None)
@given(st.permutations(events_of(*WHOLE, "paid 2024-05-01 7", "plan 2024-01-20 3")))
def test_the_order_of_rows_does_not_matter(buy: Process, rows: list[Event]) -> None:
    known = Known(until=dict.fromkeys(buy.steps, TODAY), free=FREE)
    first = judge_case(buy, "A", events_of(*WHOLE, "paid 2024-05-01 7", "plan 2024-01-20 3"), known, TODAY)
    assert judge_case(buy, "A", rows, known, TODAY) == first and len(first.breaks) == 3


@settings(max_examples=60, deadline=None)
@given(st.dates(dt.date(2023, 6, 1), dt.date(2025, 6, 1)), st.integers(0, 400))
def test_the_range_without_a_calendar_holds_the_number_with_it(start: dt.date, days: int) -> None:
    end = start + dt.timedelta(days=days)
    span = workdays_between(start, end, {})
    exact = sum(not FREE.get(start + dt.timedelta(days=n), (start + dt.timedelta(days=n)).weekday() > 4)
                for n in range(1, days + 1))  # fmt: skip
    assert span.least <= exact <= span.most
    partly = workdays_between(start, end, FREE)
    assert span.least <= partly.least <= partly.most <= span.most
    assert workdays_between(end, start, {}).least == -span.most


@settings(max_examples=40, deadline=None)
@given(st.dates(dt.date(2000, 1, 1), dt.date(2090, 1, 1)), st.integers(0, 60))
def test_months_never_skip_a_month(day: dt.date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months and later.day <= day.day


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colour": 1}, "unknown key"),
        ({"steps": {"plan": {"title": "计划"}}}, "give at least two"),
        ({"steps": {"plan": {"title": "计划"}, "deal": {"title": "合同", "also": ["计划"]}}},
         "also names the step plan"),
        ({"limits": {"x": {"from": "plan", "to": "gone", "at_most": 1, **DRAFT}}}, "is no step"),
        ({"limits": {"x": {"from": "plan", "to": "deal", **DRAFT}}}, "give at_most or at_least"),
        ({"limits": {"x": {"from": "plan", "to": "deal", "at_most": 1, "basis": "b", "origin": "public"}}},
         "valid_from"),
        ({"amounts": {"x": {"title": "t", "left": ["deal"], "right": ["plan"], "percent": 0, "basis": "b",
                            "origin": "draft"}}}, "above 0"),
    ],
)  # fmt: skip
def test_a_declaration_that_says_too_much_or_too_little_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(DeclarationError, match=said):
        read_process({**DECLARED, "limits": {}, "amounts": {}, **change}, "buy.yaml")
