"""Which column of a source is which column of the register."""

from __future__ import annotations

import difflib
import itertools
import re
import unicodedata
from collections.abc import Sequence

from lianheng.engine.redflags.loading.clear_ids import mask_numbers
from lianheng.engine.redflags.loading.reading import Source
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.register import Register

# A heading may name the unit that the column's meaning names: 金额（元） is 金额, 金额（万元） is not.
_UNIT = re.compile("元|亩|平方米|米|公里|升|吨|公斤|人|户|份|天|日|月|次|岁|周岁")
# A title and a note on units often stand above the headings.
LOOK_AHEAD = 20


def plain(heading: object) -> str:
    """A heading without spaces, in half width, in small letters.

    Example
    -------
    >>> plain(" 补贴面积（亩） ")
    '补贴面积(亩)'
    """
    return "".join(unicodedata.normalize("NFKC", str(heading)).split()).lower()


def known_headings(register: Register) -> dict[str, str]:
    """The column by each plain heading under which it is recognised, with its unit behind it as well."""
    known = {plain(heading): column.name for column in register.columns.values() for heading in column.headings}
    for heading, name in list(known.items()):
        if heading.endswith("身份证号"):  # as the law names it, and as forms do
            for official in ("公民身份号码", "身份证号码", "身份证件号码"):
                known.setdefault(heading.removesuffix("身份证号") + official, name)
    for column in register.columns.values():
        for unit in filter(_UNIT.fullmatch, re.split(r"[，；、,; ]", column.meaning)):
            for heading in column.headings:
                for written in (f"{heading}({unit})", f"{heading}/{unit}", f"{heading}:{unit}"):
                    known.setdefault(plain(written), column.name)
    return known


def find_heading_row(register: Register, rows: Sequence[Sequence[object]]) -> int:
    """The row among the first that knows the most columns; the one with the most cells where none knows any."""
    known = known_headings(register).keys()
    scores = [len(known & {plain(cell) for cell in row if cell not in (None, "")}) for row in rows[:LOOK_AHEAD]]
    if not any(scores):
        scores = [sum(cell not in (None, "") for cell in row) for row in rows[:LOOK_AHEAD]]
    return scores.index(max(scores)) if scores else 0


def knows_headings(register: Register, source: Source) -> bool:
    """Whether a source looks like this register: half of the required columns are among its headings.

    Its first rows are read for that, and put back.
    """
    first = list(itertools.islice(source.rows, LOOK_AHEAD))
    source.rows = itertools.chain(first, source.rows)
    rows = [row for _, row in first]
    found = (
        {plain(cell) for cell in rows[find_heading_row(register, rows)] if cell not in (None, "")} if rows else set()
    )
    columns = [column for column in register.columns.values() if column.required] or list(register.columns.values())
    of_column = known_headings(register)
    there = {of_column[heading] for heading in found if heading in of_column}
    known = sum(column.name in there for column in columns)
    return known > 0 and known * 2 >= len(columns)


def place_columns(register: Register, headings: Sequence[object], source: str) -> tuple[dict[str, int], list[str]]:
    """The place of each declared column, and the headings that no column knows (they are not loaded).

    Raises
    ------
    RunError naming every missing column with its nearest heading, and headings that stand twice.
    """
    by_heading = known_headings(register)
    places: dict[str, int] = {}
    strange, twice = [], []
    for place, heading in enumerate(headings):
        name = by_heading.get(plain(heading)) if heading not in (None, "") else None
        if name is None:
            strange += [str(heading)] if heading not in (None, "") else []
        elif name in places:
            twice.append(str(heading))
        else:
            places[name] = place
    missing = [column for column in register.columns.values() if column.required and column.name not in places]
    if missing or twice:
        lines = [_said(register.id, column.name, column.label, strange) for column in missing]
        lines += [f"  {heading}: stands twice, or two headings mean the same column" for heading in twice]
        # A file without headings shows its first row here.
        found = mask_numbers(", ".join(str(heading) for heading in headings if heading not in (None, ""))) or "nothing"
        raise RunError(
            f"{source}: wrong columns for register {register.id}\n" + "\n".join(lines) + f"\n  found: {found}"
        )
    return places, strange


def _said(register: str, name: str, label: str, strange: list[str]) -> str:
    near = difflib.get_close_matches(label, strange, n=1, cutoff=0.4)
    own = f"add it under `also` in a registers/{register}.yaml of the office"
    if near and re.search("万|千元|公顷|平方公里", near[0]):
        return (
            f"  no column {label} ({name}) "
            f"(is it {near[0]!r}, in another unit? convert the numbers, then name it {label})"
        )
    hint = f" (is it {near[0]!r}? rename it, or {own})" if near else ""
    return f"  no column {label} ({name}){hint}"
