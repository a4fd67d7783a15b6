"""标准目录: the standards catalogue of a city, loaded from its folder of YAML files and checked.

`load(folder)` is the only way in: a catalogue in hand is whole. No Django here; the web room stores what this returns.
"""

from __future__ import annotations

from pathlib import Path

from lianheng.library.catalogue.changes import Change, Crossing, check_crosswalk, diff, fingerprint, read_crosswalk
from lianheng.library.catalogue.checks import MNEMONIC_LENGTH, check
from lianheng.library.catalogue.model import (
    Catalogue,
    Category,
    Item,
    ListChoice,
    Negative,
    ProblemDescription,
    StandardList,
    Topic,
    UnitType,
)
from lianheng.library.catalogue.overview import Counts, TopicCoverage, counts, topic_coverage
from lianheng.library.catalogue.reading import CatalogueError, read_folder
from lianheng.library.catalogue.scoring_form import bindings, scheme_dict
from lianheng.library.problems import Problem

__all__ = [
    "MNEMONIC_LENGTH",
    "Catalogue",
    "CatalogueError",
    "Category",
    "Change",
    "Counts",
    "Crossing",
    "Item",
    "ListChoice",
    "Negative",
    "Problem",
    "ProblemDescription",
    "StandardList",
    "Topic",
    "TopicCoverage",
    "UnitType",
    "bindings",
    "check_crosswalk",
    "counts",
    "diff",
    "fingerprint",
    "load",
    "read_crosswalk",
    "scheme_dict",
    "shipped",
    "topic_coverage",
]


def shipped(name: str) -> Path:
    """The folder of a catalogue that comes with the program, e.g. `hengyang`."""
    return Path(__file__).resolve().parent.parent / "standards" / name


def load(folder: Path) -> Catalogue:
    """Read and check a catalogue.

    Parameters
    ----------
    folder : holds `catalogue.yaml`, `rules.yaml`, one file per list and, where there is one, `evaluation.yaml`.

    Returns
    -------
    The catalogue, whole and consistent.

    Raises
    ------
    CatalogueError whose `problems` name every fault by file and entry. A file that is no YAML, or is absent, is named
    alone, since nothing after it would make sense.

    References
    ----------
    docs/reference/catalogue-format.md

    Example
    -------
    >>> catalogue = load(shipped("hengyang"))
    >>> catalogue.version, catalogue.list_for("enterprise", "private_firm").name
    ('2026.1', '清廉民企')
    """
    catalogue, problems = read_folder(folder)
    # Rows that lack a cell would fail the cross-checks a second time, with a message that helps nobody.
    problems = problems or check(catalogue)
    if problems:
        raise CatalogueError(problems)
    return catalogue
