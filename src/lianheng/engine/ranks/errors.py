"""What is refused, in words that say how to mend it."""


class RanksError(ValueError):
    """The scores, errors or draws cannot be ranked as they are; the message says what, where and how to mend it."""
