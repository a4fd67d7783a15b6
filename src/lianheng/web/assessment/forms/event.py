"""Registering an event: what may be registered, in Chinese words."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet

from lianheng.engine.scoring.scheme import Scheme as EngineScheme
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.forms.rounds import DateInput, RevisionForm
from lianheng.web.assessment.groups import lists_of
from lianheng.web.assessment.models import ConfirmedEvent, Scheme
from lianheng.web.assessment.services.events import kinds_for
from lianheng.web.shell.clock import today
from lianheng.web.shell.free_text import FreeText
from lianheng.web.shell.prepared import ask
from lianheng.web.units.models import Institution


def schemes_of(institution: Institution, year: int) -> list[EngineScheme]:
    """Return the published schemes that assess an institution."""
    codes = lists_of(institution)
    return [engine_scheme(row) for row in ask(_published, year, *codes)] if codes else []


def _published(year: int, *codes: str) -> QuerySet[Scheme]:
    rows = Scheme.objects.filter(year=year, state=Scheme.PUBLISHED, code__in=codes)
    # The content is long and known by its fingerprint once it was read: see declared.py.
    return rows.defer("content").order_by("published_at", "pk")


def names_of(schemes: Sequence[EngineScheme]) -> dict[str, str]:
    """Return event code → Chinese name; a row of the negative list is named as what was found wrong."""
    names: dict[str, str] = {}
    for scheme in schemes:
        names |= {item.code: item.name for item in scheme.items if item.has_deduction_part}
        names |= {
            row.code: f"出现“{row.name}”的相反情形" if row.name.startswith("无") else row.name
            for row in scheme.negatives
        }
        names |= {row.code: row.name for row in (*scheme.deductions, *scheme.bonus)}
        names |= {row.code: row.name for row in scheme.vetoes}
    return names


def kind_name(event: ConfirmedEvent) -> str:
    """Return the Chinese name of an event's kind."""
    return names_of(schemes_of(event.institution, event.date.year)).get(event.kind, event.kind)


def _group(scheme_codes: set[str], code: str) -> str:
    if code in scheme_codes:
        return "条目扣分"
    return {"D": "通用扣分", "V": "一票否决", "B": "加分", "N": "负面清单"}.get(code[0], "其他")


class EventForm(forms.Form):
    """One event of one institution; kind and count (term) are one choice, so that no wrong pair can be sent."""

    form_key = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label="什么事件")
    found = forms.ChoiceField(label="怎么发现的", choices=ConfirmedEvent.FOUND, widget=forms.RadioSelect)
    mended = forms.BooleanField(label="已经整改", required=False)
    date = forms.DateField(label="事件日期", widget=DateInput(format="%Y-%m-%d"))
    days_overdue = forms.IntegerField(
        label="逾期天数", required=False, min_value=0, max_value=10000, help_text="只有 D2 整改逾期要填。"
    )
    item = forms.ChoiceField(label="涉及的条目", required=False, help_text="只有 D4 数据造假要选；这个条目记 0 分。")
    facts = FreeText(
        label="事实",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="时间、地点、经过。不写个人姓名、证件号和电话。",
    )

    def __init__(self, institution: Institution, year: int, problem: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._problem = problem
        schemes = schemes_of(institution, year)
        items = {item.code: item for scheme in schemes for item in scheme.items}
        groups: dict[str, list[tuple[str, str]]] = {}
        names = names_of(schemes)
        for code, terms in kinds_for(institution, year).items():
            for term in terms or ("",):
                label = f"{code} {names.get(code, code)}"
                if term:
                    label += f"：{items[code].variable(term).name}"
                groups.setdefault(_group(set(items), code), []).append((f"{code}|{term}", label))
        self.fields["kind"].choices = [("", "请选事件"), *groups.items()]  # type: ignore[attr-defined]
        choices = [(item.code, f"{item.code} {item.name}") for item in items.values()]
        self.fields["item"].choices = [("", "不涉及"), *choices]  # type: ignore[attr-defined]
        self.has_kinds = bool(groups)

    def clean_date(self) -> dt.date:
        """Refuse a day of the future here, beside the others' errors, and a year without schemes."""
        date: dt.date = self.cleaned_data["date"]
        if date > today():
            raise forms.ValidationError("事件日期在将来，请核对")
        if self._problem:
            raise forms.ValidationError(self._problem)
        return date

    def act(self) -> dict[str, Any]:
        """Return the arguments of the service."""
        values = dict(self.cleaned_data)
        kind, _, term = values.pop("kind").partition("|")
        return values | {"kind": kind, "term": term}


class DecideForm(RevisionForm):
    document = FreeText(label="认定文书的名称和文号", max_length=120, help_text="例如“关于××问题的通报”和文号。")


class RejectForm(RevisionForm):
    reason = FreeText(label="不予认定的理由", max_length=120)
