"""The structure of an index: indicators, the aggregates above them, directions and weights (COINr's iMeta)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from .errors import CompositeError

TYPES = ("Indicator", "Aggregate", "Group", "Denominator", "Other")
REQUIRED = ("Level", "iCode", "Parent", "Direction", "Weight", "Type")
TEXTS = ("iCode", "Parent", "Type", "iName", "Unit", "Denominator")


@dataclass(frozen=True)
class Element:
    """One row of the structure: an indicator, an aggregate, or a unit column that is neither."""

    code: str
    kind: str
    level: int = 0
    parent: str = ""
    direction: int = 1
    weight: float = 1.0
    name: str = ""
    unit: str = ""
    target: float = math.nan
    denominator: str = ""
    parameters: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Framework:
    """Elements in the order of the file; made by `from_rows` (which checks them) or `of_groups`."""

    elements: tuple[Element, ...]

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, object]], *, file: str = "meta") -> Framework:
        """Check and take over the rows of an iMeta table.

        Parameters
        ----------
        rows : iterable of mappings
            Keys Level, iCode, Parent, Direction, Weight, Type, and optionally iName, Unit, Target, Denominator and
            parameter columns; values are text or numbers, empty text or None is "empty".
        file : str
            Named in errors.

        Returns
        -------
        Framework

        Raises
        ------
        CompositeError
            For the first row that breaks a rule, with row, column and remedy. No rows at all is an error too.

        References
        ----------
        COINr `check_iMeta`; its gaps (negative weights, two top rows, empty parents) are errors here.

        Examples
        --------
        >>> rows = [
        ...     {"Level": 1, "iCode": "a", "Parent": "I", "Direction": 1, "Weight": 1, "Type": "Indicator"},
        ...     {"Level": 2, "iCode": "I", "Parent": "", "Direction": 1, "Weight": 1, "Type": "Aggregate"},
        ... ]
        >>> Framework.from_rows(rows).top
        'I'
        """
        from .framework_checks import check_rows

        return cls(check_rows(list(rows), file))

    @classmethod
    def of_groups(cls, groups: Mapping[str, Sequence[str]], *, top: str = "Index") -> Framework:
        """Make a three-level structure: indicators in groups under one index, all weights 1, all directions +1.

        Examples
        --------
        >>> Framework.of_groups({"A": ["x", "y"], "B": ["z"]}).children("A")
        ('x', 'y')
        """
        elements = [
            Element(code, "Indicator", 1, group, name=code) for group, codes in groups.items() for code in codes
        ]
        elements += [Element(group, "Aggregate", 2, top, name=group) for group in groups]
        return cls((*elements, Element(top, "Aggregate", 3, "", name=top)))

    def __iter__(self) -> Iterator[Element]:
        return iter(self.elements)

    @cached_property
    def _by_code(self) -> dict[str, Element]:
        return {element.code: element for element in self.elements}

    @cached_property
    def _children(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for element in self.elements:
            if element.level and element.parent:
                found.setdefault(element.parent, []).append(element.code)
        return {parent: tuple(codes) for parent, codes in found.items()}

    def __getitem__(self, code: str) -> Element:
        try:
            return self._by_code[code]
        except KeyError:
            raise CompositeError(f"the structure has no element {code}") from None

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    @cached_property
    def height(self) -> int:
        """The level of the index."""
        return max(element.level for element in self.elements)

    @cached_property
    def top(self) -> str:
        """The code of the index."""
        return self.at_level(self.height)[0]

    @cached_property
    def indicators(self) -> tuple[str, ...]:
        """Codes of level 1 in the order of the file."""
        return self.at_level(1)

    @cached_property
    def aggregates(self) -> tuple[str, ...]:
        """Codes above level 1 in the order of the file."""
        return tuple(element.code for element in self.elements if element.level > 1)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Indicators and aggregates in the order of the file."""
        return tuple(element.code for element in self.elements if element.level)

    def at_level(self, level: int) -> tuple[str, ...]:
        """Return the codes of one level in the order of the file."""
        return tuple(element.code for element in self.elements if element.level == level)

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """Return the codes of one Type."""
        return tuple(element.code for element in self.elements if element.kind == kind)

    def children(self, code: str) -> tuple[str, ...]:
        """Return the direct children in the order of the file."""
        return self._children.get(code, ())

    def ancestor(self, code: str, level: int) -> str:
        """Return the ancestor at a level; an element is its own ancestor at its own level."""
        element = self[code]
        if not element.level <= level <= self.height:
            raise CompositeError(f"{code} stands on level {element.level} and has no ancestor on level {level}")
        while element.level < level:
            element = self[element.parent]
        return element.code

    def descendants(self, code: str, level: int = 1) -> tuple[str, ...]:
        """Return all elements of a level below (or at) an element."""
        own = self[code].level
        return tuple(other for other in self.at_level(level) if level <= own and self.ancestor(other, own) == code)

    def weights(self) -> dict[str, float]:
        """Return the weights as given, by code."""
        return {code: self[code].weight for code in self.codes}

    def without(self, codes: Iterable[str]) -> Framework:
        """Leave out elements with all that stands below them, and aggregates that lose their last child.

        Removing goes on until nothing changes (COINr stops after one pass). Leaving out everything is an error.
        """
        gone = set(codes)
        for code in gone:
            self[code]
        while True:
            lost = {
                element.code
                for element in self.elements
                if element.level
                and element.code not in gone
                and (
                    element.parent in gone
                    or (element.level > 1 and all(child in gone for child in self.children(element.code)))
                )
            }
            if not lost:
                break
            gone |= lost
        if self.top in gone:
            raise CompositeError("nothing of the index is left after leaving out these elements")
        return Framework(tuple(element for element in self.elements if element.code not in gone))

    def with_weights(self, weights: Mapping[str, float]) -> Framework:
        """Return the same structure with other weights for the codes named."""
        return Framework(
            tuple(
                replace(element, weight=float(weights[element.code])) if element.code in weights else element
                for element in self.elements
            )
        )

    def with_directions(self, directions: Mapping[str, int]) -> Framework:
        """Return the same structure with other directions for the codes named."""
        return Framework(
            tuple(
                replace(element, direction=int(directions[element.code])) if element.code in directions else element
                for element in self.elements
            )
        )
