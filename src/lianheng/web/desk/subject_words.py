"""What a trail entry speaks of, in words: the Chinese term of its kind and, where it has one, its name."""

from collections.abc import Iterable, Mapping
from functools import cache

from django.apps import apps
from django.db import connection
from django.db.models import CharField, Model, Value
from django.db.models.functions import Cast

from lianheng.web.accounts.roles import Role
from lianheng.web.trail.models import TrailEntry

# An act's unit is written as kind:id; which rows those are.
UNITS = {"institution": "units.institution", "round": "assessment.round"}
Key = tuple[str, str]
Names = Mapping[Key, str]


def term_of(label: str) -> str:
    """Return the Chinese term of a model, which its docstring begins with; a kind that is gone keeps its code."""
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        return label
    term, sign, _ = (model.__doc__ or "").partition(":")
    # Django's own models have a docstring of their fields.
    return term.strip() if sign and not term.isascii() else label


def names_of(entries: Iterable[TrailEntry]) -> Names:
    """Read the names of everything that the entries speak of, of all kinds in one query at most."""
    wanted: dict[str, set[int]] = {}
    for entry in entries:
        for label, key in (_subject(entry), _unit(entry)):
            if _is_named(label) and key.isdecimal() and len(key) < 16:
                wanted.setdefault(label, set()).add(int(key))
    parts = [
        apps.get_model(label)
        ._default_manager.filter(pk__in=keys)
        .order_by()
        .annotate(kind=Value(label, CharField()), key=Cast("pk", CharField()), words=Cast("name", CharField()))
        .values_list("kind", "key", "words")
        for label, keys in sorted(wanted.items())
    ]
    found = parts[0].union(*parts[1:], all=True) if parts else ()
    return {(kind, key): name for kind, key, name in found}


# The columns of an entry that say what it speaks of.
SUBJECT_TYPE, SUBJECT_ID, UNIT = (f'"trail_trailentry"."{name}"' for name in ("subject_type", "subject_id", "unit"))


@cache
def subject_name_sql() -> str:
    """Return SQL for the name of an entry's subject: the page of one entry reads both with one query."""
    cases = [f"WHEN '{model._meta.label_lower}' THEN ({_name_of(model, SUBJECT_ID)})" for model in _named_models()]
    return f"(CASE {SUBJECT_TYPE} {' '.join(cases)} END)"


@cache
def unit_name_sql() -> str:
    """Return SQL for the name of an entry's unit, "institution:7"."""
    cases = []
    for kind, label in UNITS.items():
        start = len(kind) + 1
        name = _name_of(apps.get_model(label), f"substr({UNIT}, {start + 1})")
        cases.append(f"WHEN substr({UNIT}, 1, {start}) = '{kind}:' THEN ({name})")
    return f"(CASE {' '.join(cases)} END)"


def _named_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if _is_named(model._meta.label_lower)]


def _name_of(model: type[Model], key: str) -> str:
    quote, pk = connection.ops.quote_name, model._meta.pk
    select = f"SELECT named.name FROM {quote(model._meta.db_table)} named WHERE named.{quote(pk.column or '')} = "
    if isinstance(pk, CharField):
        return select + key
    # Only what is a number is read as one: PostgreSQL would stop at anything else.
    number = f"rtrim({key}, '0123456789') = '' AND length({key}) BETWEEN 1 AND 15"
    return f"{select}(CASE WHEN {number} THEN CAST({key} AS bigint) END)"


def _is_named(label: str) -> bool:
    try:
        model: type[Model] = apps.get_model(label)
    except (LookupError, ValueError):
        return False
    return any(field.name == "name" and isinstance(field, CharField) for field in model._meta.concrete_fields)


def _subject(entry: TrailEntry) -> Key:
    return entry.subject_type, entry.subject_id


def _unit(entry: TrailEntry) -> Key:
    kind, _, key = entry.unit.partition(":")
    return UNITS.get(kind, kind), key


def names_with(entry: TrailEntry, subject: str | None, unit: str | None) -> Names:
    """Return the names of one entry that was read together with them."""
    return {key: name for key, name in ((_subject(entry), subject), (_unit(entry), unit)) if name}


def subject_words(entry: TrailEntry, names: Names) -> str:
    """Return e.g. 考评表：衡阳县西渡镇演示中学; empty where an entry speaks of nothing."""
    if not entry.subject_type:
        return ""
    term, name = term_of(entry.subject_type), names.get(_subject(entry), "")
    return f"{term}：{name}" if name else term


def unit_words(entry: TrailEntry, names: Names) -> str:
    """Return the name of the unit or round that the act belongs to."""
    return names.get(_unit(entry), "")


def role_words(entry: TrailEntry) -> str:
    return Role(entry.role).label if entry.role in Role.values else entry.role
