"""What the search finds in a version: items, negative rows, the evaluation's indicators, the common rules."""

from collections.abc import Iterator

from django.db import connection

from lianheng.library import catalogue as library
from lianheng.web.shell.bigrams import search_words
from lianheng.web.standards import search
from lianheng.web.standards.models import Catalogue, StandardSearch
from lianheng.web.standards.stored import values_of

RULE_GROUPS = (
    ("vetoes", "一票否决和等次限制"),
    ("deductions", "扣分"),
    ("bonus", "加分"),
    ("statements", "说明"),
)


def search_rows(catalogue: Catalogue, loaded: library.Catalogue) -> list[StandardSearch]:
    """Return the index rows of a version, in the order of the catalogue."""
    topics = {topic.code: topic.name for topic in loaded.topics}
    rows: list[StandardSearch] = []
    for sheet in loaded.lists:
        rows += _items(sheet, topics)
        rows += [_negative(sheet, row) for row in sheet.negatives]
    if loaded.evaluation is not None:
        rows += _indicators(loaded.evaluation)
        rows += [_negative(loaded.evaluation, row) for row in loaded.evaluation.negatives]
    rows += _rules(loaded)
    for order, row in enumerate(rows):
        row.catalogue, row.order = catalogue, order
    return rows


def fill_missing(**_: object) -> None:
    """Index the versions that have no rows: after a migration that emptied the index. Called after each migration."""
    if StandardSearch._meta.db_table not in connection.introspection.table_names():
        return  # another room was migrated alone
    for catalogue in Catalogue.objects.filter(search_rows=None):
        search.write_index(search_rows(catalogue, values_of(catalogue)))


def _row(kind: str, code: str, name: str, list_code: str, place: str, text: str, *more: str) -> StandardSearch:
    words = search_words(" ".join([code, name, text, *more]))
    return StandardSearch(
        kind=kind, code=code, name=name, list_code=list_code, place=place, text=text, bigrams=" ".join(words)
    )


def _items(sheet: library.StandardList, topics: dict[str, str]) -> Iterator[StandardSearch]:
    for group in sheet.categories:
        for item in group.items:
            more = [item.lead, item.evidence, group.name, group.mnemonic]
            more += [row.text for row in item.problems] + [topics.get(tag, "") for tag in item.tags]
            place = f"{sheet.name} · {group.name} · {item.points} 分"
            yield _row(StandardSearch.ITEM, item.code, item.name, sheet.code, place, item.standard, *more)


def _negative(sheet: library.StandardList, row: library.Negative) -> StandardSearch:
    place = f"{sheet.name} · 负面情形"
    return _row(
        StandardSearch.NEGATIVE,
        row.code,
        row.name,
        sheet.code,
        place,
        row.confirmed_by,
        "负面",
        "一票否决" * (row.effect == "veto"),
    )


def _indicators(evaluation: library.StandardList) -> Iterator[StandardSearch]:
    """The level-3 indicators, each found by the names of the two levels above it too."""
    for first in evaluation.categories:
        for second in first.categories:
            for item in second.items:
                place = f"{evaluation.name} · {first.name} · {second.name} · {item.points} 分"
                names = [first.name, second.name, item.data_source, *(use["name"] for use in item.variables.values())]
                yield _row(
                    StandardSearch.INDICATOR, item.code, item.name, evaluation.code, place, item.observation, *names
                )


def _rules(loaded: library.Catalogue) -> Iterator[StandardSearch]:
    for key, heading in RULE_GROUPS:
        for rule in loaded.rules.get(key, ()):
            yield _row(
                StandardSearch.RULE,
                rule["code"],
                rule["name"],
                "",
                f"通用规则 · {heading}",
                rule["text"],
                "一票否决" * (key == "vetoes"),
            )
