"""What is wrong, where, and how to mend it."""

from __future__ import annotations


class CompositeError(ValueError):
    """Input, parameter or method that gives no result.

    Parameters
    ----------
    problem : str
        What is wrong and how to mend it.
    file, row, column
        Where, as far as known; ``row`` counts as a spreadsheet does, with the header as row 1.
    """

    def __init__(self, problem: str, *, file: str = "", row: int | None = None, column: str = "") -> None:
        self.problem, self.file, self.row, self.column = problem, file, row, column
        places = [file] if file else []
        if row is not None:
            places.append(f"row {row}")
        if column:
            places.append(f"column {column}")
        super().__init__(f"{', '.join(places)}: {problem}" if places else problem)
