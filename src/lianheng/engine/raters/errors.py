"""What is refused, in words that say how to mend it."""


class RatersError(ValueError):
    """The ratings cannot be used as they are; the message says what, where and how to mend it."""


class ItemsError(RatersError):
    """Some items cannot be used: which ones, counted from 0, so that a caller can say their names.

    `problem` is a sentence with ``{}`` where the items stand.
    """

    def __init__(self, problem: str, *items: int) -> None:
        self.problem, self.items = problem, items
        counted = " and ".join(map(str, items))
        super().__init__(problem.format(f"item{'s' if len(items) > 1 else ''} {counted} (counted from 0)"))

    def named(self, names: list[str]) -> str:
        """The message with the items' names."""
        return self.problem.format(" and ".join(f"column {names[item]}" for item in self.items))
