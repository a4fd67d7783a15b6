"""The form of one institution for one scheme: what is asked, what is on file, what was typed."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.http import QueryDict

from lianheng.engine.scoring.declared import Category, Item, MeasureUse
from lianheng.engine.scoring.rules import GRADE_SHARES
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.forms.rounds import DateInput, RevisionForm
from lianheng.web.assessment.forms.texts import ItemText, texts_of
from lianheng.web.assessment.models import Sheet
from lianheng.web.assessment.queries import FORM, asked_measures, hits_of
from lianheng.web.evidence.models import Evidence
from lianheng.web.measures.models import MeasureValue
from lianheng.web.shell.addresses import address
from lianheng.web.shell.for_templates import Shown
from lianheng.web.shell.free_text import FreeText
from lianheng.web.shell.prepared import ask

CHOICES = {
    "grade": [("A", "A"), ("B", "B"), ("C", "C"), ("D", "D"), ("", "未填")],
    "yes_no": [("yes", "是"), ("no", "否"), ("", "未填")],
}
SHOWN_EVIDENCE = 40


@dataclass(frozen=True)
class OnFile(Shown):
    """A value on file."""

    measure_id: str
    period: str
    pk: int
    value: str
    source: str
    as_of: dt.date | None


@dataclass
class Field(Shown):
    """One variable as a field, with what is on file."""

    code: str
    label: str
    kind: str
    value: str
    stored: OnFile | None
    previous: str = ""
    part_of: str = ""
    error: str = ""
    now_stored: str = ""  # what stands in the system where it differs from what was typed

    @property
    def name(self) -> str:
        return f"v.{self.code}"

    @property
    def choices(self) -> Sequence[tuple[str, str]]:
        return CHOICES.get(self.kind, ())

    @property
    def hint(self) -> str:
        """What each grade is worth under the scheme, so that nobody has to guess what A to D mean."""
        if self.kind != "grade":
            return ""
        worth = [(grade, 100 * part // whole) for grade, (part, whole) in GRADE_SHARES.items()]
        words = {100: "得满分", 0: "不得分"}
        return "、".join(f"{grade} {words.get(share, f'得 {share}%')}" for grade, share in worth) + "，对照上面的标准选"

    @property
    def shown(self) -> str:
        return dict(self.choices).get(self.value, self.value) if self.value else ""

    @property
    def previous_shown(self) -> str:
        return dict(self.choices).get(self.previous, self.previous)


@dataclass
class Entry(Shown):
    """One item with everything that belongs to it."""

    item: Item
    text: ItemText
    fields: list[Field]
    supplied: list[Field]
    computed: list[str]
    events: int | None
    events_url: str
    self_value: str
    self_error: str = ""
    file_error: str = ""
    evidence: list[tuple[Evidence, bool]] = field(default_factory=list)

    @property
    def code(self) -> str:
        return self.item.code

    @property
    def ticked(self) -> list[Evidence]:
        return [row for row, used in self.evidence if used]

    @property
    def has_error(self) -> bool:
        return bool(self.self_error or self.file_error or any(row.error for row in self.fields))


@dataclass
class Group(Shown):
    """A category with its short form, and its items."""

    category: Category
    above: str
    mnemonic: str
    entries: list[Entry]


@dataclass
class Typed:
    """What a request holds, as typed."""

    values: dict[str, str]
    self_points: dict[str, str]
    evidence: dict[str, list[int]] | None

    @classmethod
    def read(cls, sheet: Sheet, data: QueryDict) -> "Typed":
        asked = [use.code for use in asked_measures(sheet.scheme)]
        items = [item.code for item in engine_scheme(sheet.scheme).items]
        values = {code: str(data[f"v.{code}"])[:60] for code in asked if f"v.{code}" in data}
        points = {code: str(data[f"self.{code}"])[:20] for code in items if f"self.{code}" in data}
        if "with_evidence" not in data:
            return cls(values, points, None)
        ids = {
            code: [int(n) for n in data.getlist(f"evidence.{code}") if n.isdecimal() and len(n) < 18] for code in items
        }
        return cls(values, points, ids)


def _values_of(institution_id: int, period: str, last_year: str) -> QuerySet[MeasureValue, Any]:
    rows = MeasureValue.objects.filter(institution_id=institution_id, period__in=[period, last_year])
    return rows.values_list("measure_id", "period", "pk", "value", "source", "as_of")


def _evidence_of(institution_id: int, period: str) -> QuerySet[Evidence]:
    """Return what proves a value of the period (`value_id`) or could be used again."""
    own = Evidence.objects.filter(institution_id=institution_id)
    newest = own.order_by("-id").values("id")[:SHOWN_EVIDENCE]
    on_file = FilteredRelation("values", condition=Q(values__period=period))
    rows = own.annotate(on_file=on_file, value_id=F("on_file")).only("title", "dated")
    return rows.filter(Q(value_id__isnull=False) | Q(pk__in=newest)).order_by("-id")


class SheetPage:
    """Everything that the page of a sheet shows; errors and typed values are laid over what is stored."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.scheme = engine_scheme(sheet.scheme)
        self.asked = {use.code for use in asked_measures(sheet.scheme)}
        last_year = str(sheet.round.year - 1)
        rows = [OnFile(*row) for row in ask(_values_of, sheet.institution_id, sheet.period, last_year)]
        self.stored = {row.measure_id: row for row in rows if row.period == sheet.period}
        self.previous = {row.measure_id: row.value for row in rows if row.period == last_year and row.value}
        self._read_evidence()
        self.events = Counter(kind for kind, _ in hits_of(sheet).elements())
        self.uses: dict[str, list[MeasureUse]] = {}
        for use in self.scheme.measures():
            self.uses.setdefault(use.item, []).append(use)
        self.events_url = f"{address('assessment:events')}?unit={sheet.institution_id}&kind="
        self.groups = [group for top in self.scheme.categories for group in self._groups(top, "")]

    def _read_evidence(self) -> None:
        """Read what the values on file are proved by, and the newest files that could be used again: one query."""
        self.files: dict[int, Evidence] = {}
        self.linked: dict[int, list[int]] = {}
        found: list[Any] = ask(_evidence_of, self.sheet.institution_id, self.sheet.period)
        for row in found:
            self.files[row.pk] = row
            self.linked.setdefault(row.value_id, []).append(row.pk)

    def _groups(self, category: Category, above: str) -> Iterator[Group]:
        texts = texts_of(self.sheet.scheme)
        if category.items:
            entries = [self._entry(item, texts.item(item.code)) for item in category.items]
            yield Group(category, above, texts.mnemonics.get(category.code, ""), entries)
        for child in category.categories:
            yield from self._groups(child, category.name)

    def _entry(self, item: Item, text: ItemText) -> Entry:
        uses = self.uses.get(item.code, [])
        asked = [self._field(use, uses) for use in uses if use.code in self.asked]
        supplied = [self._field(use, uses) for use in uses if use.code.startswith(FORM) and use.code not in self.asked]
        computed = [use.name for use in uses if not use.code.startswith((FORM, "events."))]
        linked = {pk for f in asked if f.stored for pk in self.linked.get(f.stored.pk, ())}
        return Entry(
            item=item,
            text=text,
            fields=asked,
            supplied=supplied,
            computed=computed,
            events=self.events[item.code] if item.has_deduction_part else None,
            events_url=f"{self.events_url}{item.code}",
            self_value=str(self.sheet.self_points.get(item.code, "")),
            evidence=[(row, pk in linked) for pk, row in self.files.items()] if asked else [],
        )

    def _field(self, use: MeasureUse, uses: Sequence[MeasureUse]) -> Field:
        stored = self.stored.get(use.code)
        whole = next((other.name for other in uses if use.part_of and other.variable == use.part_of), "")
        value = stored.value if stored else ""
        return Field(use.code, use.name, use.kind, value, stored, self.previous.get(use.code, ""), whole)

    @property
    def entries(self) -> list[Entry]:
        return [entry for group in self.groups for entry in group.entries]

    @cached_property
    def missing(self) -> list[Field]:
        """What the institution itself has not given yet."""
        return [row for entry in self.entries for row in entry.fields if not (row.stored and row.stored.value)]

    @property
    def awaited(self) -> list[Field]:
        """What others have not supplied yet."""
        return [row for entry in self.entries for row in entry.supplied if not row.value]

    @property
    def has_errors(self) -> bool:
        return any(entry.has_error for entry in self.entries)

    def evidence_changes(self, typed: Typed) -> dict[str, list[int]]:
        """Return measure code → evidence ids for the items whose ticks were changed."""
        if typed.evidence is None:
            return {}
        changes: dict[str, list[int]] = {}
        for entry in self.entries:
            wanted = typed.evidence.get(entry.item.code, [])
            if entry.fields and {row.pk for row in entry.ticked} != set(wanted):
                changes |= {row.code: wanted for row in entry.fields}
        return changes

    def lay_over(self, typed: Typed, errors: Mapping[str, str]) -> None:
        """Show what was typed, with its errors, instead of what is stored."""
        for entry in self.entries:
            for row in entry.fields:
                row.error = errors.get(row.code, "")
                if row.code in typed.values and typed.values[row.code] != row.value:
                    row.now_stored, row.value = row.shown or "空", typed.values[row.code]
            code = entry.item.code
            entry.self_error = errors.get(f"self.{code}", "")
            entry.file_error = errors.get(f"file.{code}", "")
            entry.self_value = typed.self_points.get(code, entry.self_value)
            if typed.evidence is not None:
                entry.evidence = [(row, row.pk in typed.evidence.get(code, [])) for row, _ in entry.evidence]


class ReturnForm(RevisionForm):
    reason = FreeText(
        label="退回理由",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明缺什么、改什么，单位看得到。",
    )


class ExtensionForm(RevisionForm):
    new_due = forms.DateField(label="申请延到哪一天", widget=DateInput(format="%Y-%m-%d"))
    reason = FreeText(label="延期理由", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))
