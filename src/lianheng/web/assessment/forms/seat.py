"""An assessor's sheet: each item with its standard, what it was computed from, and the points given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from lianheng.engine.scoring.declared import Item
from lianheng.web.accounts.models import User
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.forms.rounds import RevisionForm
from lianheng.web.assessment.forms.sheet import Entry, SheetPage
from lianheng.web.assessment.models import ItemScore, Seat
from lianheng.web.assessment.open_seats import why_closed
from lianheng.web.assessment.prefill import FAULTY, NOT_APPLICABLE, WAITING, prefill
from lianheng.web.assessment.services.scoring import GRADE_POINTS, items_of
from lianheng.web.assessment.services.seats import why_not
from lianheng.web.shell.for_templates import Shown
from lianheng.web.shell.prepared import ask

# What the page says where an item takes no points.
TOLD = {
    NOT_APPLICABLE: "不适用，不打分",
    WAITING: "数还没有到，不用打分，到了按系统计算",
    FAULTY: "填报的数互相矛盾，不用打分，更正后按系统计算",
}


@dataclass
class Row(Shown):
    """One item to score."""

    entry: Entry
    computed: Decimal | None
    points: str
    reason: str = ""
    error: str = ""
    # Why the item takes no points; empty where it does.
    closed: str = ""
    saved: bool = False
    others: Sequence[str] = field(default_factory=tuple)

    @property
    def item(self) -> Item:
        return self.entry.item

    @property
    def code(self) -> str:
        return self.item.code

    @property
    def rules(self) -> set[str]:
        return {part.rule for part in self.item.parts}

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The only points that a judged item can have; none for items of free points."""
        if self.rules == {"G"}:
            return [
                (grade, f"{grade} {_plain(self.item.points * share / 100)}") for grade, share in GRADE_POINTS.items()
            ]
        if self.rules == {"F"}:
            return [(_plain(self.item.points), f"有 {_plain(self.item.points)}"), ("0", "没有 0")]
        return []

    @property
    def leaves_computed(self) -> bool:
        """Whether the points typed are not the computed ones."""
        return self.computed is not None and bool(self.points) and self.points != f"{self.computed:.2f}"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


class SeatPage:
    """What the page of a seat shows."""

    def __init__(self, seat: Seat, user: User) -> None:
        self.seat = seat
        self.scheme = engine_scheme(seat.sheet.scheme)
        # A seat's sheet may change its county, and the person may move: asked anew each time.
        self.avoided = why_not(user, seat.sheet)
        given = _given(seat)
        self.stored = given.get(seat.number, {})
        self.reasons = _reasons(given) if seat.number == 3 else {}
        wanted = items_of(seat, self.scheme, given) if seat.done_at is None else list(self.stored)
        page = SheetPage(seat.sheet)
        entries = {entry.item.code: entry for entry in page.entries}
        known = prefill(seat.sheet, {code: row.value for code, row in page.stored.items() if row.value})
        self.rows = [self._row(entries[code], known.points.get(code), known.closed.get(code, "")) for code in wanted]

    def _row(self, entry: Entry, computed: Decimal | None, closed: str) -> Row:
        own = self.stored.get(entry.item.code)
        row = Row(entry, computed, "", closed=TOLD.get(closed, ""), others=self.reasons.get(entry.item.code, ()))
        if own is not None:
            row.points, row.reason, row.saved = self._as_typed(row, own), own.reason, True
        elif computed is not None and self.seat.number < 3:
            row.points = f"{computed:.2f}"
        return row

    @staticmethod
    def _as_typed(row: Row, own: ItemScore) -> str:
        if row.rules == {"G"}:
            shares = {row.item.points * share / 100: grade for grade, share in GRADE_POINTS.items()}
            return shares.get(own.points, str(own.points))
        return _plain(own.points) if row.rules == {"F"} else f"{own.points:.2f}"

    @property
    def closed(self) -> str:
        """Why nothing can be scored now, or nothing."""
        if self.avoided:
            return f"按回避规则，您{self.avoided}。请告诉工作专班换人。"
        if self.seat.done_at is not None:
            return "这份表您已经打完分。"
        closed = why_closed(self.seat)
        return f"{closed}。" if closed else ""

    @property
    def given(self) -> int:
        return sum(row.saved for row in self.rows if not row.closed)

    @property
    def asked(self) -> int:
        """How many items take points."""
        return sum(not row.closed for row in self.rows)

    @property
    def has_errors(self) -> bool:
        return any(row.error for row in self.rows)

    def lay_over(self, points: Mapping[str, str], reasons: Mapping[str, str], errors: Mapping[str, str]) -> None:
        """Show what was typed with its errors."""
        for row in self.rows:
            row.points = points.get(row.item.code, row.points)
            row.reason = reasons.get(row.item.code, row.reason)
            row.error = errors.get(row.item.code, "")


def read(seat: Seat, data: QueryDict) -> tuple[dict[str, str], dict[str, str]]:
    """Return the points and reasons as typed, by item."""
    codes = [item.code for item in engine_scheme(seat.sheet.scheme).items]
    points = {code: str(data[f"p.{code}"])[:20] for code in codes if f"p.{code}" in data}
    reasons = {code: str(data[f"r.{code}"])[:300] for code in codes if f"r.{code}" in data}
    return points, reasons


def _given(seat: Seat) -> dict[int, dict[str, ItemScore]]:
    """Return seat number → item → score: one's own, and for the third person what the first two gave."""
    if seat.number < 3:
        return {seat.number: {row.item: row for row in ask(_of_seat, seat.pk)}}
    given: dict[int, dict[str, ItemScore]] = {}
    for row in ask(_of_sheet, seat.sheet_id):
        given.setdefault(row.seat.number, {})[row.item] = row
    return given


def _of_sheet(sheet_id: int) -> QuerySet[ItemScore]:
    return ItemScore.objects.filter(seat__sheet=sheet_id).select_related("seat")


def _of_seat(seat_id: int) -> QuerySet[ItemScore]:
    return ItemScore.objects.filter(seat=seat_id)


def _reasons(given: Mapping[int, Mapping[str, ItemScore]]) -> dict[str, list[str]]:
    """Return what the first two gave and why, without names and in no order that betrays them."""
    found: dict[str, list[str]] = {}
    rows = [row for number in (1, 2) for row in given.get(number, {}).values()]
    for row in sorted(rows, key=lambda row: (row.item, row.points, row.reason)):
        found.setdefault(row.item, []).append(f"{row.points:.2f} 分：{row.reason or '没有写理由'}")
    return found


class AssessorForm(RevisionForm):
    """Another person for a seat: only those whom the rules of avoidance allow."""

    assessor = forms.TypedChoiceField(label="换成谁", coerce=int)

    def __init__(self, people: Sequence[User], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["assessor"].choices = [("", "请选人"), *((p.pk, named(p)) for p in people)]  # type: ignore[attr-defined]


class ThirdForm(AssessorForm):
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, people: Sequence[User], *args: object, **kwargs: object) -> None:
        super().__init__(people, *args, **kwargs)
        self.fields["assessor"].label = "指定第三人"


def named(person: User) -> str:
    return f"{person.name}（{person.institution.name}）" if person.institution else person.name
