"""The library `procurement`: eleven indicators over OCDS compiled releases, in the format of all models.

`lianheng models ocds` runs it. Its registers are made from releases by the reader, and its definitions are in doubles:
it is not run over an office's registers, nor on other back ends.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lianheng.engine.redflags.library import Library, check_library
from lianheng.engine.redflags.problems import DeclarationError, Problem
from lianheng.engine.redflags.query import check_query, parse_query
from lianheng.library.models import MODELS, load_library

PROCUREMENT = MODELS / "procurement"


def load_procurement(folder: Path = PROCUREMENT, *, check: bool = True) -> Library:
    """The library in a folder with its cases.

    Parameters
    ----------
    folder : holds `registers`, `prepare.sql` and one folder an indicator (`distribution.sql`: fences).
    check : check every query and run it on empty tables.

    Raises
    ------
    DeclarationError naming every problem of every file.
    """
    library = replace(load_library(folder, folder / "registers", check=False), title="procurement", doubles=True)
    if check:
        check_library(library)
        problems = [problem for id_ in library.models for problem in _distribution(library, folder, id_)]
        if problems:
            raise DeclarationError(problems)
    return library


def _distribution(library: Library, folder: Path, id_: str) -> list[Problem]:
    """What `distribution.sql`, the values over which the fences are drawn, does that no query may."""
    path = folder / id_ / "distribution.sql"
    if not path.exists():
        return []
    model, file = library.models[id_], f"{id_}/distribution.sql"
    try:
        tree = parse_query(path.read_text(encoding="utf-8"), file)
    except DeclarationError as error:
        return error.problems
    used = {name: given for name, given in model.parameters.items() if f"${name}" in tree.sql(dialect="duckdb")}
    return check_query(tree, file, {*model.inputs, *model.prepared}, used)
