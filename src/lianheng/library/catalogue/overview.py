"""Questions asked of a whole catalogue: how much is in it, and which topics it answers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lianheng.library.catalogue.model import Catalogue


@dataclass(frozen=True, slots=True)
class TopicCoverage:
    """问题导向定标准: names of the topics with at least one item, and of those without, in catalogue order."""

    covered: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Sizes of the nine lists; the evaluation is not counted here."""

    lists: int
    categories: int
    items: int
    problems: int
    negatives: int
    item_vetoes: int


def topic_coverage(catalogue: Catalogue, *, withdrawn: Collection[str] = ()) -> TopicCoverage:
    """Which topics of high risk or strong public concern have a standard item.

    Parameters
    ----------
    catalogue : a loaded catalogue.
    withdrawn : codes of items that no longer hold.

    Returns
    -------
    Names of covered and missing topics. An item counts for a topic that it is tagged with, on any list.

    Example
    -------
    >>> from lianheng.library.catalogue import load, shipped
    >>> topic_coverage(load(shipped("hengyang")), withdrawn=["C2.4"]).missing
    ('三资',)
    """
    items = (item for sheet in catalogue.sheets() for item in sheet.all_items() if item.code not in withdrawn)
    tagged = {tag for item in items for tag in item.tags}
    return TopicCoverage(
        covered=tuple(topic.name for topic in catalogue.topics if topic.code in tagged),
        missing=tuple(topic.name for topic in catalogue.topics if topic.code not in tagged),
    )


def counts(catalogue: Catalogue) -> Counts:
    """Sizes of the lists of a catalogue.

    Returns
    -------
    Counts. `negatives` are the rows of the negative lists; a row that belongs to one item (V-M2, the veto part of M2)
    is counted under `item_vetoes`.

    Example
    -------
    >>> from lianheng.library.catalogue import load, shipped
    >>> counts(load(shipped("hengyang")))
    Counts(lists=9, categories=43, items=95, problems=170, negatives=18, item_vetoes=1)
    """
    items = [item for sheet in catalogue.lists for item in sheet.all_items()]
    rows = [negative for sheet in catalogue.lists for negative in sheet.negatives]
    return Counts(
        lists=len(catalogue.lists),
        categories=sum(1 for sheet in catalogue.lists for _ in sheet.all_categories()),
        items=len(items),
        problems=sum(len(item.problems) for item in items),
        negatives=sum(1 for row in rows if row.item is None),
        item_vetoes=sum(1 for row in rows if row.item is not None),
    )
